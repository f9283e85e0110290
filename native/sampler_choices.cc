// Filters that leave out the most probable tokens: locally typical sampling, and XTC ("exclude top choices"), as
// llama.cpp defines them. Decides which tokens are drawn from, and how near that was to another choice: where no bound
// is known, the draw is called a near tie.
#include <algorithm>
#include <cmath>
#include <limits>

#include "sampler.h"

namespace espalier {

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
/// Logits that are this far below the best have no share.
constexpr float reach_max = 90;
/// The lane of the chance that XTC is applied.
constexpr uint64_t xtc_lane = 2;

struct Ranked {
  float logit;
  int32_t token;
};

bool is_better(const Ranked & a, const Ranked & b) {
  return a.logit != b.logit ? a.logit > b.logit : a.token < b.token;
}

}  // namespace

bool Sampler::excludes_top() const {
  return settings_.xtc_threshold <= 0.5 && number(xtc_lane) < settings_.xtc_probability;
}

// -ln p of a token and the entropy, which is the mean of that, differ as the logit differs from the mean logit.
std::optional<Draw> Sampler::draw_typical(float max) {
  collect(settings_.top_k > 0 ? top_k_floor() : max - reach_max);
  const auto & [tokens, logits] = space_->close;
  std::vector<Ranked> left;
  for (size_t i = 0; i < tokens.size(); i++) left.push_back({logits[i], tokens[i]});
  const bool is_alone = left.size() == 1;
  if (settings_.top_k > 0 && static_cast<size_t>(settings_.top_k) < left.size()) {
    const auto end = left.begin() + static_cast<std::ptrdiff_t>(settings_.top_k);
    std::nth_element(left.begin(), end - 1, left.end(), is_better);
    left.erase(end, left.end());
  }
  double total = 0;
  double mean = 0;
  for (const Ranked & one : left) {
    const double share = exp_of(one.logit - max);
    total += share;
    mean += share * (one.logit - max);
  }
  mean /= total;
  const auto strangeness = [&](const Ranked & one) { return std::abs((one.logit - max) - mean); };
  // The most typical one on top.
  const auto is_stranger = [&](const Ranked & a, const Ranked & b) {
    const double difference = strangeness(a) - strangeness(b);
    return difference != 0 ? difference > 0 : is_better(b, a);
  };
  std::make_heap(left.begin(), left.end(), is_stranger);
  std::vector<Ranked> kept;
  for (double sum = 0; !left.empty() && sum <= settings_.typical_p * total;) {
    kept.push_back(left.front());
    sum += exp_of(left.front().logit - max);
    std::pop_heap(left.begin(), left.end(), is_stranger);
    left.pop_back();
  }
  std::sort(kept.begin(), kept.end(), is_better);
  const float best = kept.front().logit;
  double kept_total = 0;
  for (const Ranked & one : kept) kept_total += exp_of(one.logit - best);
  size_t count = 0;
  double before = 0;
  for (const Ranked & one : kept) {
    const bool is_enough = settings_.top_p < 1 && before >= settings_.top_p * kept_total;
    if (count > 0 && (is_enough || one.logit < min_p_floor(best))) break;
    before += exp_of(one.logit - best);
    count++;
  }
  kept.resize(count);
  std::sort(kept.begin(), kept.end(), [](const Ranked & a, const Ranked & b) { return a.token < b.token; });
  TokenPool & drawn = space_->drawn;
  drawn.tokens.clear();
  drawn.logits.clear();
  for (const Ranked & one : kept) {
    drawn.tokens.push_back(one.token);
    drawn.logits.push_back(one.logit);
  }
  space_->close = drawn;
  space_->unsure = minus_infinity;
  Draw draw = excludes_top() ? draw_without_top(best) : pick_from(drawn, best, number(0));
  // How the mean moves with the logits has no bound that is worth having.
  draw.gap = is_alone ? infinity : 0;
  return draw;
}

// If no difference between two logits changes by more than d, no ln p of a token among the same ones does either.
Draw Sampler::draw_without_top(float max) {
  TokenPool & drawn = space_->drawn;
  const bool is_settled = space_->unsure == minus_infinity && space_->close.tokens.size() == drawn.tokens.size();
  const double total = sum_exp(drawn.logits.data(), drawn.logits.size(), max, 1);
  const double least = std::log(settings_.xtc_threshold) + max + std::log(total);
  Ranked last{max, -1};
  float next = std::numeric_limits<float>::infinity();
  size_t above = 0;
  double gap = infinity;
  for (size_t i = 0; i < drawn.tokens.size(); i++) {
    const Ranked one{drawn.logits[i], drawn.tokens[i]};
    gap = std::min(gap, std::abs(one.logit - least));
    if (one.logit < least) continue;
    above++;
    if (last.token < 0 || is_better(last, one)) {
      if (last.token >= 0) next = last.logit;
      last = one;
    } else {
      next = std::min(next, one.logit);
    }
  }
  if (above < 2) {
    // Whatever else may be among them, the two best give the second one more than its share.
    const RowFacts facts = look_at_row(space_->close.logits.data(), space_->close.logits.size());
    const double share = -std::log1p(std::exp(static_cast<double>(facts.max) - facts.second));
    const double margin = is_settled && above == 1 ? gap : std::log(settings_.xtc_threshold) - share;
    Draw draw = pick_from(drawn, max, number(0));
    draw.gap = std::min(draw.gap, std::max(margin, 0.0));
    return draw;
  }
  gap = is_settled ? std::min<double>(gap, next - last.logit) : 0;
  size_t count = 0;
  for (size_t i = 0; i < drawn.tokens.size(); i++) {
    if (drawn.logits[i] >= least && drawn.tokens[i] != last.token) continue;
    drawn.tokens[count] = drawn.tokens[i];
    drawn.logits[count] = drawn.logits[i];
    count++;
  }
  drawn.tokens.resize(count);
  drawn.logits.resize(count);
  space_->close = drawn;
  space_->unsure = minus_infinity;
  Draw draw = pick_from(drawn, last.logit, number(0));
  draw.gap = std::min(draw.gap, gap);
  return draw;
}

}  // namespace espalier
