// Whether guesses are worth their rows. Decides by what was measured in this context: what calls of so many rows take,
// and how often a guess that so many tokens speak for was drawn; and by a budget, so that guesses that fail never cost
// more than a small share of all time. Guesses are compared with draws also where none is decoded, which costs nothing.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "call_costs.h"

namespace espalier {

class GuessPolicy {
 public:
  /// How likely each guess of one group is to stand, all before it included; falling.
  using Chances = std::vector<double>;

  /// Most guesses of one generation.
  static constexpr size_t guesses_max = 31;
  /// What guesses are expected to save, at least, as a share.
  static constexpr double gain_min = 0.05;

  GuessPolicy();

  Chances chances(size_t agreed, size_t count) const;
  /// A token was drawn where there was a guess.
  void learn(size_t agreed, bool is_hit);
  /// How many of each group's guesses to decode beside a row for each of `rows`, `rows_left` in all.
  std::vector<size_t> choose(size_t rows, const std::vector<Chances> & groups, size_t rows_left) const;
  /// A call of so many rows, all with logits, took so long.
  void measure(size_t rows, double micros);
  /// Of such a call; 0 before any was measured.
  double call_micros(double rows) const { return costs_.micros(rows); }
  /// What so many guesses among a call's rows cost, by what such calls take as a rule: one that took longer since
  /// somebody else had the machine is not the guesses'.
  double cost_micros(size_t rows, size_t guesses) const;
  /// What so many more tokens of each group save.
  double saved_micros(const std::vector<double> & tokens) const;
  /// Of all calls.
  double micros() const { return micros_; }
  /// Guesses have cost what they may.
  bool is_spent() const { return left() <= 0; }
  /// Of a call's rows so many were guesses, and so many of each group's stand.
  void settle(size_t rows, size_t guesses, const std::vector<double> & stand);

 private:
  /// Of late, so many of so many guesses were drawn.
  struct Rate {
    double hits;
    double seen;
  };

  /// Micros that guesses may still cost.
  double left() const;
  size_t rate_at(size_t agreed) const { return std::min(size_of(agreed), rates_.size() - 1); }

  /// By agreement, in powers of two. What is taken for granted at first weighs little.
  std::array<Rate, 6> rates_ = {{{0.6, 2}, {0.9, 2}, {1.3, 2}, {1.6, 2}, {1.8, 2}, {1.9, 2}}};
  CallCosts costs_;
  double micros_ = 0;   // of all calls
  double balance_ = 0;  // micros that guesses have saved; below 0: cost
};

}  // namespace espalier
