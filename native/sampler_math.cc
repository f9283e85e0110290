// Loops over a row of logits, see sampler_math.h. Decides the order of summing, so that results repeat.
#include "sampler_math.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

// One binary runs on every x86-64; where the compiler can, it also compiles these loops for wider registers.
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__)
#define ESPALIER_WIDE __attribute__((target_clones("avx2", "default")))
#else
#define ESPALIER_WIDE
#endif

namespace espalier {

namespace {

// exp(x) = 2^n * exp(r), n = round(x / ln 2), |r| <= ln 2 / 2. Branch-free, so that the loops below vectorise.
// Without FMA contraction in either clone: every machine gives the same bits.
inline float fast_exp(float x) {
  constexpr float log2e = 1.44269504f;
  constexpr float ln2_high = 0.693359375f;
  constexpr float ln2_low = -2.12194440e-4f;
  constexpr float shifter = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer
  const float clamped = x < -87.0f ? -87.0f : x;
  const float shifted = clamped * log2e + shifter;
  const float n = shifted - shifter;
  const float r = (clamped - n * ln2_high) - n * ln2_low;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  const int32_t exponent = (static_cast<int32_t>(n) + 127) << 23;
  float scale;
  std::memcpy(&scale, &exponent, sizeof scale);
  const float value = p * scale;
  return x < -87.0f ? 0.0f : value;
}

constexpr size_t row_lanes = 32;  // of maxima, which no order changes
constexpr size_t sum_lanes = 16;  // of a sum: another number sums in another order, and gives other bits

}  // namespace

float exp_of(float x) { return fast_exp(x); }

ESPALIER_WIDE RowFacts look_at_row(const float * logits, size_t count) {
  float max[row_lanes];
  float second[row_lanes];
  int bad[row_lanes];
  for (size_t k = 0; k < row_lanes; k++) {
    max[k] = second[k] = minus_infinity;
    bad[k] = 0;
  }
  size_t i = 0;
  for (; i + row_lanes <= count; i += row_lanes) {
    for (size_t k = 0; k < row_lanes; k++) {
      const float x = logits[i + k];
      const float lower = x > max[k] ? max[k] : x;
      second[k] = lower > second[k] ? lower : second[k];
      max[k] = x > max[k] ? x : max[k];
      bad[k] |= !(x <= largest_float);
    }
  }
  for (; i < count; i++) {
    second[0] = std::max(second[0], std::min(logits[i], max[0]));
    max[0] = logits[i] > max[0] ? logits[i] : max[0];
    bad[0] |= !(logits[i] <= largest_float);
  }
  RowFacts facts{max[0], second[0], bad[0] == 0};
  for (size_t k = 1; k < row_lanes; k++) {
    facts.second = std::max({facts.second, second[k], std::min(facts.max, max[k])});
    facts.max = std::max(facts.max, max[k]);
    facts.is_sound = facts.is_sound && bad[k] == 0;
  }
  return facts;
}

ESPALIER_WIDE size_t first_index_of(const float * logits, size_t count, float value) {
  size_t from = 0;
  for (; from + block_tokens <= count; from += block_tokens) {
    int is_here = 0;
    for (size_t k = 0; k < block_tokens; k++) is_here |= static_cast<int>(logits[from + k] == value);
    if (is_here != 0) break;
  }
  while (from < count && logits[from] != value) from++;
  return from;
}

ESPALIER_WIDE void keep_allowed(const float * logits, const uint32_t * mask, size_t count, float * kept) {
  size_t from = 0;
  for (; from + block_tokens <= count; from += block_tokens) {
    const uint32_t word = mask[from / block_tokens];
    for (uint32_t k = 0; k < block_tokens; k++) {
      kept[from + k] = (word >> k & 1u) != 0 ? logits[from + k] : minus_infinity;
    }
  }
  for (; from < count; from++) {
    const uint32_t word = mask[from / block_tokens];
    kept[from] = (word >> from % block_tokens & 1u) != 0 ? logits[from] : minus_infinity;
  }
}

ESPALIER_WIDE void best_of_blocks(const float * logits, size_t count, float * best) {
  constexpr size_t lanes = 8;
  size_t from = 0;
  for (; from + block_tokens <= count; from += block_tokens) {
    float max[lanes];
    for (size_t k = 0; k < lanes; k++) max[k] = logits[from + k];
    for (size_t next = from + lanes; next < from + block_tokens; next += lanes) {
      for (size_t k = 0; k < lanes; k++) max[k] = logits[next + k] > max[k] ? logits[next + k] : max[k];
    }
    float largest = max[0];
    for (size_t k = 1; k < lanes; k++) largest = max[k] > largest ? max[k] : largest;
    best[from / block_tokens] = largest;
  }
  if (from < count) best[from / block_tokens] = *std::max_element(logits + from, logits + count);
}

ESPALIER_WIDE double sum_exp(const float * logits, size_t count, float max, float scale) {
  double total = 0;
  for (size_t from = 0; from < count; from += sum_block) {
    const size_t until = std::min(count, from + sum_block);
    float sums[sum_lanes] = {};
    size_t i = from;
    for (; i + sum_lanes <= until; i += sum_lanes) {
      for (size_t k = 0; k < sum_lanes; k++) sums[k] += fast_exp((logits[i + k] - max) * scale);
    }
    for (; i < until; i++) sums[0] += fast_exp((logits[i] - max) * scale);
    for (size_t k = 0; k < sum_lanes; k++) total += sums[k];
  }
  return total;
}

double log_sum_exp(const float * logits, size_t count, float max) {
  return std::log(sum_exp(logits, count, max, 1.0f)) + static_cast<double>(max);
}

}  // namespace espalier
