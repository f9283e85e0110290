// Sets of JSON values, told apart by what they mean and not by how they are spelled. A set is a trie over units: bytes,
// and the code points of strings. Tries are immutable and equal ones are one number, whatever order they grew in, so
// that a set with one more value shares all but the path to it. Which units a value has is json_units.h's business.
#pragma once

#include <cstdint>
#include <vector>

#include "budget.h"
#include "id_table.h"

namespace espalier {

/// A byte, before which there may be white space; or a code point of a string, which may be escaped.
using ValueUnit = uint32_t;
constexpr ValueUnit unit_code_point = 1u << 24;
constexpr ValueUnit unit_spaced = 1u << 25;

using ValueSet = uint32_t;

class ValueTrie {
 public:
  static constexpr ValueSet none = 0;
  /// The set of the text without units.
  static constexpr ValueSet end = 1;

  struct Edge {
    ValueUnit unit;
    ValueSet below;
    bool operator==(const Edge & other) const { return unit == other.unit && below == other.below; }
  };

  explicit ValueTrie(Budget & budget);

  ValueSet with(ValueSet set, const std::vector<ValueUnit> & units);
  bool has(ValueSet set, const std::vector<ValueUnit> & units) const;
  bool has_end(ValueSet set) const { return nodes_[set].has_end; }
  const Edge * edges_begin(ValueSet set) const { return edges_.data() + nodes_[set].first; }
  const Edge * edges_end(ValueSet set) const { return edges_begin(set) + nodes_[set].count; }
  size_t size() const { return nodes_.size(); }
  /// Values in the set.
  uint32_t count(ValueSet set) const { return nodes_[set].values; }

  /// What is there now stays, with its numbers.
  void keep_all();
  /// Of sets that live, those below live too. Throws before it changes anything, and has the room `collect` needs then.
  void mark_below(std::vector<bool> & is_live);
  /// Drops all others made since `keep_all`; returns the new number of every set. Does not throw.
  std::vector<ValueSet> collect(const std::vector<bool> & is_live);

 private:
  struct Node {
    uint32_t first;
    uint32_t count;
    uint32_t values;
    bool has_end;
  };

  ValueSet intern(bool has_end, const std::vector<Edge> & edges);
  const Edge * find(ValueSet set, ValueUnit unit) const;
  uint64_t hash_of(ValueSet set) const;
  static uint64_t hash_of(bool has_end, const Edge * edges, size_t count);
  static size_t memory_of(size_t edges) { return sizeof(Node) + 32 + edges * sizeof(Edge); }

  Budget & budget_;
  std::vector<Node> nodes_;
  std::vector<Edge> edges_;
  IdTable known_;
  IdTable known_next_;  // with room for what `collect` keeps
  std::vector<ValueSet> numbers_;
  size_t kept_nodes_ = 0;
  size_t kept_edges_ = 0;
};

}  // namespace espalier
