// How near a draw was to another outcome. Decides nothing about the draw: it says by how much differences between two
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
#include <utility>

#include "sampler.h"
#include "sampler_math.h"

namespace espalier {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr float maybe = -std::numeric_limits<float>::infinity();
constexpr auto surely = static_cast<float>(near_tie_logits);

double log_odds(double number) {
  const double inside = std::max(number, 0x1p-54);
  return std::log(inside / (1 - inside));
}

// Sums in single precision, and differences of them, are good for this much.
double rough_log_odds(double number) { return log_odds(std::clamp(number, 1e-4, 1 - 1e-4)); }

}  // namespace

double Sampler::greedy_gap(Row row, size_t best, Matcher & matcher) const {
  // Only what is near is worth asking the matcher about.
  float second = row.max - static_cast<float>(near_tie_logits);
  if (row.second <= second) return infinity;
  bool is_near = false;
  for (size_t i = 0; i < vocab_size_; i++) {
    if (row.logits[i] <= second || i == best || !matcher.allows(static_cast<int32_t>(i))) continue;
    second = row.logits[i];
    is_near = true;
  }
  return is_near ? static_cast<double>(row.max) - second : infinity;
}

// Any number in the stretch of the tokens [from, until), which holds the picked one, has the same outcome. Few borders
// are near, so only those are worth sums that are exact on both sides.
double Sampler::sum_gap(Row row, double number, size_t from, size_t until, const Picked & picked) const {
  const double temperature = settings_.temperature;
  const auto sum = [&](size_t first, size_t end) {
    return sum_exp(row.logits + first, end - first, row.max, scale());
  };
  const auto is_far = [&](double below) {
    const double rough = std::abs(rough_log_odds(number) - rough_log_odds(below / picked.total));
    return temperature * rough >= near_tie_logits + 0.02 * temperature;
  };
  const auto border = [&](size_t at) {
    return weight_of(row.logits, at) - weight_of(row.logits + at, vocab_size_ - at);
  };
  const double at = temperature * log_odds(number);
  double gap = infinity;
  if (!is_far(picked.before - sum(from, picked.token))) gap = at - border(from);
  if (!is_far(picked.before + sum(picked.token, until))) gap = std::min(gap, border(until) - at);
  return std::max(gap, 0.0);
}

double Sampler::candidate_gap(double number, size_t picked) {
  const double at = settings_.temperature * log_odds(number);
  const size_t count = candidates_.size();
  Candidate & own = candidates_[picked];
  // While it is drawn from at all it is on its side for sure.
  const double margin = std::exchange(own.margin, std::numeric_limits<float>::infinity());
  const double lower = weight_of_candidates(0, picked, maybe) - weight_of_candidates(picked, count, surely);
  const double upper = weight_of_candidates(0, picked + 1, surely) - weight_of_candidates(picked + 1, count, maybe);
  return std::max(std::min({margin, at - lower, upper - at}), 0.0);
}

double Sampler::weight_of_candidates(size_t from, size_t until, float margin_min) {
  side_.clear();
  for (size_t i = from; i < until; i++) {
    if (candidates_[i].margin >= margin_min) side_.push_back(candidates_[i].logit);
  }
  return weight_of(side_.data(), side_.size());
}

// Temperature times the logarithm of the tokens' weight: their largest logit, and more where others are near it.
double Sampler::weight_of(const float * logits, size_t count) const {
  const float max = look_at_row(logits, count).max;
  if (max == -std::numeric_limits<float>::infinity()) return max;
  return max + settings_.temperature * std::log(sum_exp(logits, count, max, scale()));
}

}  // namespace espalier
