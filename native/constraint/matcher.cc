// A position in prefix, value and suffix. Decides what a token does to it and where the value has ended. Positions are
// values in a history of parent pointers: rolling back follows the pointers, forking shares the history.
#include "matcher.h"

#include <cstring>

#include "constraint.h"
#include "walk.h"

namespace espalier {

namespace {

struct Position {
  size_t prefix_bytes = 0;  // consumed of the prefix
  State state = Automaton::dead;
  uint64_t active = 0;  // places of the suffix, see suffix.h
  int64_t bytes = 0;    // after the prefix
  int64_t tokens = 0;
  bool has_eog = false;
  // What the state says of itself: asked often, also while another matcher has the tables for long.
  bool accepting = false;
  bool extendable = false;
};

// One accepted token. Counted by its children and by the matchers that stand on it, under the constraint's `links`.
struct History {
  History * parent;
  uint32_t uses;
  Position position;
  uint64_t collection = 0;  // the last one it was named to
};

void release(History * node) {
  while (node != nullptr && --node->uses == 0) {
    History * parent = node->parent;
    delete node;
    node = parent;
  }
}

// What a matcher and its forks share.
struct Hole {
  std::shared_ptr<Constraint> constraint;
  std::string prefix;
  std::shared_ptr<const SuffixUse> suffix;  // null: nothing follows
};

}  // namespace

struct Matcher::State : StateHolder {
  std::shared_ptr<Hole> hole;
  History * top = nullptr;

  State(std::shared_ptr<Hole> shared, History * history) : hole(std::move(shared)), top(history) {
    hole->constraint->link(*this);
  }
  ~State() override {
    const std::lock_guard<std::mutex> lock(hole->constraint->links);
    hole->constraint->unlink(*this);
    release(top);
  }

  void add_states(std::vector<espalier::State> & live, uint64_t collection_number) override {
    for (History * node = top; node != nullptr && node->collection != collection_number; node = node->parent) {
      live.push_back(node->position.state);
      node->collection = collection_number;
    }
  }

  Constraint & constraint() const { return *hole->constraint; }
  const Position & position() const { return top->position; }
  bool in_prefix() const { return position().prefix_bytes < hole->prefix.size(); }
  bool has_whole_suffix() const { return hole->suffix != nullptr && (position().active & hole->suffix->whole) != 0; }
  /// No byte can follow, whatever the value allows.
  bool is_closed() const { return position().has_eog || has_whole_suffix(); }
  bool can_end() const { return !in_prefix() && !is_closed() && position().accepting; }
  /// Does the work; a refusal says where in the value it happened.
  template <typename Work>
  void locate(Work work) const {
    try {
      work();
    } catch (ConstraintFailure & failure) {
      failure.message += " That is behind " + std::to_string(position().bytes) + " bytes of the value.";
      throw;
    }
  }
  /// Where a collection looks for it.
  void stand_on(History * history) {
    const std::lock_guard<std::mutex> lock(constraint().links);
    top = history;
  }
  bool is_ended() const;
  bool step(Position & at, std::string_view bytes) const;
  bool step_token(Position & at, int32_t token) const;
  int next_byte(const Position & at) const;
};

bool Matcher::State::is_ended() const {
  if (is_closed()) return true;
  if (in_prefix()) return false;
  if (hole->suffix != nullptr) return position().state == Automaton::dead;
  return !position().extendable;
}

bool Matcher::State::step(Position & at, std::string_view bytes) const {
  while (at.prefix_bytes < hole->prefix.size()) {
    if (bytes.empty()) return true;
    if (bytes.front() != hole->prefix[at.prefix_bytes]) return false;
    ++at.prefix_bytes;
    bytes.remove_prefix(1);
  }
  WalkStart walk = {at.state, at.active, hole->suffix.get()};
  if (!step_bytes(constraint(), walk, bytes)) return false;
  at.state = walk.state;
  at.active = walk.active;
  const Automaton::Info & info = constraint().automaton().info(at.state);
  at.accepting = info.accepting;
  at.extendable = info.extendable;
  at.bytes += static_cast<int64_t>(bytes.size());
  return true;
}

bool Matcher::State::step_token(Position & at, int32_t token) const {
  const TokenTrie & trie = constraint().trie();
  if (token < 0 || token >= trie.token_count() || is_closed()) return false;
  if (trie.is_eog(token)) {
    if (!can_end()) return false;
    at.has_eog = true;
  } else {
    const std::string_view bytes = trie.bytes(token);
    if (bytes.empty() || !step(at, bytes)) return false;
  }
  ++at.tokens;
  return true;
}

// The one byte that can follow, -1 where there is a choice or none. An end-of-generation token is a choice only where
// nothing follows the value; before a suffix, the suffix's bytes come next either way.
int Matcher::State::next_byte(const Position & at) const {
  if (at.prefix_bytes < hole->prefix.size()) return static_cast<uint8_t>(hole->prefix[at.prefix_bytes]);
  Automaton & automaton = constraint().automaton();
  const bool accepting = automaton.info(at.state).accepting;
  const int16_t of_value = automaton.info(at.state).extendable ? automaton.only_byte(at.state) : -1;
  if (of_value == Automaton::only_byte_none) return -1;
  if (hole->suffix == nullptr) return accepting ? -1 : of_value;
  const SuffixUse & suffix = *hole->suffix;
  if ((at.active & suffix.whole) != 0) return -1;
  int only = of_value;
  for (size_t done = 0; done < suffix.bytes.size(); ++done) {
    const bool is_active = done == 0 ? accepting : ((at.active >> (done - 1)) & 1) != 0;
    if (!is_active) continue;
    const int byte = static_cast<uint8_t>(suffix.bytes[done]);
    if (only >= 0 && only != byte) return -1;
    only = byte;
  }
  return only;
}

Matcher::Matcher(std::shared_ptr<Constraint> constraint, std::string_view prefix, const std::string_view * suffix) {
  auto hole = std::make_shared<Hole>();
  hole->constraint = std::move(constraint);
  hole->prefix = prefix;
  Position position;
  position.state = hole->constraint->automaton().start();
  position.accepting = hole->constraint->starts_accepting();
  position.extendable = hole->constraint->starts_extendable();
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
  const WalkStart start = {at.state, at.active, suffix};
  const MaskCache::Key key = {at.state, at.active, suffix == nullptr ? 0 : suffix->id};
  if (state_->is_closed()) {
    std::memset(words, 0, count * sizeof(uint32_t));
    return;
  }
  if (state_->in_prefix()) {
    std::memset(words, 0, count * sizeof(uint32_t));
    const std::string_view before = std::string_view(state_->hole->prefix).substr(at.prefix_bytes);
    state_->locate([&] { walk_after(constraint, before, start, words); });
  } else if (const std::vector<uint32_t> * known = constraint.masks.find(key)) {
    std::memcpy(words, known->data(), count * sizeof(uint32_t));
  } else {
    std::memset(words, 0, count * sizeof(uint32_t));
    size_t visited = 0;
    state_->locate([&] { visited = walk_all(constraint, start, words); });
    if (visited >= nodes_worth_keeping) constraint.masks.put(key, words, count);
  }
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
    walk_after(state_->constraint(), before, {at.state, at.active, suffix}, words.data());
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
