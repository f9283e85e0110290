// Rows of the lazy automaton: where they lie, and which are free.
#include "automaton.h"

#include <algorithm>
#include <string_view>

namespace espalier {

Automaton::Automaton(const ByteClasses & classes, Budget & budget) : classes_(classes), budget_(budget) {
  infos_.push_back(Info{});  // dead
  infos_.push_back(Info{});  // unknown
  infos_[dead].slice = slice_none;
  infos_[dead].only_byte = only_byte_none;
  blocks_.push_back(std::make_unique<State[]>(256));
  infos_[dead].row = blocks_.back().get();
  std::fill(infos_[dead].row, infos_[dead].row + 256, dead);
}

State * Automaton::make_row(State state) {
  State * row;
  if (free_rows_.empty()) {
    if (block_used_ == rows_in_block) {
      auto block = std::make_unique<State[]>(rows_in_block * classes_.count);
      make_room(blocks_, 1);
      budget_.add_memory(rows_in_block * classes_.count * sizeof(State));
      blocks_.push_back(std::move(block));
      block_used_ = 0;
    }
    row = blocks_.back().get() + classes_.count * block_used_++;
  } else {
    row = free_rows_.back();
    free_rows_.pop_back();
  }
  std::fill(row, row + classes_.count, unknown);
  infos_[state].row = row;
  return row;
}

void Automaton::free_row(State state) {
  if (infos_[state].row == nullptr) return;
  free_rows_.push_back(infos_[state].row);
  infos_[state].row = nullptr;
}

std::vector<bool> Automaton::ready_to_drop() {
  std::vector<bool> is_free(infos_.size(), false);
  for (State state : free_) is_free[state] = true;
  make_room(free_rows_, infos_.size());
  make_room(free_, infos_.size());
  return is_free;
}

State Automaton::new_state() {
  if (free_.empty()) {
    infos_.push_back(Info{});
    return static_cast<State>(infos_.size() - 1);
  }
  const State state = free_.back();
  free_.pop_back();
  return state;
}

int16_t Automaton::only_byte(State state) {
  if (infos_[state].only_byte != only_byte_unknown) return infos_[state].only_byte;
  int16_t only = only_byte_none;
  int bytes = 0;
  for (uint16_t c = 0; c < classes_.count && bytes < 2; ++c) {
    if (!is_open(state, static_cast<uint8_t>(c))) continue;
    bytes += classes_.width[c];
    only = classes_.member[c];
  }
  if (bytes != 1) only = only_byte_none;
  infos_[state].only_byte = only;
  return only;
}

namespace {

// Two of these spell two values, in a word, in a number and in an escape alike; letters of escapes may not.
constexpr std::string_view telling = "123456789acdeghijklmopqsvwxyz";

// What to go on with where nothing is told yet; white space only where it has to come.
int leading_byte(const bool (&is_open)[256]) {
  int found = -1;
  for (int byte = 0; byte < 256; ++byte) {
    if (is_open[byte] && (found <= ' ' || byte == ',')) found = byte;
  }
  return found;
}

}  // namespace

bool Automaton::is_wide(State state) {
  constexpr int chain_max = 64;
  if (infos_[state].wide >= 0) return infos_[state].wide == 1;
  int choices = 0;
  State at = state;
  for (int length = 0; length < chain_max && (infos_[at].marks & RegexAst::mark_ends) == 0; ++length) {
    bool open[256] = {};
    for (uint16_t c = 0; c < classes_.count; ++c) {
      if (is_open(at, static_cast<uint8_t>(c))) open[classes_.member[c]] = true;
    }
    for (char c : telling) choices += open[static_cast<uint8_t>(c)] ? 1 : 0;
    const int byte = leading_byte(open);
    if (choices > 0 || byte < 0) break;
    at = next(at, static_cast<uint8_t>(byte));
  }
  infos_[state].wide = choices >= 2 ? 1 : 0;
  return choices >= 2;
}

}  // namespace espalier
