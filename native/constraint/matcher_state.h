// What a matcher is made of: a position in prefix, value and suffix, and the history that leads there. Positions are
// values in a history of parent pointers: rolling back follows the pointers, forking shares the history. Decides who
// owns which of them; only matcher*.cc may look inside.
#pragma once

#include <mutex>
#include <optional>

#include "ban.h"
#include "constraint.h"
#include "item_walk.h"
#include "matcher.h"
#include "walk.h"

namespace espalier {

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
  BanPlace ban;
  OpenItems items;  // of lists of distinct ones
};

// One accepted token. Counted by its children and by the matchers that stand on it, under the constraint's `links`.
struct History {
  History * parent;
  uint32_t uses;
  Position position;
  uint64_t collection = 0;  // the last one it was named to
};

inline void release(History * node) {
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
  std::optional<Ban> ban;
};

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
  bool can_end() const { return !in_prefix() && !is_closed() && position().accepting && !is_owing(); }
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
  /// A banned text was finished in an end that is not whole yet.
  bool is_owing() const { return position().ban.is_owed && !hole->ban->ends.is_text(position().ban.end); }
  bool is_ended() const;
  bool step(Position & at, std::string_view bytes) const;
  bool step_value(Position & at, WalkStart & walk, std::string_view bytes) const;
  bool step_banned(Position & at, WalkStart & walk, std::string_view bytes) const;
  bool keeps_ban(Position & at, uint8_t byte) const;
  bool step_token(Position & at, int32_t token) const;
  int next_byte(const Position & at) const;
  int next_value_byte(const Position & at) const;
  void decide(const Position & at, std::string_view before, const std::vector<int32_t> & doubtful,
              uint32_t * words) const;
  void clear_banned(uint32_t * words) const;
  void keep_ends(uint32_t * words) const;
};

}  // namespace espalier
