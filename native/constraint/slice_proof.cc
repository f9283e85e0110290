// Breadth-first product of a lazy automaton with a slice's characters. Decides the bound on how many pairs are tried.
#include "slice_proof.h"

namespace espalier {

namespace {
constexpr size_t places_max = 1024;
}

int8_t SliceProof::best_slice(State state) {
  if (automaton_.info(state).slice != Automaton::slice_unknown) return automaton_.info(state).slice;
  int8_t best = Automaton::slice_none;
  for (size_t i = 0; i < SliceTables::shapes.size() && best == Automaton::slice_none; ++i) {
    if (!allows_all(state, SliceTables::shapes[i])) continue;
    best = static_cast<int8_t>(i);
    if (SliceTables::shapes[i].chars_max != 0) continue;
    // Without a limit, what holds here holds in every state the slice's characters lead to.
    for (const Place & place : places_) {
      Automaton::Info & info = automaton_.info(place.state);
      if (place.char_state == 0 && info.slice == Automaton::slice_unknown) info.slice = best;
    }
  }
  automaton_.info(state).slice = best;
  return best;
}

bool SliceProof::allows_all(State start, SliceTables::Shape shape) {
  const Steps & steps = steps_of(shape.kind);
  places_.clear();
  // The first character decides most refusals; no bookkeeping for it.
  for (const Step & step : steps[0]) {
    State next = automaton_.row(start)[step.byte_class];
    if (next == Automaton::unknown) next = automaton_.compute(start, step.byte_class);
    if (next == Automaton::dead) return false;
  }
  seen_.clear();
  const auto visit = [this](State state, uint8_t char_state, int chars) {
    if (seen_.insert(uint64_t{state} << 8 | char_state).second) places_.push_back({state, char_state, chars});
  };
  visit(start, 0, 0);
  // Places come by rising number of characters, so each is first seen with the most characters still to go.
  for (size_t i = 0; i < places_.size(); ++i) {
    if (places_.size() > places_max) return false;
    const Place place = places_[i];
    if (place.char_state == 0 && shape.chars_max != 0 && place.chars == shape.chars_max) continue;
    const State * row = automaton_.row(place.state);
    for (const Step & step : steps[place.char_state]) {
      State next = row[step.byte_class];
      if (next == Automaton::unknown) next = automaton_.compute(place.state, step.byte_class);
      if (next == Automaton::dead) return false;
      visit(next, step.char_state, place.chars + (step.char_state == 0 ? 1 : 0));
    }
  }
  return true;
}

const SliceProof::Steps & SliceProof::steps_of(CharKind kind) {
  const size_t index = static_cast<size_t>(kind);
  if (has_steps_[index]) return steps_[index];
  const CharAutomaton & chars = SliceTables::automaton(kind);
  const ByteClasses & classes = automaton_.classes();
  for (int state = 0; state < CharAutomaton::state_count; ++state) {
    std::vector<Step> & steps = steps_[index][state];
    bool seen[256][CharAutomaton::state_count] = {};
    for (unsigned byte = 0; byte < 256; ++byte) {
      const uint8_t target = chars.next[state][byte];
      const uint8_t byte_class = classes.class_of[byte];
      if (target == CharAutomaton::dead || seen[byte_class][target]) continue;
      seen[byte_class][target] = true;
      steps.push_back({byte_class, target});
    }
  }
  has_steps_[index] = true;
  return steps_[index];
}

}  // namespace espalier
