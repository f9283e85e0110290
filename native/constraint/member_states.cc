// See member_states.h. Without a limit of members every state can be completed, since the first one can: an element is
// used up only by what it was needed for. With one, what is left has to fit in.
#include "member_states.h"

#include <algorithm>
#include <string>
#include <unordered_map>

namespace espalier {

void MemberStates::set_up(std::vector<MemberSet> sets, Rule first_rule) {
  first_rule_ = first_rule;
  size_t elements = 0;
  for (MemberSet & rule : sets) {
    Set set;
    const size_t words = rule.elements.size() / 64 + 1;
    set.once.resize(words);
    set.required.resize(words);
    for (uint32_t element = 0; element < rule.elements.size(); ++element) {
      const MemberSet::Times times = rule.elements[element].times;
      const uint64_t bit = uint64_t{1} << element % 64;
      if (times == MemberSet::Times::any) set.has_repeated = true;
      if (times != MemberSet::Times::any) set.once[element / 64] |= bit;
      if (times == MemberSet::Times::required) set.required[element / 64] |= bit;
    }
    elements = std::max(elements, rule.elements.size());
    set.rule = std::move(rule);
    sets_.push_back(std::move(set));
  }
  while (size_t{1} << dot_bits_ < elements_at + 3 * elements) ++dot_bits_;
  for (uint32_t set = 0; set < sets_.size(); ++set) {
    State start;
    start.set = set;
    start.seen.resize(sets_[set].once.size());
    intern(std::move(start));
  }
}

Symbol MemberStates::symbol(Dot dot) const {
  const uint32_t index = (dot - first_dot_) >> dot_bits_;
  const uint32_t at = (dot - first_dot_) & ((1u << dot_bits_) - 1);
  const MemberSet & set = sets_[states_[index].set].rule;
  if (at >= elements_at) {
    const uint32_t element = (at - elements_at) / 3;
    switch ((at - elements_at) % 3) {
      case 0: return set.elements[element].symbol;
      case 1: return {Symbol::Kind::next, element};
      default: return {Symbol::Kind::end, more_rule(index)};
    }
  }
  switch (at) {
    case separator_at: return {Symbol::Kind::lexeme, set.separator};
    case separator_at + 1: return {Symbol::Kind::rule, more_rule(index)};
    case close_at: return {Symbol::Kind::lexeme, set.close};
    default: return {Symbol::Kind::end, tail_rule(index)};
  }
}

Rule MemberStates::after(Dot dot) {
  const State & before = states_[(dot - first_dot_) >> dot_bits_];
  const Set & set = sets_[before.set];
  const uint32_t element = symbol(dot).id;
  State state = before;
  state.marked = false;
  if (set.rule.max != MemberSet::unlimited) ++state.count;
  state.met |= set.rule.elements[element].meets;
  if (!state.has(element) && state.distinct < set.rule.min) ++state.distinct;
  state.add(element);
  if (state.distinct == set.rule.min) {
    for (size_t i = 0; i < state.seen.size(); ++i) state.seen[i] &= set.once[i];
  }
  return tail_rule(intern(std::move(state)));
}

uint32_t MemberStates::intern(State state) {
  uint64_t hash = mix(mix(mix(mix(0x5E7, state.set), state.count), state.met), state.distinct);
  for (uint64_t word : state.seen) hash = mix(hash, word);
  const uint32_t known = known_.find(hash, [&](uint32_t index) {
    const State & other = states_[index];
    return other.set == state.set && other.count == state.count && other.met == state.met &&
           other.distinct == state.distinct && other.seen == state.seen;
  });
  if (known != IdTable::absent) return known;
  if (free_.empty() && states_.size() >= (UINT32_MAX / 2) >> dot_bits_) {
    fail("CONSTRAINT_TOO_COMPLEX", "The constraint has " + std::to_string(states_.size()) +
                                       " orders of members at once; expected fewer members of one object.");
  }
  budget_.add_state();
  budget_.spend(2 + state.seen.size());
  make_room(states_, 1);
  known_.make_room();
  budget_.add_memory(memory_of(state));
  state.hash = hash;
  uint32_t index = static_cast<uint32_t>(states_.size());
  if (free_.empty()) {
    states_.push_back(std::move(state));
  } else {
    index = free_.back();
    free_.pop_back();
    states_[index] = std::move(state);
  }
  known_.add(hash, index);
  return index;
}

bool MemberStates::is_complete(const State & state) const {
  const Set & set = sets_[state.set];
  for (size_t i = 0; i < state.seen.size(); ++i) {
    if ((set.required[i] & ~state.seen[i]) != 0) return false;
  }
  return (set.rule.needs & ~state.met) == 0 && state.distinct >= set.rule.min;
}

bool MemberStates::has_more(const State & state) const {
  const Set & set = sets_[state.set];
  bool found = false;
  if (set.rule.max == MemberSet::unlimited) {
    for (size_t i = 0; i < state.seen.size(); ++i) found = found || (set.once[i] & ~state.seen[i]) != 0;
    return found || set.has_repeated;
  }
  each_next(state, [&](uint32_t) {
    found = true;
    return false;
  });
  return found;
}

template <typename Take>
void MemberStates::each_next(const State & state, Take take) const {
  const MemberSet & set = sets_[state.set].rule;
  budget_.spend(set.elements.size() / 8);
  const auto is_used_up = [&](uint32_t element) { return set.elements[element].is_once() && state.has(element); };
  if (set.max == MemberSet::unlimited) {
    for (uint32_t element = 0; element < set.elements.size(); ++element) {
      if (!is_used_up(element) && !take(element)) return;
    }
    return;
  }
  if (state.count >= set.max) return;
  MembersLeft left;
  for (uint32_t element = 0; element < set.elements.size(); ++element) {
    if (!state.has(element)) left.add(set.elements[element]);
  }
  // Elements that ask and offer the same need be tried once.
  std::unordered_map<uint32_t, bool> fits;
  for (uint32_t element = 0; element < set.elements.size(); ++element) {
    if (is_used_up(element)) continue;
    const MemberSet::Element & one = set.elements[element];
    const bool is_new = !state.has(element);
    const uint32_t kind = one.meets << 3 | static_cast<uint32_t>(one.times) << 1 | (is_new ? 1u : 0u);
    auto known = fits.find(kind);
    if (known == fits.end()) {
      MembersLeft after = left;
      if (is_new) after.take(one);
      const uint32_t distinct = std::min(set.min, state.distinct + (is_new ? 1u : 0u));
      const uint32_t least = after.least(set.needs & ~(state.met | one.meets), set.min - distinct);
      known = fits.emplace(kind, least != MembersLeft::never && least < set.max - state.count).first;
    }
    if (known->second && !take(element)) return;
  }
}

void MemberStates::begins_of(Rule rule, std::vector<Dot> & begins) const {
  const uint32_t index = (rule - first_rule_) / 2;
  const State & state = states_[index];
  begins.clear();
  if (rule == tail_rule(index)) {
    if (has_more(state)) begins.push_back(dot_of(index) + separator_at);
    if (is_complete(state)) begins.push_back(dot_of(index) + close_at);
    return;
  }
  each_next(state, [&](uint32_t element) {
    begins.push_back(dot_of(index) + elements_at + 3 * element);
    return true;
  });
}

void MemberStates::make_ready() {
  free_.reserve(states_.size());
  spare_.reset(states_.size());
}

void MemberStates::collect() {
  for (uint32_t index = 0; index < states_.size(); ++index) {
    State & state = states_[index];
    if (state.seen.empty()) continue;
    if (state.marked || index < sets_.size()) {
      spare_.add(state.hash, index);
    } else {
      budget_.drop_memory(memory_of(state));
      std::vector<uint64_t>().swap(state.seen);
      free_.push_back(index);
    }
    state.marked = false;
  }
  std::swap(known_, spare_);
}

}  // namespace espalier
