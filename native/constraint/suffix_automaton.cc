// Building it. Decides how edges are found: by a list, and by a table for the few states that have many.
#include "suffix_automaton.h"

namespace espalier {

namespace {
bool begins_character(std::string_view text, size_t at) {
  return at >= text.size() || (static_cast<uint8_t>(text[at]) & 0xC0) != 0x80;
}
}  // namespace

SuffixAutomaton::SuffixAutomaton(Budget & budget, std::string_view text) {
  // A text of n bytes has at most 2n states and 3n edges.
  budget.spend(text.size());
  budget.add_memory(text.size() * (2 * sizeof(StateData) + 3 * sizeof(Edge)));
  states_.reserve(2 * text.size() + 1);
  edges_.reserve(3 * text.size() + 1);
  add_state(0, false);
  states_[start].link = none;
  for (size_t at = 0; at < text.size(); ++at) {
    const size_t tables = tables_.size();
    append(static_cast<uint8_t>(text[at]), begins_character(text, at + 1));
    budget.add_memory((tables_.size() - tables) * sizeof(Table));
  }
}

uint32_t SuffixAutomaton::add_state(uint32_t length, bool ends_character) {
  states_.push_back({length, start, none, none, 0, ends_character});
  return static_cast<uint32_t>(states_.size() - 1);
}

uint32_t SuffixAutomaton::find_edge(uint32_t state, uint8_t byte) const {
  if (states_[state].table != none) return tables_[states_[state].table][byte];
  uint32_t edge = states_[state].first;
  while (edge != none && edges_[edge].byte != byte) edge = edges_[edge].next;
  return edge;
}

void SuffixAutomaton::connect(uint32_t state, uint8_t byte, uint32_t to) {
  StateData & from = states_[state];
  const uint32_t made = static_cast<uint32_t>(edges_.size());
  edges_.push_back({to, from.first, byte});
  from.first = made;
  if (from.table != none) {
    tables_[from.table][byte] = made;
  } else if (++from.edges > edges_few) {
    from.table = static_cast<uint32_t>(tables_.size());
    tables_.emplace_back();
    tables_.back().fill(none);
    for (uint32_t edge = made; edge != none; edge = edges_[edge].next) tables_.back()[edges_[edge].byte] = edge;
  }
}

void SuffixAutomaton::append(uint8_t byte, bool ends_character) {
  uint32_t from = last_;
  const uint32_t made = add_state(states_[from].length + 1, ends_character);
  last_ = made;
  uint32_t edge = find_edge(from, byte);
  while (edge == none) {
    connect(from, byte, made);
    from = states_[from].link;
    if (from == none) return;
    edge = find_edge(from, byte);
  }
  const uint32_t link = suffix_at(from, byte, edge);
  states_[made].link = link;
}

// The state of the stretches that end in the edge and are no longer than what leads to it; split off where needed.
uint32_t SuffixAutomaton::suffix_at(uint32_t start_at, uint8_t byte, uint32_t edge) {
  const uint32_t to = edges_[edge].to;
  if (states_[start_at].length + 1 == states_[to].length) return to;
  const uint32_t split = add_state(states_[start_at].length + 1, states_[to].ends_character);
  for (uint32_t at = states_[to].first; at != none; at = edges_[at].next) {
    connect(split, edges_[at].byte, edges_[at].to);
  }
  states_[split].link = states_[to].link;
  states_[to].link = split;
  for (uint32_t from = start_at; from != none; from = states_[from].link) {
    const uint32_t own = find_edge(from, byte);
    if (edges_[own].to != to) break;
    edges_[own].to = split;
  }
  return split;
}

}  // namespace espalier
