// Items of an Earley row and what waits for a rule, gathered without repetitions while a row is made.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "grammar.h"

namespace espalier {

struct Origin;

/// An alternative with the dot at `dot`, begun at `start`. In waits the dot is already behind the rule waited for, and
/// never at an end, but for the grammar's own.
struct Item {
  Dot dot;
  const Origin * start;
  bool operator==(const Item & other) const { return dot == other.dot && start == other.start; }
};

using Wait = std::pair<Rule, Item>;

/// Waits (or items, with one rule for all) without repetitions, in the order they came.
class WaitSet {
 public:
  WaitSet() : table_(64, 0) {}
  void clear();
  /// False where it was there already.
  bool add(const Wait & wait);
  size_t size() const { return all_.size(); }
  const Wait & operator[](size_t index) const { return all_[index]; }
  const std::vector<Wait> & all() const { return all_; }

 private:
  size_t place(const Wait & wait) const;

  std::vector<Wait> all_;
  std::vector<uint32_t> table_;  // open addressing over all_, index + 1
};

}  // namespace espalier
