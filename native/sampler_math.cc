// Loops over a row of logits, see sampler_math.h: one binary runs on every machine, and where the compiler can, it also
// compiles them (sampler_loops.h) for wider registers. Decides which of them run here. Products and sums must not be
// contracted into one instruction (-ffp-contract=off), or levels and machines would give different bits.
#include "sampler_math.h"

#include <cmath>
#include <cstring>

#include "cpu_level.h"

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#define ESPALIER_WIDE
#endif

namespace espalier {

namespace {

// exp(x) = 2^n * exp(r), n = round(x / ln 2), |r| <= ln 2 / 2. Branch-free, so that the loops below vectorise.
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

// Shifting by a number that differs from lane to lane takes AVX2.
constexpr uint32_t bit_of[block_tokens] = {
    1u << 0,  1u << 1,  1u << 2,  1u << 3,  1u << 4,  1u << 5,  1u << 6,  1u << 7,  1u << 8,  1u << 9,  1u << 10,
    1u << 11, 1u << 12, 1u << 13, 1u << 14, 1u << 15, 1u << 16, 1u << 17, 1u << 18, 1u << 19, 1u << 20, 1u << 21,
    1u << 22, 1u << 23, 1u << 24, 1u << 25, 1u << 26, 1u << 27, 1u << 28, 1u << 29, 1u << 30, 1u << 31};

constexpr size_t row_lanes = 32;  // of maxima, which no order changes
constexpr size_t sum_lanes = 16;  // of a sum: another number sums in another order, and gives other bits

}  // namespace

}  // namespace espalier

#define ESPALIER_LOOPS loops_baseline
#define ESPALIER_LOOPS_TARGET
#include "sampler_loops.h"
#undef ESPALIER_LOOPS
#undef ESPALIER_LOOPS_TARGET

#if defined(ESPALIER_WIDE)
#define ESPALIER_LOOPS loops_avx2
#define ESPALIER_LOOPS_TARGET __attribute__((target("avx2")))
#include "sampler_loops.h"
#undef ESPALIER_LOOPS
#undef ESPALIER_LOOPS_TARGET

#define ESPALIER_LOOPS loops_avx512
#if defined(__clang__)
#define ESPALIER_LOOPS_TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#else
#define ESPALIER_LOOPS_TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl")))
#endif
#include "sampler_loops.h"
#undef ESPALIER_LOOPS
#undef ESPALIER_LOOPS_TARGET
#endif

namespace espalier {

namespace {

struct Loops {
  decltype(&espalier::look_at_row) look_at_row;
  decltype(&espalier::keep_allowed) keep_allowed;
  decltype(&espalier::best_allowed) best_allowed;
  decltype(&espalier::best_of_blocks) best_of_blocks;
  decltype(&espalier::first_index_of) first_index_of;
  decltype(&espalier::sum_exp) sum_exp;
};

constexpr Loops by_level[] = {
    {loops_baseline::look_at_row, loops_baseline::keep_allowed, loops_baseline::best_allowed,
     loops_baseline::best_of_blocks, loops_baseline::first_index_of, loops_baseline::sum_exp},
#if defined(ESPALIER_WIDE)
    {loops_avx2::look_at_row, loops_avx2::keep_allowed, loops_avx2::best_allowed, loops_avx2::best_of_blocks,
     loops_avx2::first_index_of, loops_avx2::sum_exp},
    // Told to use wide registers, Clang gathers the best of blocks lane by lane: six times as long. So it is with the
    // best allowed ones; GCC takes a fifth longer there.
    {loops_avx512::look_at_row, loops_avx512::keep_allowed, loops_avx2::best_allowed, loops_avx2::best_of_blocks,
     loops_avx512::first_index_of, loops_avx512::sum_exp},
#endif
};

const Loops & in_use = by_level[static_cast<size_t>(cpu_level_here())];

}  // namespace

float exp_of(float x) { return fast_exp(x); }

RowFacts look_at_row(const float * logits, size_t count) { return in_use.look_at_row(logits, count); }

size_t first_index_of(const float * logits, size_t count, float value) {
  return in_use.first_index_of(logits, count, value);
}

void keep_allowed(const float * logits, const uint32_t * mask, size_t count, float * kept) {
  in_use.keep_allowed(logits, mask, count, kept);
}

bool best_allowed(const float * logits, const uint32_t * mask, size_t count, float * best) {
  return in_use.best_allowed(logits, mask, count, best);
}

void best_of_blocks(const float * logits, size_t count, float * best) { in_use.best_of_blocks(logits, count, best); }

double sum_exp(const float * logits, size_t count, float max, float scale) {
  return in_use.sum_exp(logits, count, max, scale);
}

double log_sum_exp(const float * logits, size_t count, float max) {
  return std::log(sum_exp(logits, count, max, 1.0f)) + static_cast<double>(max);
}

}  // namespace espalier
