// Whole values by their bytes. Decides membership in slices, so that the tables are never held for long, and takes long
// counted repeats in steps of equal counts: in x{0,100000}y what a few hundred bytes do is the same wherever the count
// stands, as long as it is far from its end. So their states are made once and not once for each character.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "constraint.h"
#include "item_walk.h"

namespace espalier {

class ValueWalk : public StateHolder {
 public:
  explicit ValueWalk(Constraint & constraint);
  ~ValueWalk() override;
  void add_states(std::vector<State> & live, uint64_t collection) override;

  bool is_member(std::string_view bytes);

 private:
  bool take(std::string_view bytes);
  bool take_slice(std::string_view & bytes);
  void shorten();

  Constraint & constraint_;
  // The state, but for a count that is `shift_` less than it should be.
  State state_;
  int64_t shift_ = 0;
  State slice_state_ = Automaton::dead;
  int tries_left_ = 16;
  OpenItems items_;
};

}  // namespace espalier
