// Breadth-first product of a lazy automaton with a slice's characters. Decides the bound on how many pairs are tried.
#include "slice_proof.h"

namespace espalier {

namespace {
constexpr size_t places_max = 1024;
constexpr size_t places_counted_max = 256;  // where the number of characters is limited
}  // namespace

int8_t SliceProof::best_slice(State state) {
  if (automaton_.info(state).slice != Automaton::slice_unknown) return automaton_.info(state).slice;
  int8_t best = by_expression(state);
  if (best == Automaton::slice_none) best = by_walking(state);
  automaton_.info(state).slice = best;
  return best;
}

SliceProof::Counted SliceProof::counted_slice(State state) {
  for (size_t i = 0; i < SliceTables::shapes.size(); ++i) {
    const SliceTables::Shape shape = SliceTables::shapes[i];
    if (shape.counted_max == 0) continue;
    const uint32_t chars = automaton_.chars_allowed(state, shape.kind);
    if (chars == 0 || chars > static_cast<uint32_t>(shape.counted_max)) continue;
    if (automaton_.chars_most(state, shape.kind) == chars) return {static_cast<int8_t>(i), static_cast<int>(chars)};
  }
  return {Automaton::slice_none, 0};
}

int8_t SliceProof::by_expression(State state) {
  uint32_t allowed[char_kind_count];
  for (int kind = 0; kind < char_kind_count; ++kind) {
    allowed[kind] = automaton_.chars_allowed(state, static_cast<CharKind>(kind));
  }
  for (size_t i = 0; i < SliceTables::shapes.size(); ++i) {
    const SliceTables::Shape shape = SliceTables::shapes[i];
    const uint32_t wanted = shape.chars_max == 0 ? CharCover::unlimited : static_cast<uint32_t>(shape.chars_max);
    if (allowed[static_cast<size_t>(shape.kind)] >= wanted) return static_cast<int8_t>(i);
  }
  return Automaton::slice_none;
}

int8_t SliceProof::by_walking(State state) {
  for (size_t i = 0; i < SliceTables::shapes.size(); ++i) {
    const SliceTables::Shape shape = SliceTables::shapes[i];
    const bool is_counted = shape.chars_max != 0;
    if (!is_counted && automaton_.info(state).is_proof_long) continue;
    const bool allows = allows_all(state, shape);
    // Without a limit, what was found holds in every state the slice's characters lead to, as does giving up.
    for (const Place & place : places_) {
      Automaton::Info & info = automaton_.info(place.state);
      if (is_counted || place.char_state != 0) continue;
      if (allows && info.slice == Automaton::slice_unknown) info.slice = static_cast<int8_t>(i);
      if (!allows && places_.size() > places_max) info.is_proof_long = true;
    }
    if (allows) return static_cast<int8_t>(i);
  }
  return Automaton::slice_none;
}

bool SliceProof::allows_all(State start, SliceTables::Shape shape) {
  places_.clear();
  // The first character decides most refusals; no bookkeeping for it.
  for (const CharSteps::Step & step : steps_.from(shape.kind, 0)) {
    State next = automaton_.row(start)[step.byte_class];
    if (next == Automaton::unknown) next = automaton_.compute(start, step.byte_class);
    if (next == Automaton::dead || is_unsettled(next)) return false;
  }
  seen_.clear();
  // Where characters are counted, one place with few and with many of them are two: characters differ in bytes, so
  // neither order of arrival says which has more still to go.
  const bool is_counted = shape.chars_max != 0;
  const auto visit = [this, is_counted](State state, uint8_t char_state, int chars) {
    const int told_apart = is_counted ? chars : 0;
    const uint64_t hash = mix(mix(state, char_state), static_cast<uint64_t>(told_apart));
    const uint32_t known = seen_.find(hash, [&](uint32_t i) {
      const Place & place = places_[i];
      return place.state == state && place.char_state == char_state && (!is_counted || place.chars == chars);
    });
    if (known != IdTable::absent) return;
    seen_.add(hash, static_cast<uint32_t>(places_.size()));
    places_.push_back({state, char_state, chars});
  };
  visit(start, 0, 0);
  const size_t most = is_counted ? places_counted_max : places_max;
  for (size_t i = 0; i < places_.size(); ++i) {
    if (places_.size() > most) return false;
    const Place place = places_[i];
    if (place.char_state == 0 && is_counted && place.chars == shape.chars_max) continue;
    const State * row = automaton_.row(place.state);
    for (const CharSteps::Step & step : steps_.from(shape.kind, place.char_state)) {
      State next = row[step.byte_class];
      if (next == Automaton::unknown) next = automaton_.compute(place.state, step.byte_class);
      if (next == Automaton::dead || is_unsettled(next)) return false;
      visit(next, step.char_state, place.chars + (step.char_state == 0 ? 1 : 0));
    }
  }
  return true;
}

}  // namespace espalier
