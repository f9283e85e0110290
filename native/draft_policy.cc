// See draft_policy.h. Decides what drafts that fail may cost, and how rarely one that failed is asked again.
#include "draft_policy.h"

#include <algorithm>

namespace espalier {

namespace {

/// Tokens below these probabilities are each a class.
constexpr std::array<double, 5> class_bounds = {0.2, 0.4, 0.6, 0.8, 0.95};
/// Older tokens count half then.
constexpr double seen_max = 48;
/// A call of the draft of twice the rows that were ever measured may take twice the time.
constexpr double doubling = 2;
/// Drafts may have cost this share of all time, and so many of the model's calls of one row.
constexpr double loss_share = 0.005;
constexpr double loss_calls = 2;
/// Of what was saved so much may be spent on reading texts, as a share of all time.
constexpr double saved_share_max = 0.05;
/// Asking again where it doesn't pay takes this share of all time.
constexpr double try_share = 0.003;
/// So many tokens at once are looked ahead: one alone may not be worth a call.
constexpr size_t ahead_max = 8;
/// Generations often end before they have to.
constexpr double tokens_left_max = 256;
/// With fewer tokens before it a draft says too little.
constexpr size_t readable_min = 8;

}  // namespace

DraftPolicy::DraftPolicy(const GuessPolicy & calls) : calls_(&calls), costs_(doubling) {}

void DraftPolicy::Rate::add(bool is_hit) {
  seen += 1;
  if (is_hit) hits += 1;
  if (seen < seen_max) return;
  seen /= 2;
  hits /= 2;
}

size_t DraftPolicy::class_of(double probability) {
  size_t at = 0;
  while (at < class_bounds.size() && probability >= class_bounds[at]) at++;
  return at;
}

double DraftPolicy::chance(double probability) const {
  const Rate & rate = rates_[class_of(probability)];
  return rate.hits / rate.seen;
}

double DraftPolicy::chance() const { return all_.hits / all_.seen; }

void DraftPolicy::learn(double probability, bool is_hit) {
  rates_[class_of(probability)].add(is_hit);
  all_.add(is_hit);
}

double DraftPolicy::left() const { return balance_ + loss_share * all_micros() + loss_calls * calls_->call_micros(1); }

// What a turn is expected to save beyond what its call takes longer and its drafts take.
double DraftPolicy::profit(const Turn & turn, double draft_micros) const {
  return calls_->saved_micros(turn.tokens) - calls_->cost_micros(turn.rows + turn.guesses, turn.guesses) - draft_micros;
}

// With one more token for each group, or the best number of them.
double DraftPolicy::best_profit(const Turn & turn) const {
  Turn next = turn;
  const auto active = static_cast<size_t>(
      std::count_if(turn.chances.begin(), turn.chances.end(), [](double chance) { return chance > 0; }));
  if (active == 0) return 0;
  const double call = costs_.micros(static_cast<double>(active));
  double best = -call;
  for (size_t ahead = 1; ahead <= ahead_max; ahead++) {
    for (size_t i = 0; i < next.chances.size(); i++) next.tokens[i] += next.chances[i] *= chance();
    next.guesses += active;
    best = std::max(best, profit(next, call * static_cast<double>(ahead)));
  }
  return best;
}

// All of a turn may fail, so it takes no more than may be lost.
bool DraftPolicy::is_worth(const Turn & turn) const {
  const double plain = calls_->call_micros(static_cast<double>(turn.rows));
  const double call = calls_->call_micros(static_cast<double>(turn.rows + turn.guesses + 1));
  if (plain == 0 || left() <= call - plain) return false;
  return best_profit(turn) > profit(turn, 0) + (turn.has_begun ? 0 : GuessPolicy::gain_min * plain);
}

bool DraftPolicy::may_try() const {
  return calls_->call_micros(1) > 0 && left() > costs_.micros(1) && all_micros() >= next_try_;
}

void DraftPolicy::tried(double micros) { next_try_ = all_micros() + micros / try_share; }

// Within half of what may be lost, so that something is left to use it with; where it pays, within what the rest of the
// generation is expected to gain, too.
size_t DraftPolicy::readable(const Turn & turn, double tokens_left) const {
  const double gain = best_profit(turn) - profit(turn, 0);
  const double gain_left = gain * std::min(tokens_left, tokens_left_max) / (1 + chance());
  const double most = gain > 0 ? std::min(left() / 2, gain_left) : left() / 2;
  size_t count = readable_min;
  while (count < (size_t{1} << 20) && costs_.micros(static_cast<double>(count + count / 2)) <= most) count += count / 2;
  return count;
}

void DraftPolicy::settle(size_t rows, size_t guesses, const std::vector<double> & stand) {
  const double most = loss_calls * calls_->call_micros(1) + saved_share_max * all_micros();
  balance_ = std::min(balance_ + calls_->saved_micros(stand) - calls_->cost_micros(rows, guesses), most);
}

}  // namespace espalier
