// See guess_policy.h. Decides what failed guesses may cost, and what calls of sizes that were never measured cost.
#include "guess_policy.h"

#include <algorithm>
#include <cmath>

namespace espalier {

namespace {

/// Weight of the newest measurement.
constexpr double call_weight = 0.2;
/// One call tells of no greater change of all.
constexpr double change_max = 2;
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
    const Rate & rate = rates_[rate_at(agreed + i)];
    all *= rate.hits / rate.seen;
    chances.push_back(all);
  }
  return chances;
}

void GuessPolicy::learn(size_t agreed, bool is_hit) {
  Rate & rate = rates_[rate_at(agreed)];
  rate.seen += 1;
  if (is_hit) rate.hits += 1;
  if (rate.seen < seen_max) return;
  rate.seen /= 2;
  rate.hits /= 2;
}

// Between two sizes that were measured on a straight line; more rows never take less.
double GuessPolicy::call_micros(double rows) const {
  const Call * below = nullptr;
  double least = 0;
  for (const Call & call : calls_) {
    if (call.rows == 0) continue;
    if (call.rows >= rows) {
      if (below == nullptr || call.rows == rows) return std::max(least, call.micros) * level_;
      const double share = (rows - below->rows) / (call.rows - below->rows);
      return std::max(least, below->micros + share * (call.micros - below->micros)) * level_;
    }
    below = &call;
    least = std::max(least, call.micros);
  }
  if (below == nullptr) return 0;
  return least * std::pow(doubling, std::log2(rows / below->rows)) * level_;
}

// What so many more tokens of each group save. Only where all of them come further there is a call less; a token of one
// group is a row less in a later call, which the others need all the same.
double GuessPolicy::saved_micros(const std::vector<double> & tokens) const {
  const auto groups = static_cast<double>(tokens.size());
  const double call = call_micros(groups);
  const double row = groups > 1 ? std::max(0.0, call - call_micros(1)) / (groups - 1) : call;
  const double least = *std::min_element(tokens.begin(), tokens.end());
  double saved = least * call;
  for (const double count : tokens) saved += (count - least) * row;
  return saved;
}

std::vector<size_t> GuessPolicy::choose(size_t rows, const std::vector<Chances> & groups, size_t rows_left) const {
  std::vector<size_t> chosen(groups.size(), 0);
  const double plain = call_micros(static_cast<double>(rows));
  const bool is_spent = balance_ < -(loss_share * micros_ + loss_calls * call_micros(1));
  if (plain == 0 || is_spent) return chosen;
  double measured = 0;
  for (const Call & call : calls_) measured = std::max(measured, call.rows);
  // No further than to twice what is known, or to four rows.
  const auto rows_max = static_cast<size_t>(std::max(4.0, 2 * measured));
  rows_left = std::min(rows_left, rows_max - std::min(rows_max, rows));
  std::vector<size_t> taken = chosen;
  std::vector<double> tokens(groups.size(), 0);
  double best = 1 + gain_min;
  for (size_t count = 1; count <= rows_left; count++) {
    size_t next = groups.size();
    for (size_t i = 0; i < groups.size(); i++) {
      if (taken[i] == groups[i].size()) continue;
      if (next == groups.size() || groups[i][taken[i]] > groups[next][taken[next]]) next = i;
    }
    if (next == groups.size()) break;
    tokens[next] += groups[next][taken[next]++];
    const double value = (plain + saved_micros(tokens)) / call_micros(static_cast<double>(rows + count));
    if (value <= best) continue;
    best = value;
    chosen = taken;
  }
  return chosen;
}

// What a call takes depends on how many cells are there, too: sizes that were not measured for long are taken to have
// changed as those that were.
void GuessPolicy::measure(size_t rows, double micros) {
  micros_ += micros;
  Call & call = calls_[std::min(size_of(rows), calls_.size() - 1)];
  if (call.rows > 0 && micros > 0) {
    const double expected = call_micros(static_cast<double>(rows));
    level_ *= std::pow(std::clamp(micros / expected, 1 / change_max, change_max), call_weight);
  }
  const double weight = call.rows == 0 ? 1 : call_weight;
  call.rows += weight * (static_cast<double>(rows) - call.rows);
  call.micros += weight * (micros / level_ - call.micros);
}

void GuessPolicy::settle(size_t rows, size_t guesses, const std::vector<double> & stand, double micros) {
  const double more = micros - call_micros(static_cast<double>(rows - guesses));
  // What was saved once does not pay for ever.
  balance_ = std::min(balance_ + saved_micros(stand) - more, loss_calls * call_micros(1));
}

}  // namespace espalier
