// Slices of a value, and when a count is shifted. Decides to take a slice anew with its real count where the repeat was
// left, or may have been.
#include "value_walk.h"

#include <algorithm>

namespace espalier {

namespace {
// A token's worth: more would need a budget of its own.
constexpr size_t slice_bytes_max = 256;
// Bytes after a slice in which the state must come back to the repeat it began in.
constexpr size_t tail_bytes_max = 64;
// A count to go on with, and from how many on it pays. A slice takes at most one of it for each byte.
constexpr int64_t count_short = 600;
constexpr int64_t count_long = 2 * count_short;
}  // namespace

ValueWalk::ValueWalk(Constraint & constraint) : constraint_(constraint), state_(constraint.automaton().start()) {
  const std::lock_guard<std::mutex> lock(constraint_.links);
  constraint_.link(*this);
}

ValueWalk::~ValueWalk() {
  const std::lock_guard<std::mutex> lock(constraint_.links);
  constraint_.unlink(*this);
}

void ValueWalk::add_states(std::vector<State> & live, uint64_t) {
  live.push_back(state_);
  live.push_back(slice_state_);
}

bool ValueWalk::take(std::string_view bytes) {
  Automaton & automaton = constraint_.automaton();
  if (constraint_.has_lists()) {
    WalkStart at = {state_, 0, nullptr};
    const bool is_alive = step_exactly(constraint_, at, items_, bytes);
    state_ = at.state;
    return is_alive;
  }
  for (char c : bytes) {
    state_ = automaton.next(state_, static_cast<uint8_t>(c));
    if (state_ == Automaton::dead) return false;
  }
  return true;
}

// Brings the count near its usual distance from the end, or to what it is where the end is near.
void ValueWalk::shorten() {
  Lexer * lexer = constraint_.only_lexer();
  const std::optional<Lexer::Counted> counted = lexer->counted(state_);
  if (!counted.has_value()) return;
  const int64_t left = shift_ + (counted->min == 0 ? counted->max : counted->min);
  const bool is_long = left > count_long && tries_left_ > 0 && lexer->is_counted_alone(*counted);
  const int64_t shift = is_long ? left - count_short : 0;
  if (shift == shift_) return;
  const std::optional<State> moved = lexer->with_counts(state_, shift_ - shift);
  // Only where other counts would make another expression of it; then it has never been shifted.
  if (!moved.has_value()) return;
  state_ = *moved;
  shift_ = shift;
}

// One slice, or less of it where that leads back into the same repeat. False where no member goes on so.
bool ValueWalk::take_slice(std::string_view & bytes) {
  // Items are compared as they are.
  Lexer * lexer = constraint_.has_lists() ? nullptr : constraint_.only_lexer();
  if (lexer != nullptr) shorten();
  const std::string_view slice = bytes.substr(0, slice_bytes_max);
  if (shift_ == 0) {
    bytes.remove_prefix(slice.size());
    return take(slice);
  }
  const State begun = slice_state_ = state_;
  std::string_view rest = bytes.substr(slice.size());
  bool is_alive = take(slice);
  for (size_t i = 0; is_alive && !rest.empty() && i < tail_bytes_max; ++i) {
    if (lexer->is_same_repeat(begun, state_)) break;
    is_alive = take(rest.substr(0, 1));
    rest.remove_prefix(1);
  }
  if (!is_alive || rest.empty() || lexer->is_same_repeat(begun, state_)) {
    bytes = rest;
    return is_alive;
  }
  // The repeat was left, as far as can be told: this slice is taken with the count as it is.
  --tries_left_;
  state_ = *lexer->with_counts(begun, shift_);
  shift_ = 0;
  bytes.remove_prefix(slice.size());
  return take(slice);
}

bool ValueWalk::is_member(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::lock_guard<std::mutex> lock(constraint_.mutex);
    constraint_.begin(*this);
    if (!take_slice(bytes)) return false;
  }
  const std::lock_guard<std::mutex> lock(constraint_.mutex);
  return constraint_.automaton().info(state_).accepting;
}

bool has_value(Constraint & constraint, std::string_view bytes) { return ValueWalk(constraint).is_member(bytes); }

}  // namespace espalier
