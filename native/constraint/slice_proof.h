// Proves that a state allows every string of a slice. Decides by walking state and slice side by side: what is not proved
// within a bound counts as not allowed, which costs time and never correctness.
#pragma once

#include <array>
#include <cstdint>
#include <unordered_set>
#include <vector>

#include "automaton.h"
#include "slices.h"

namespace espalier {

class SliceProof {
 public:
  explicit SliceProof(Automaton & automaton) : automaton_(automaton) {}

  /// Index of the best slice all of whose tokens are allowed in `state`, or Automaton::slice_none. Kept per state.
  int8_t best_slice(State state);

 private:
  struct Step {
    uint8_t byte_class;
    uint8_t char_state;
  };
  struct Place {
    State state;
    uint8_t char_state;
    int chars;
  };
  using Steps = std::array<std::vector<Step>, CharAutomaton::state_count>;

  bool allows_all(State state, SliceTables::Shape shape);
  const Steps & steps_of(CharKind kind);

  Automaton & automaton_;
  std::array<Steps, char_kind_count> steps_;
  std::array<bool, char_kind_count> has_steps_ = {};
  std::vector<Place> places_;
  std::unordered_set<uint64_t> seen_;
};

}  // namespace espalier
