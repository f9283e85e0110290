// See call_costs.h. Decides how fast what was measured before is forgotten.
#include "call_costs.h"

#include <algorithm>
#include <cmath>

namespace espalier {

namespace {

/// Weight of the newest measurement.
constexpr double call_weight = 0.2;
/// One call tells of no greater change of all.
constexpr double change_max = 2;

}  // namespace

// Between two sizes that were measured on a straight line; more rows never take less.
double CallCosts::micros(double rows) const {
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
  return least * std::pow(doubling_, std::log2(rows / below->rows)) * level_;
}

// What a call takes depends on how many cells are there, too: sizes that were not measured for long are taken to have
// changed as those that were.
void CallCosts::measure(size_t rows, double micros_taken) {
  Call & call = calls_[std::min(size_of(rows), calls_.size() - 1)];
  if (call.rows > 0 && micros_taken > 0) {
    const double expected = micros(static_cast<double>(rows));
    level_ *= std::pow(std::clamp(micros_taken / expected, 1 / change_max, change_max), call_weight);
  }
  const double weight = call.rows == 0 ? 1 : call_weight;
  call.rows += weight * (static_cast<double>(rows) - call.rows);
  call.micros += weight * (micros_taken / level_ - call.micros);
}

double CallCosts::rows_max() const {
  double most = 0;
  for (const Call & call : calls_) most = std::max(most, call.rows);
  return most;
}

}  // namespace espalier
