// See call_costs.h. Decides how fast what was measured before is forgotten, and what is a change rather than a stall.
#include "call_costs.h"

#include <algorithm>
#include <cmath>

namespace espalier {

namespace {

/// Weight of the newest measurement.
constexpr double call_weight = 0.2;
/// One call tells of no greater change of all.
constexpr double change_max = 2;
/// A call that takes so many times what was expected tells of a change only where others before it did: somebody else
/// had the machine. Nothing makes a call shorter by accident, so one that took so small a part is believed at once.
constexpr double odd_share = 1.5;
constexpr double odd_share_first = 3;  // of a size that was never measured
constexpr int slow_calls = 3;

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
  Call & call = calls_[class_of(rows)];
  call.at = ++count_;
  double weight = call.rows == 0 ? 1 : call_weight;
  const double expected = micros(static_cast<double>(rows));
  if (expected > 0 && micros_taken > 0) {
    const double share = micros_taken / expected;
    if (is_stall(call, share)) return;
    if (call.rows > 0) level_ *= std::pow(std::clamp(share, 1 / change_max, change_max), call_weight);
    if (share < 1 / odd_share) weight = 1;
  }
  call.rows += weight * (static_cast<double>(rows) - call.rows);
  call.micros += weight * (micros_taken / level_ - call.micros);
}

bool CallCosts::is_stall(const Call & call, double share) {
  slow_ = share > (call.rows == 0 ? odd_share_first : odd_share) ? slow_ + 1 : 0;
  return slow_ > 0 && slow_ < slow_calls;
}

// Small sizes differ most: where a second row doubles a call, a third may cost next to nothing.
size_t CallCosts::class_of(size_t rows) {
  if (rows <= 4) return std::max<size_t>(rows, 1) - 1;
  const size_t doublings = size_of(rows - 1);
  const bool is_upper = rows - 1 >= (size_t{3} << (doublings - 1));
  return std::min<size_t>(4 + 2 * (doublings - 2) + (is_upper ? 1 : 0), classes - 1);
}

double CallCosts::rows_max() const {
  double most = 0;
  for (const Call & call : calls_) most = std::max(most, call.rows);
  return most;
}

}  // namespace espalier
