// How near a draw was to another outcome. It says by how much differences between two
// logits may change before another token comes, since rounding in llama.cpp depends on the shape of a batch and on the
// order of cells.
//
// A sampled token is the one whose stretch of the cumulative distribution holds the number. With A and B the weights of
// the tokens below and above a border, the number is above it where ln(number / (1 - number)) >= ln(A / B). If no
// difference between two logits changes by more than g, ln(A / B) moves by g / temperature at most, and by just that if
// all tokens below go one way. So a border's distance, as a difference of these logarithms, times the temperature is
// exactly the change that it takes. A filter's border counts with all tokens that may pass on the one side, and only
// those that surely do on the other: a little less than it takes, never more.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "sampler.h"

namespace espalier {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
/// A sum that is less may be one of shares that are too small for single precision.
constexpr double sum_least = 1e-30;

double log_odds(double number) {
  const double inside = std::max(number, 0x1p-54);
  return std::log(inside / (1 - inside));
}

// Sums in single precision, and differences of them, are good for this much.
double rough_log_odds(double number) { return log_odds(std::clamp(number, 1e-4, 1 - 1e-4)); }

}  // namespace

double Sampler::greedy_gap(Row row, float second, size_t best, Matcher & matcher) const {
  // Only what is near is worth asking the matcher about.
  float least = row.max - static_cast<float>(near_tie_logits);
  if (second <= least) return infinity;
  bool is_near = false;
  for (size_t i = 0; i < row.count; i++) {
    if (row.logits[i] <= least || i == best || !ready_.allows(matcher, static_cast<int32_t>(i))) continue;
    least = row.logits[i];
    is_near = true;
  }
  return is_near ? static_cast<double>(row.max) - least : infinity;
}

// Any number in the stretch of the tokens [from, until), which holds the picked one, has the same outcome. Few borders
// are near, so only those are worth sums that are exact on both sides.
double Sampler::sum_gap(Row row, double number, size_t from, size_t until, const Picked & picked) const {
  const double temperature = settings_.temperature;
  const auto sum = [&](size_t first, size_t end) { return sum_exp(row.logits + first, end - first, row.max, scale()); };
  const auto is_far = [&](double below) {
    const double rough = std::abs(rough_log_odds(number) - rough_log_odds(below / picked.total));
    return temperature * rough >= near_tie_logits + 0.02 * temperature;
  };
  const double at = temperature * log_odds(number);
  double gap = infinity;
  if (!is_far(picked.before - sum(from, picked.at))) gap = at - border(row, from, picked.sums);
  if (!is_far(picked.before + sum(picked.at, until))) gap = std::min(gap, border(row, until, picked.sums) - at);
  return std::max(gap, 0.0);
}

// Temperature times ln(A / B) for the weights below and above a border: sums of whole blocks and of the parts of one.
// What is nothing beside the best token is summed once more for itself.
double Sampler::border(Row row, size_t at, const std::vector<double> & sums) const {
  const size_t block = at / sum_block;
  const size_t from = block * sum_block;
  const size_t until = std::min(row.count, from + sum_block);
  const auto first_above = sums.begin() + static_cast<std::ptrdiff_t>(std::min(block + 1, sums.size()));
  const auto last_below = sums.begin() + static_cast<std::ptrdiff_t>(block);
  const auto part = [&](size_t first, size_t end) {
    return sum_exp(row.logits + first, end - first, row.max, scale());
  };
  const double below = std::accumulate(sums.begin(), last_below, part(from, at));
  const double above = std::accumulate(first_above, sums.end(), part(at, until));
  const auto weight = [&](double sum, const float * logits, size_t count) {
    return sum > sum_least ? row.max + settings_.temperature * std::log(sum) : weight_of(logits, count);
  };
  return weight(below, row.logits, at) - weight(above, row.logits + at, row.count - at);
}

double Sampler::pool_gap(double number, int32_t token) {
  const double at = settings_.temperature * log_odds(number);
  const auto & [tokens, logits] = space_->close;
  const auto own = static_cast<size_t>(std::lower_bound(tokens.begin(), tokens.end(), token) - tokens.begin());
  const size_t count = tokens.size();
  const double margin = static_cast<double>(logits[own]) - space_->unsure;
  const double lower = weight_of(logits.data(), own) - weight_of_sure(own, count, own);
  const double upper = weight_of_sure(0, own + 1, own) - weight_of(logits.data() + own + 1, count - own - 1);
  return std::max(std::min({margin, at - lower, upper - at}), 0.0);
}

// While a token is drawn from at all it is on its own side for sure.
double Sampler::weight_of_sure(size_t from, size_t until, size_t own) {
  const std::vector<float> & logits = space_->close.logits;
  std::vector<float> & sure = space_->scratch;
  sure.clear();
  for (size_t i = from; i < until; i++) {
    const float margin = logits[i] - space_->unsure;
    if (i == own || margin >= static_cast<float>(near_tie_logits)) sure.push_back(logits[i]);
  }
  return weight_of(sure.data(), sure.size());
}

// Temperature times the logarithm of the tokens' weight: their largest logit, and more where others are near it.
double Sampler::weight_of(const float * logits, size_t count) const {
  const float max = look_at_row(logits, count).max;
  if (max == minus_infinity) return max;
  return max + settings_.temperature * std::log(sum_exp(logits, count, max, scale()));
}

}  // namespace espalier
