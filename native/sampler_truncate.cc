// What top-k, top-p and min-p leave of the allowed tokens. Decides which of them are drawn from, and which would surely
// be, or might be, if logits differed by a rounding, see sampler_gap.cc. Looks at few tokens one by one: of all the
// others it is known beforehand that they are too far below.
#include <algorithm>
#include <cmath>
#include <functional>

#include "sampler.h"

namespace espalier {

namespace {

constexpr auto near_tie = static_cast<float>(near_tie_logits);
/// Tokens may be a near tie below the last one that passes a filter, which may let pass those a near tie below its
/// bound. One more, so that no rounding matters.
constexpr float slack = 3 * near_tie;
/// Logits that are this far below the best have a share of 0 in single precision.
constexpr float reach_max = 90;
/// Sorting fewer than these costs less than leaving some of them out.
constexpr size_t sorted_at_once = 256;

double log_odds_of(double sum, double total) { return std::log(sum / std::max(total - sum, 0.0)); }

}  // namespace

/// Looks at the whole row, for the first time where there are filters; returns its largest allowed logit, -infinity if
/// nothing is allowed.
float Sampler::allow(Row row, Matcher & matcher) {
  DrawSpace & space = *space_;
  needed_mask_ = true;
  const size_t blocks = (row.count + block_tokens - 1) / block_tokens;
  space.best.resize(blocks);
  space.row = row.logits;
  ready_.mask(matcher, space.mask);
  if (!best_allowed(row.logits, space.mask.data(), row.count, space.best.data())) {
    look_at_sound_row(row.logits, row.count);
  }
  return *std::max_element(space.best.begin(), space.best.end());
}

/// Makes the close ones those of the allowed row from `floor` up.
void Sampler::collect(float floor) {
  const float * row = space_->row;
  auto & [tokens, logits] = space_->close;
  size_t count = 0;
  for (size_t block = 0; block < space_->best.size(); block++) {
    if (space_->best[block] < floor) continue;
    if (tokens.size() < count + block_tokens) {
      tokens.resize(count + block_tokens);
      logits.resize(count + block_tokens);
    }
    const uint32_t word = space_->mask[block];
    const size_t until = std::min(vocab_size_, (block + 1) * block_tokens);
    for (size_t token = block * block_tokens; token < until; token++) {
      tokens[count] = static_cast<int32_t>(token);
      logits[count] = row[token];
      count += ((word >> (token % block_tokens)) & 1u) != 0 && row[token] >= floor ? 1 : 0;
    }
  }
  tokens.resize(count);
  logits.resize(count);
}

/// Logit from which on min-p lets tokens pass.
float Sampler::min_p_floor(float max) const {
  return settings_.min_p > 0 ? static_cast<float>(max + std::log(settings_.min_p)) : no_floor;
}

/// The logarithm of the odds, all that is better against the rest, below which top-p lets a token pass.
double Sampler::top_p_odds() const { return std::log(settings_.top_p / (1 - settings_.top_p)); }

/// Collects all that the filters might leave and all that is near those. Returns the sum that top-p is a share of, 0
/// where that is the sum of the best k.
double Sampler::collect_filterable(float max) {
  const float min_p = min_p_floor(max) - slack;
  if (settings_.top_p < 1 && settings_.top_k == 0) return collect_likely(max, min_p);
  const float top_k = settings_.top_k > 0 ? top_k_floor() - slack : no_floor;
  // Top-p counts what min-p leaves out.
  collect(settings_.top_p < 1 ? top_k : std::max(top_k, min_p));
  return 0;
}

/// A logit that at least k tokens have: the best ones of k blocks.
float Sampler::top_k_floor() {
  const auto k = static_cast<size_t>(settings_.top_k);
  if (k > space_->best.size()) return no_floor;
  std::vector<float> & best = space_->scratch;
  best = space_->best;
  const auto last = best.begin() + static_cast<std::ptrdiff_t>(k - 1);
  std::nth_element(best.begin(), last, best.end(), std::greater<>());
  return std::max(*last, no_floor);
}

// From the best downwards until what was collected is more than top-p's share even with logits in its favour.
double Sampler::collect_likely(float max, float floor) {
  space_->allowed.resize(vocab_size_);
  keep_allowed(space_->row, space_->mask.data(), vocab_size_, space_->allowed.data());
  const double total = sum_exp(space_->allowed.data(), vocab_size_, max, 1);
  const double odds = top_p_odds() + near_tie_logits;
  for (float reach = 6; reach < reach_max && max - reach > floor; reach *= 2) {
    collect(max - reach);
    const std::vector<float> & likely = space_->close.logits;
    const double sum = sum_exp(likely.data(), likely.size(), max, 1);
    if (log_odds_of(sum, total) < odds) continue;
    floor = std::max(floor, max - reach - slack);
    break;
  }
  collect(floor);
  return total;
}

// What the filters leave are always the best n tokens, and n depends on the sorted logits alone. If differences of
// logits change by d at most, so do those of sorted ones, and ln(sum of the best m / sum of the rest) moves by d at
// most, whichever tokens those then are. With d = near_tie_logits: n is at least as many as pass with d against them
// and at most as many as pass with d in their favour. A token surely stays while it is better than the first of the
// others, and may come in where it is less than d worse than the last one that might pass.
Sampler::Cut Sampler::cut(float max, double total) {
  std::vector<float> & best = space_->scratch;
  best = space_->close.logits;
  const auto at = [&](size_t rank) { return best.begin() + static_cast<std::ptrdiff_t>(rank); };
  const size_t limit = settings_.top_k > 0 ? std::min(static_cast<size_t>(settings_.top_k), best.size()) : best.size();
  if (limit < best.size()) {
    std::nth_element(at(0), at(limit - 1), best.end(), std::greater<>());
    const float too_low = best[limit - 1] - near_tie;
    best.erase(std::remove_if(at(limit), best.end(), [&](float logit) { return logit < too_low; }), best.end());
  }
  if (settings_.top_k > 0 && settings_.top_p < 1) total = sum_exp(best.data(), limit, max, 1);
  const double odds_max = top_p_odds();
  const float least = min_p_floor(max);
  size_t rank = 0;
  double sum = 0;
  const auto passes = [&](size_t number, float logit, double before, float favour) {
    if (number == 0) return true;
    if (number >= limit || logit < least - favour) return false;
    if (settings_.top_p >= 1) return true;
    if (favour == 0) return before < settings_.top_p * total;
    return log_odds_of(before, total) - favour < odds_max;
  };
  // The best of them surely pass and need no order.
  for (size_t end = limit; end - rank > sorted_at_once;) {
    const size_t middle = rank + (end - rank) / 2;
    std::nth_element(at(rank), at(middle), at(end), std::greater<>());
    const double before = sum + sum_exp(best.data() + rank, middle - rank, max, 1);
    if (passes(middle, best[middle], before, -near_tie)) {
      rank = middle;
      sum = before;
    } else {
      end = middle;
    }
  }
  // Best first, only as far as needed: a heap spares sorting the rest.
  const auto begin = at(rank);
  auto end = best.end();
  std::make_heap(begin, end);
  Cut cut{0, max, max, minus_infinity};
  for (; end != begin; rank++) {
    const float logit = *begin;
    if (passes(rank, logit, sum, near_tie)) cut.last_maybe = logit;
    else if (logit < cut.last_maybe - near_tie) break;
    if (passes(rank, logit, sum, 0)) {
      cut.count = rank + 1;
      cut.last = logit;
    }
    if (cut.unsure == minus_infinity && !passes(rank, logit, sum, -near_tie)) cut.unsure = logit;
    sum += exp_of(logit - max);
    std::pop_heap(begin, end);
    --end;
  }
  return cut;
}

// Of equal logits the lower ids come first.
void Sampler::split(const Cut & cut) {
  auto & [tokens, logits] = space_->close;
  TokenPool & drawn = space_->drawn;
  const auto better = std::count_if(logits.begin(), logits.end(), [&](float logit) { return logit > cut.last; });
  size_t equals_left = cut.count - static_cast<size_t>(better);
  drawn.tokens.clear();
  drawn.logits.clear();
  size_t kept = 0;
  for (size_t i = 0; i < logits.size(); i++) {
    const float logit = logits[i];
    if (logit < cut.last_maybe - near_tie) continue;
    tokens[kept] = tokens[i];
    logits[kept] = logit;
    kept++;
    if (logit < cut.last || (logit == cut.last && equals_left == 0)) continue;
    if (logit == cut.last) equals_left--;
    drawn.tokens.push_back(tokens[i]);
    drawn.logits.push_back(logit);
  }
  tokens.resize(kept);
  logits.resize(kept);
  space_->unsure = cut.unsure;
}

}  // namespace espalier
