// The suffix automaton of a text: a state for each set of places at which equal stretches end, reached from the start
// by reading any stretch of the text (Blumer et al.). Built byte by byte in one pass, and immutable then. Decides
// nothing: what a stretch may be is said by the expressions that point into it (regex_ast.h).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "budget.h"

namespace espalier {

class SuffixAutomaton {
 public:
  static constexpr uint32_t start = 0;
  static constexpr uint32_t none = UINT32_MAX;

  struct Edge {
    uint32_t to;
    uint32_t next;  // of the same state; `none` at the end
    uint8_t byte;
  };

  /// `text` need not outlive it. Throws ConstraintFailure where it is beyond the budget.
  SuffixAutomaton(Budget & budget, std::string_view text);

  uint32_t first_edge(uint32_t state) const { return states_[state].first; }
  const Edge & edge(uint32_t index) const { return edges_[index]; }
  bool is_last(uint32_t state) const { return states_[state].first == none; }
  /// Whether the stretches that lead to it end between two code points of the text, which is valid UTF-8.
  bool ends_character(uint32_t state) const { return states_[state].ends_character; }

 private:
  struct StateData {
    uint32_t length;  // of the longest stretch that leads here
    uint32_t link;    // where its longest suffix leads that ends at more places
    uint32_t first;   // edge
    uint32_t table;   // of its edges by byte, where it has many
    uint8_t edges;    // counted up to `edges_few`
    bool ends_character;
  };
  using Table = std::array<uint32_t, 256>;

  void append(uint8_t byte, bool ends_character);
  uint32_t suffix_at(uint32_t from, uint8_t byte, uint32_t edge);
  uint32_t add_state(uint32_t length, bool ends_character);
  uint32_t find_edge(uint32_t state, uint8_t byte) const;
  void connect(uint32_t state, uint8_t byte, uint32_t to);

  static constexpr uint8_t edges_few = 24;

  std::vector<StateData> states_;
  std::vector<Edge> edges_;
  std::vector<Table> tables_;
  uint32_t last_ = start;
};

}  // namespace espalier
