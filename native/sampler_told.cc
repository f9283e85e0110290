// What is told of a draw beside its token: how probable it was, what else was probable, and how much of the model's
// probability its mask left. Looks at the model's own logits alone, never draws.
#include <algorithm>
#include <cmath>

#include "sampler.h"

namespace espalier {

namespace {

/// ln of the share of the row that the matcher allows; 0 where it allows all that has any.
double allowed_mass(const float * logits, size_t count, double total, Matcher & matcher, DrawSpace & space) {
  space.mask.resize((count + block_tokens - 1) / block_tokens);
  space.allowed.resize(count);
  matcher.mask(space.mask.data());
  keep_allowed(logits, space.mask.data(), count, space.allowed.data());
  const float max = look_at_row(space.allowed.data(), count).max;
  if (max == minus_infinity) return minus_infinity;
  // Rounding may make a part more than the whole.
  return std::min(0.0, log_sum_exp(space.allowed.data(), count, max) - total);
}

}  // namespace

std::vector<TokenLogprob> best_tokens(const float * logits, size_t count, double total, size_t wanted) {
  std::vector<int32_t> best;
  const auto better = [&](int32_t a, int32_t b) { return logits[a] > logits[b] || (logits[a] == logits[b] && a < b); };
  const size_t most = std::min(wanted, count);
  if (most == 0) return {};
  std::vector<float> blocks((count + block_tokens - 1) / block_tokens);
  best_of_blocks(logits, count, blocks.data());
  // A heap of the best so far, the worst of them on top.
  for (size_t i = 0; i < count; i++) {
    const auto id = static_cast<int32_t>(i);
    if (best.size() == most) {
      // A later one that is as good comes behind.
      if (i % block_tokens == 0 && blocks[i / block_tokens] <= logits[best.front()]) {
        i += block_tokens - 1;
        continue;
      }
      if (!better(id, best.front())) continue;
      std::pop_heap(best.begin(), best.end(), better);
      best.pop_back();
    }
    best.push_back(id);
    std::push_heap(best.begin(), best.end(), better);
  }
  std::sort(best.begin(), best.end(), better);
  std::vector<TokenLogprob> told;
  for (const int32_t id : best) told.push_back({id, logits[id] - total});
  return told;
}

DrawnLogprobs Sampler::logprobs(const float * logits, int32_t token, Matcher & matcher,
                                const std::vector<int32_t> & banned) const {
  const double total = log_sum_exp(logits, vocab_size_, look_at_row(logits, vocab_size_).max);
  DrawnLogprobs result;
  result.logprob = logits[token] - total;
  result.allowed = allowed_mass(logits, vocab_size_, total, matcher, *space_);
  result.top =
      best_tokens(logits, vocab_size_, total, static_cast<size_t>(std::max(settings_.logprobs, settings_.looked)));
  for (const TokenLogprob & one : result.top) {
    const auto id = static_cast<size_t>(one.token);
    const bool is_banned = std::find(banned.begin(), banned.end(), one.token) != banned.end();
    result.may_come.push_back(!is_banned && ((space_->mask[id / 32] >> (id % 32)) & 1) != 0);
  }
  return result;
}

}  // namespace espalier
