// Whether a draft model's tokens are worth its calls. Decides by what its calls and those of the model take here, and
// by how often tokens that it held so probable were drawn; and by a budget of its own, in which its calls count: what
// it costs without gain stays a small share of all time. A draft that doesn't pay is asked again now and then.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include "call_costs.h"
#include "guess_policy.h"

namespace espalier {

class DraftPolicy {
 public:
  /// What a turn has so far, all its groups together.
  struct Turn {
    size_t rows = 0;              // of the call without guesses
    size_t guesses = 0;           // rows on top of them
    std::vector<double> tokens;   // of each group: guesses that are expected to stand
    std::vector<double> chances;  // of each group: that all of its guesses stand; 0: it is not drafted for
    bool has_begun = false;
  };

  /// `calls`: of the model itself.
  explicit DraftPolicy(const GuessPolicy & calls);

  /// Of a token that the draft holds so probable to be drawn.
  double chance(double probability) const;
  /// Of whatever it says next.
  double chance() const;
  /// The model drew where the draft had a token of this probability.
  void learn(double probability, bool is_hit);

  /// One more token for all groups that are drafted for, or a few more, gain more than they cost.
  bool is_worth(const Turn & turn) const;
  /// It doesn't pay, yet may be asked to see whether that is still so.
  bool may_try() const;
  void tried(double micros);
  /// As many tokens of a new text as may be read now, for a generation that goes on for so many tokens at most.
  size_t readable(const Turn & turn, double tokens_left) const;

  /// A call of the draft.
  void measure(size_t rows, double micros) { costs_.measure(rows, micros); }
  /// A call of the model in which nothing is guessed.
  void note_reading(double micros) { reading_micros_ += micros; }
  /// All that drafting took in a turn.
  void spend(double micros) { balance_ -= micros; }
  /// As GuessPolicy's.
  void settle(size_t rows, size_t guesses, const std::vector<double> & stand);

 private:
  struct Rate {
    double hits;
    double seen;
    void add(bool is_hit);
  };

  static size_t class_of(double probability);
  double profit(const Turn & turn, double draft_micros) const;
  double best_profit(const Turn & turn) const;
  double all_micros() const { return calls_->micros() + reading_micros_; }
  /// What may still be lost.
  double left() const;

  const GuessPolicy * calls_;
  CallCosts costs_;
  /// By the draft's probability. What is taken for granted at first weighs little.
  std::array<Rate, 6> rates_ = {{{0.3, 2}, {0.7, 2}, {1, 2}, {1.4, 2}, {1.7, 2}, {1.85, 2}}};
  Rate all_ = {1.4, 2};
  double reading_micros_ = 0;
  double balance_ = 0;   // micros that were saved; below 0: cost
  double next_try_ = 0;  // in micros of all calls
};

}  // namespace espalier
