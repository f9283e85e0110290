// The loops over a whole vocabulary that sampling needs, written so that compilers vectorise them; for GCC that takes
// -fno-trapping-math. Decides which of the loops compiled for several levels of a processor run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

namespace espalier {

constexpr float minus_infinity = -std::numeric_limits<float>::infinity();
constexpr float largest_float = std::numeric_limits<float>::max();
/// No logit but -infinity is less.
constexpr float no_floor = -largest_float;

/// Tokens of one word of a mask.
constexpr size_t block_tokens = 32;

/// Shares that are summed in single precision before they go to a double.
constexpr size_t sum_block = 1024;

struct RowFacts {
  float max;      // largest logit, -infinity for no logits
  float second;   // the next one: equal to max where two are largest, -infinity where there is none
  bool is_sound;  // no NaN and no +infinity
};

RowFacts look_at_row(const float * logits, size_t count);

/// The logit of every token whose bit in `mask` is set, -infinity for the others.
void keep_allowed(const float * logits, const uint32_t * mask, size_t count, float * kept);

/// The largest allowed one of every block of logits, -infinity where none is allowed, in one pass over the row. Returns
/// whether all of the row, what is not allowed included, has no NaN and no +infinity.
bool best_allowed(const float * logits, const uint32_t * mask, size_t count, float * best);

/// The largest of every block of logits, the last of which may be short.
void best_of_blocks(const float * logits, size_t count, float * best);

/// First index that holds `value`; `count` if none.
size_t first_index_of(const float * logits, size_t count, float value);

/// Sum of exp((logits[i] - max) * scale), in a fixed order.
double sum_exp(const float * logits, size_t count, float max, float scale);

/// ln sum exp(logits[i]).
double log_sum_exp(const float * logits, size_t count, float max);

/// exp(x) for x <= 0 with a relative error below 2e-7; 0 below -87.
float exp_of(float x);

}  // namespace espalier
