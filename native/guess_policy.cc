// See guess_policy.h. Decides what failed guesses may cost, and what calls of sizes that were never measured cost.
#include "guess_policy.h"

#include <algorithm>
#include <cmath>

namespace espalier {

namespace {

/// Weight of the newest measurement.
constexpr double call_weight = 0.2;
/// Older guesses count half then.
constexpr double seen_max = 64;
/// A call of twice as many rows as were ever measured is taken to cost so much more: less than it does where rows are
/// dear, so that it is tried, and then known.
constexpr double doubling = 1.4;
/// Guesses may have cost this share of all time, and so many calls of one row.
constexpr double loss_share = 0.01;
constexpr double loss_calls = 2;
/// What they are expected to save, at least, as a share.
constexpr double gain_min = 0.05;

}  // namespace

size_t GuessPolicy::size_of(size_t count) {
  size_t size = 0;
  while (count > 1) {
    count >>= 1;
    size++;
  }
  return size;
}

GuessPolicy::Chances GuessPolicy::chances(size_t agreed, size_t count) const {
  Chances chances;
  double all = 1;
  for (size_t i = 0; i < count; i++) {
    const Rate & rate = rate_of(agreed + i);
    all *= rate.hits / rate.seen;
    chances.push_back(all);
  }
  return chances;
}

void GuessPolicy::learn(size_t agreed, bool is_hit) {
  Rate & rate = rates_[std::min(size_of(agreed), rates_.size() - 1)];
  rate.seen += 1;
  if (is_hit) rate.hits += 1;
  if (rate.seen < seen_max) return;
  rate.seen /= 2;
  rate.hits /= 2;
}

// Between two sizes that were measured on a straight line.
double GuessPolicy::call_micros(double rows) const {
  const Call * below = nullptr;
  for (const Call & call : calls_) {
    if (call.rows == 0) continue;
    if (call.rows >= rows) {
      if (below == nullptr || call.rows == rows) return call.micros;
      const double share = (rows - below->rows) / (call.rows - below->rows);
      return below->micros + share * (call.micros - below->micros);
    }
    below = &call;
  }
  if (below == nullptr) return 0;
  return below->micros * std::pow(doubling, std::log2(rows / below->rows));
}

std::vector<size_t> GuessPolicy::choose(size_t rows, const std::vector<Chances> & candidates, size_t rows_left) const {
  std::vector<size_t> chosen(candidates.size(), 0);
  const double plain = call_micros(static_cast<double>(rows));
  const bool is_spent = balance_ < -(loss_share * micros_ + loss_calls * call_micros(1));
  if (plain == 0 || is_spent) return chosen;
  double measured = 0;
  for (const Call & call : calls_) measured = std::max(measured, call.rows);
  // No further than to twice what is known, or to four rows.
  const auto rows_max = static_cast<size_t>(std::max(4.0, 2 * measured));
  rows_left = std::min(rows_left, rows_max - std::min(rows_max, rows));
  std::vector<size_t> taken = chosen;
  double tokens = static_cast<double>(rows);
  double best = tokens * (1 + gain_min) / plain;
  for (size_t count = 1; count <= rows_left; count++) {
    size_t next = candidates.size();
    for (size_t i = 0; i < candidates.size(); i++) {
      if (taken[i] == candidates[i].size()) continue;
      if (next == candidates.size() || candidates[i][taken[i]] > candidates[next][taken[next]]) next = i;
    }
    if (next == candidates.size()) break;
    tokens += candidates[next][taken[next]++];
    const double value = tokens / call_micros(static_cast<double>(rows + count));
    if (value <= best) continue;
    best = value;
    chosen = taken;
  }
  return chosen;
}

void GuessPolicy::measure(size_t rows, double micros) {
  micros_ += micros;
  Call & call = calls_[std::min(size_of(rows), calls_.size() - 1)];
  const double weight = call.rows == 0 ? 1 : call_weight;
  call.rows += weight * (static_cast<double>(rows) - call.rows);
  call.micros += weight * (micros - call.micros);
}

// What the tokens that stand would have taken one after the other, against what the guesses' rows took.
void GuessPolicy::settle(size_t rows, size_t guesses, size_t stand, double micros) {
  const double plain = call_micros(static_cast<double>(rows - guesses));
  const double saved = static_cast<double>(stand) * call_micros(1);
  // What was saved once does not pay for ever.
  balance_ = std::min(balance_ + saved - (micros - plain), loss_calls * call_micros(1));
}

}  // namespace espalier
