// See guess_policy.h. Decides what failed guesses may cost, and what calls of sizes that were never measured cost.
#include "guess_policy.h"

#include <algorithm>

namespace espalier {

namespace {

/// Older guesses count half then.
constexpr double seen_max = 64;
/// A call of twice as many rows as were ever measured is taken to cost so much more: less than it does where rows are
/// dear, so that it is tried, and then known.
constexpr double doubling = 1.4;
/// Guesses may have cost this share of all time, and so many calls of one row.
constexpr double loss_share = 0.01;
constexpr double loss_calls = 2;
/// So often at least there is a call without guesses, since they are judged by what it takes.
constexpr size_t plain_again = 64;

}  // namespace

GuessPolicy::GuessPolicy() : costs_(doubling) {}

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
  if (plain == 0 || costs_.calls_since(rows) >= plain_again) return chosen;
  // No further than to twice what is known, or to four rows.
  const auto rows_max = static_cast<size_t>(std::max(4.0, 2 * costs_.rows_max()));
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
    // All of them may fail.
    const double cost = cost_micros(rows + count, count);
    if (cost > left()) break;
    const double value = (plain + saved_micros(tokens)) / (plain + cost);
    if (value <= best) continue;
    best = value;
    chosen = taken;
  }
  return chosen;
}

void GuessPolicy::measure(size_t rows, double micros) {
  micros_ += micros;
  costs_.measure(rows, micros);
}

double GuessPolicy::left() const { return balance_ + loss_share * micros_ + loss_calls * call_micros(1); }

double GuessPolicy::cost_micros(size_t rows, size_t guesses) const {
  return call_micros(static_cast<double>(rows)) - call_micros(static_cast<double>(rows - guesses));
}

void GuessPolicy::settle(size_t rows, size_t guesses, const std::vector<double> & stand) {
  // What was saved once does not pay for ever.
  balance_ = std::min(balance_ + saved_micros(stand) - cost_micros(rows, guesses), loss_calls * call_micros(1));
}

}  // namespace espalier
