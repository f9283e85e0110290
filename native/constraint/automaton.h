// A deterministic automaton over byte classes whose table is filled as it is walked. Decides the table's layout, which
// the mask walk reads directly; what a state means is its subclass's business (lexer.h: sets of lexemes, parser.h: sets
// of parser threads).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "block_list.h"
#include "budget.h"
#include "derivative.h"
#include "slices.h"

namespace espalier {

using State = uint32_t;

class Automaton {
 public:
  /// Nothing can follow and nothing is complete.
  static constexpr State dead = 0;
  /// A table entry not computed yet; never a state.
  static constexpr State unknown = 1;

  struct Info {
    /// Next state per byte class; null until first needed.
    State * row = nullptr;
    /// The bytes so far are a member of the language.
    bool accepting = false;
    /// At least one more byte can follow.
    bool extendable = false;
    /// Looking for a proof by walking went on too long here; it is not tried again nearby.
    bool is_proof_long = false;
    /// Best slice whose tokens are all allowed here: an index, or one of the two below.
    int8_t slice = slice_unknown;
    /// The one byte that can follow, or one of the two below.
    int16_t only_byte = only_byte_unknown;
    /// RegexAst::mark_*, of all that may come.
    uint8_t marks = 0;
    /// See `is_wide`: 1 or 0 once known.
    int8_t wide = -1;
  };
  static constexpr int8_t slice_unknown = -2;
  static constexpr int8_t slice_none = -1;
  static constexpr int16_t only_byte_unknown = -1;
  static constexpr int16_t only_byte_none = 256;

  Automaton(const ByteClasses & classes, Budget & budget);
  virtual ~Automaton() = default;
  Automaton(const Automaton &) = delete;
  Automaton & operator=(const Automaton &) = delete;

  State start() const { return start_; }
  const ByteClasses & classes() const { return classes_; }
  Budget & budget() { return budget_; }
  Info & info(State state) { return infos_[state]; }
  size_t size() const { return infos_.size(); }

  /// Rows are never moved while the state lives.
  State * row(State state) {
    State * row = infos_[state].row;
    return row != nullptr ? row : make_row(state);
  }
  State next(State state, uint8_t byte) {
    const State target = row(state)[classes_.class_of[byte]];
    return target != unknown ? target : compute(state, classes_.class_of[byte]);
  }

  /// Fills one unknown entry.
  virtual State compute(State state, uint8_t byte_class) = 0;
  /// The one byte that can follow `state`, or only_byte_none.
  int16_t only_byte(State state);
  /// A state from which every token does the same; states that differ in far counts alone share it (far_counts.h).
  virtual State opened(State state) = 0;
  /// Whether what goes on here has letters or digits to choose from before an item of a list can end, so that one
  /// value less leaves it others. A lower bound.
  bool is_wide(State state);
  /// The same state with the last items' values among the others; `dead` where nothing is left. See
  /// Derivatives::settled.
  virtual State settled(State state, ItemTexts & texts) = 0;
  /// A lower bound, found without walking: see CharCover::chars_allowed.
  virtual uint32_t chars_allowed(State state, CharKind kind) = 0;
  /// An upper bound of those, behind which another byte has to come before anything ends: see CharCover::chars_most.
  virtual uint32_t chars_most(State state, CharKind kind) = 0;

 protected:
  /// Whether some string goes on with this class; may be cheaper than `compute`.
  virtual bool is_open(State state, uint8_t byte_class) = 0;
  /// Allocates a row of unknown entries. Subclasses may fill it at once.
  virtual State * make_row(State state);
  void free_row(State state);
  /// A state nobody uses, with a fresh Info. Throws before it changes anything.
  State new_state();
  /// Which states nobody uses. Makes the room that `drop_states` needs, so that it does not throw.
  std::vector<bool> ready_to_drop();
  /// Gives all other states back but those to keep, after `drop` of each, and all rows: they may lead to states that
  /// are gone.
  template <typename Drop>
  void drop_states(const std::vector<bool> & keep, const std::vector<bool> & is_free, Drop drop);

  const ByteClasses & classes_;
  Budget & budget_;
  State start_ = dead;
  BlockList<Info> infos_;

 private:
  // Rows come out of large blocks and go back to a list: states come and go by the thousand.
  static constexpr size_t rows_in_block = 64;
  std::vector<std::unique_ptr<State[]>> blocks_;
  size_t block_used_ = rows_in_block;
  std::vector<State *> free_rows_;
  std::vector<State> free_;
};

template <typename Drop>
void Automaton::drop_states(const std::vector<bool> & keep, const std::vector<bool> & is_free, Drop drop) {
  for (State state = 2; state < infos_.size(); ++state) {
    if (is_free[state]) continue;
    free_row(state);
    if (keep[state]) continue;
    drop(state);
    infos_[state] = Info{};
    free_.push_back(state);
  }
}

}  // namespace espalier
