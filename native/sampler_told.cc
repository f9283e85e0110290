// What is told of a draw beside its token: how probable it was, what else was probable, and how much of the model's
// probability its mask left. Looks at the model's own logits alone, never draws.
#include <algorithm>
#include <cmath>

#include "sampler.h"

namespace espalier {

namespace {

/// Where a mask allows, or keeps out, at most one token in so many, these few are summed alone.
constexpr size_t sparse = 64;

size_t bits_of(uint32_t word) {
  word -= (word >> 1) & 0x55555555U;
  word = (word & 0x33333333U) + ((word >> 2) & 0x33333333U);
  return ((word + (word >> 4)) & 0x0f0f0f0fU) * 0x01010101U >> 24;
}

/// The probabilities of the tokens that are set in the mask, or of those that are not where `flip` is all ones.
double sum_one_by_one(const float * logits, size_t count, double total, const std::vector<uint32_t> & mask,
                      uint32_t flip) {
  double sum = 0;
  for (size_t word = 0; word < mask.size(); word++) {
    const uint32_t bits = mask[word] ^ flip;
    if (bits == 0) continue;
    const size_t from = word * block_tokens;
    const size_t until = std::min(count, from + block_tokens);
    for (size_t token = from; token < until; token++) {
      if ((bits >> (token - from) & 1U) != 0) sum += std::exp(logits[token] - total);
    }
  }
  return sum;
}

/// ln of the probability of all tokens that the mask allows; 0 where it allows every token.
double allowed_mass(const float * logits, size_t count, double total, DrawSpace & space) {
  size_t allowed = 0;
  for (const uint32_t word : space.mask) allowed += bits_of(word);
  if (allowed == count) return 0;
  if (allowed * sparse <= count) {
    return std::min(0.0, std::log(sum_one_by_one(logits, count, total, space.mask, 0)));
  }
  if ((count - allowed) * sparse <= count) {
    const double rest = sum_one_by_one(logits, count, total, space.mask, ~0U);
    // What little is left is told exactly by its own sum alone.
    if (rest < 0.5) return std::log1p(-rest);
  }
  space.allowed.resize(count);
  keep_allowed(logits, space.mask.data(), count, space.allowed.data());
  const float max = look_at_row(space.allowed.data(), count).max;
  if (max == minus_infinity) return minus_infinity;
  // Rounding may make a part more than the whole.
  return std::min(0.0, log_sum_exp(space.allowed.data(), count, max) - total);
}

/// The best of a row whose blocks were looked at, the best one first.
std::vector<TokenLogprob> best_in_blocks(const float * logits, size_t count, const std::vector<float> & blocks,
                                         double total, size_t wanted) {
  std::vector<int32_t> best;
  const auto better = [&](int32_t a, int32_t b) { return logits[a] > logits[b] || (logits[a] == logits[b] && a < b); };
  const size_t most = std::min(wanted, count);
  if (most == 0) return {};
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

std::vector<float> blocks_of(const float * logits, size_t count) {
  std::vector<float> blocks((count + block_tokens - 1) / block_tokens);
  best_of_blocks(logits, count, blocks.data());
  return blocks;
}

}  // namespace

std::vector<TokenLogprob> best_tokens(const float * logits, size_t count, double total, size_t wanted) {
  return best_in_blocks(logits, count, blocks_of(logits, count), total, wanted);
}

DrawnLogprobs Sampler::logprobs(const float * logits, int32_t token, Matcher & matcher,
                                const std::vector<int32_t> & banned, DrawSpace & space) const {
  const std::vector<float> blocks = blocks_of(logits, vocab_size_);
  const double total = log_sum_exp(logits, vocab_size_, *std::max_element(blocks.begin(), blocks.end()));
  ready_.mask(matcher, space.mask);
  DrawnLogprobs result;
  result.logprob = logits[token] - total;
  result.allowed = allowed_mass(logits, vocab_size_, total, space);
  const auto wanted = static_cast<size_t>(std::max(settings_.logprobs, settings_.looked));
  result.top = best_in_blocks(logits, vocab_size_, blocks, total, wanted);
  for (const TokenLogprob & one : result.top) {
    const auto id = static_cast<size_t>(one.token);
    const bool is_banned = std::find(banned.begin(), banned.end(), one.token) != banned.end();
    result.may_come.push_back(!is_banned && ((space.mask[id / 32] >> (id % 32)) & 1) != 0);
  }
  return result;
}

}  // namespace espalier
