// Proves that a state allows every string of a slice. Decides by what the state's expressions say, else by walking
// state and slice side by side; what is not proved within a bound counts as not allowed, which costs time and never
// correctness.
#pragma once

#include <cstdint>
#include <vector>

#include "automaton.h"
#include "char_cover.h"
#include "id_table.h"
#include "slices.h"

namespace espalier {

class SliceProof {
 public:
  explicit SliceProof(Automaton & automaton) : automaton_(automaton), steps_(automaton.classes()) {}

  /// Index of the best slice all of whose tokens are allowed in `state`, or Automaton::slice_none. Kept per state.
  int8_t best_slice(State state);

  /// A slice of which tokens of up to `chars` characters are allowed and no others; 0 where none is found. Told by the
  /// state's expressions alone.
  struct Counted {
    int8_t slice;
    int chars;
  };
  Counted counted_slice(State state);

 private:
  struct Place {
    State state;
    uint8_t char_state;
    int chars;
  };

  int8_t by_expression(State state);
  int8_t by_walking(State state);
  /// Whether more than the state decides what may come.
  bool is_unsettled(State state) { return (automaton_.info(state).marks & RegexAst::mark_unsettled) != 0; }
  bool allows_all(State state, SliceTables::Shape shape);

  Automaton & automaton_;
  CharSteps steps_;
  std::vector<Place> places_;
  IdTable seen_;  // over places_
};

}  // namespace espalier
