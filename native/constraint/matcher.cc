// A position in prefix, value and suffix, see matcher_state.h. Decides where the value has ended, which tokens may come
// next, and what is forced.
#include "matcher.h"

#include <cstring>

#include "matcher_state.h"

namespace espalier {

Matcher::Matcher(std::shared_ptr<Constraint> constraint, std::string_view prefix, const std::string_view * suffix,
                 const BanTexts * ban) {
  auto hole = std::make_shared<Hole>();
  hole->constraint = std::move(constraint);
  hole->prefix = prefix;
  Position position;
  position.state = hole->constraint->automaton().start();
  position.accepting = hole->constraint->starts_accepting();
  position.extendable = hole->constraint->starts_extendable();
  if (ban != nullptr && !ban->texts.empty()) {
    hole->ban.emplace(hole->constraint->trie(), *ban);
    position.ban.node = hole->ban->start;
  }
  const std::lock_guard<std::mutex> lock(hole->constraint->links);
  if (suffix != nullptr && !suffix->empty()) hole->suffix = hole->constraint->suffix_of(*suffix);
  auto first = std::make_unique<History>(History{nullptr, 1, position});
  state_ = std::make_unique<State>(std::move(hole), first.get());
  first.release();
}

Matcher::Matcher(std::unique_ptr<State> state) : state_(std::move(state)) {}
Matcher::~Matcher() = default;
const TokenTrie & Matcher::trie() const { return state_->constraint().trie(); }
int64_t Matcher::token_count() const { return state_->position().tokens; }

bool Matcher::accept(int32_t token) {
  const std::lock_guard<std::mutex> lock(state_->constraint().mutex);
  state_->constraint().begin(*state_);
  Position next = state_->position();
  bool is_allowed = false;
  state_->locate([&] { is_allowed = state_->step_token(next, token); });
  if (!is_allowed) return false;
  state_->stand_on(new History{state_->top, 1, next});
  return true;
}

bool Matcher::allows(int32_t token) {
  const std::lock_guard<std::mutex> lock(state_->constraint().mutex);
  state_->constraint().begin(*state_);
  Position next = state_->position();
  return state_->step_token(next, token);
}

void Matcher::mask(uint32_t * words) {
  // Below this many visited nodes the walk is about as cheap as keeping its result.
  constexpr size_t nodes_worth_keeping = 512;
  Constraint & constraint = state_->constraint();
  const std::lock_guard<std::mutex> lock(constraint.mutex);
  constraint.begin(*state_);
  const size_t count = constraint.trie().mask_words();
  const Position & at = state_->position();
  const SuffixUse * suffix = state_->hole->suffix.get();
  std::vector<int32_t> doubtful;
  if (state_->is_closed()) {
    std::memset(words, 0, count * sizeof(uint32_t));
    return;
  }
  WalkStart start = {at.state, at.active, suffix};
  state_->locate([&] { start.state = constraint.automaton().opened(at.state); });
  const MaskCache::Key key = {start.state, at.active, suffix == nullptr ? 0 : suffix->id};
  if (state_->in_prefix()) {
    std::memset(words, 0, count * sizeof(uint32_t));
    const std::string_view before = std::string_view(state_->hole->prefix).substr(at.prefix_bytes);
    state_->locate([&] { walk_after(constraint, before, start, words, doubtful); });
  } else if (const MaskCache::Entry * known = constraint.masks.find(key)) {
    std::memcpy(words, known->words.data(), count * sizeof(uint32_t));
    doubtful = known->doubtful;
  } else {
    std::memset(words, 0, count * sizeof(uint32_t));
    size_t visited = 0;
    state_->locate([&] { visited = walk_all(constraint, start, words, doubtful); });
    if (visited >= nodes_worth_keeping) constraint.masks.put(key, words, count, doubtful);
  }
  state_->locate([&] { state_->decide(at, {}, doubtful, words); });
  if (state_->hole->ban) state_->clear_banned(words);
  if (!state_->can_end()) return;
  for (int32_t token : constraint.trie().eog()) words[static_cast<size_t>(token) >> 5] |= uint32_t{1} << (token & 31);
}

bool Matcher::can_end() { return state_->can_end(); }
bool Matcher::is_ended() { return state_->is_ended(); }

std::string Matcher::forced(size_t bytes_max) {
  const std::lock_guard<std::mutex> lock(state_->constraint().mutex);
  state_->constraint().begin(*state_);
  std::string bytes;
  Position at = state_->position();
  if (state_->is_closed()) return bytes;
  while (bytes.size() < bytes_max) {
    const int byte = state_->next_byte(at);
    const char c = static_cast<char>(byte);
    if (byte < 0 || !state_->step(at, std::string_view(&c, 1))) break;
    bytes.push_back(c);
  }
  return bytes;
}

bool Matcher::runs_past(std::string_view bytes, size_t from) {
  const std::lock_guard<std::mutex> lock(state_->constraint().mutex);
  state_->constraint().begin(*state_);
  const TokenTrie & trie = state_->constraint().trie();
  std::vector<uint32_t> words(trie.mask_words());
  const std::string_view last = bytes.substr(from);
  try {
    Position at = state_->position();
    if (!state_->step(at, bytes)) return false;
    const SuffixUse * suffix = state_->hole->suffix.get();
    if (suffix != nullptr && (at.active & suffix->whole) != 0) return false;
    const std::string before = std::string(last) + state_->hole->prefix.substr(at.prefix_bytes);
    const espalier::State opened = state_->constraint().automaton().opened(at.state);
    std::vector<int32_t> doubtful;
    walk_after(state_->constraint(), before, {opened, at.active, suffix}, words.data(), doubtful);
    state_->decide(at, last, doubtful, words.data());
  } catch (const ConstraintFailure &) {
    return true;
  }
  return trie.can_extend(last, words.data());
}

int64_t Matcher::value_length() {
  const Position & at = state_->position();
  return at.bytes - (state_->is_ended() && !at.has_eog ? SuffixUse::longest(at.active) : 0);
}

int64_t Matcher::suffix_length() {
  const Position & at = state_->position();
  return state_->is_ended() && !at.has_eog ? SuffixUse::longest(at.active) : 0;
}

void Matcher::rollback(int64_t tokens) {
  if (tokens < 0 || tokens > token_count()) {
    fail("ROLLBACK_TOO_FAR", "rollback was asked for " + std::to_string(tokens) + " tokens; the matcher has accepted " +
                                 std::to_string(token_count()) + ".");
  }
  const std::lock_guard<std::mutex> lock(state_->constraint().links);
  for (; tokens > 0; --tokens) {
    History * parent = state_->top->parent;
    ++parent->uses;
    release(state_->top);
    state_->top = parent;
  }
}

std::unique_ptr<Matcher> Matcher::fork() const {
  const std::lock_guard<std::mutex> lock(state_->constraint().links);
  // The matcher first: a state that is let go of takes the lock.
  std::unique_ptr<Matcher> forked(new Matcher(std::unique_ptr<State>()));
  forked->state_ = std::make_unique<State>(state_->hole, state_->top);
  ++state_->top->uses;
  forked->state_->collection = state_->collection;
  return forked;
}

}  // namespace espalier
