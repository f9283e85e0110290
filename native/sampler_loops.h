// The loops over a row of logits, see sampler_math.h. sampler_math.cc includes this once for each set of instructions,
// with ESPALIER_LOOPS (a namespace) and ESPALIER_LOOPS_TARGET (an attribute) defined: so there is no include guard.
// Decides the order of summing, so that every set gives the same bits. Calls no inline function of a library: the
// linker keeps one copy of such a function for the whole addon, and it might keep one that this machine can't run.

namespace espalier {

namespace ESPALIER_LOOPS {

ESPALIER_LOOPS_TARGET static RowFacts look_at_row(const float * logits, size_t count) {
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
    const float x = logits[i];
    const float lower = x > max[0] ? max[0] : x;
    second[0] = lower > second[0] ? lower : second[0];
    max[0] = x > max[0] ? x : max[0];
    bad[0] |= !(x <= largest_float);
  }
  RowFacts facts{max[0], second[0], bad[0] == 0};
  for (size_t k = 1; k < row_lanes; k++) {
    const float lower = max[k] > facts.max ? facts.max : max[k];
    facts.second = second[k] > facts.second ? second[k] : facts.second;
    facts.second = lower > facts.second ? lower : facts.second;
    facts.max = max[k] > facts.max ? max[k] : facts.max;
    facts.is_sound = facts.is_sound && bad[k] == 0;
  }
  return facts;
}

ESPALIER_LOOPS_TARGET static size_t first_index_of(const float * logits, size_t count, float value) {
  size_t from = 0;
  for (; from + block_tokens <= count; from += block_tokens) {
    int is_here = 0;
    for (size_t k = 0; k < block_tokens; k++) is_here |= static_cast<int>(logits[from + k] == value);
    if (is_here != 0) break;
  }
  while (from < count && logits[from] != value) from++;
  return from;
}

ESPALIER_LOOPS_TARGET static void keep_allowed(const float * logits, const uint32_t * mask, size_t count,
                                               float * kept) {
  size_t from = 0;
  for (; from + block_tokens <= count; from += block_tokens) {
    const uint32_t word = mask[from / block_tokens];
    for (uint32_t k = 0; k < block_tokens; k++) {
      const float x = logits[from + k];
      kept[from + k] = (word & bit_of[k]) != 0 ? x : minus_infinity;
    }
  }
  for (; from < count; from++) {
    const uint32_t word = mask[from / block_tokens];
    kept[from] = (word >> from % block_tokens & 1u) != 0 ? logits[from] : minus_infinity;
  }
}

[[maybe_unused]] ESPALIER_LOOPS_TARGET static bool best_allowed(const float * logits, const uint32_t * mask,
                                                                size_t count, float * best) {
  int bad[block_tokens] = {};
  size_t from = 0;
  for (; from + block_tokens <= count; from += block_tokens) {
    const uint32_t word = mask[from / block_tokens];
    float kept[block_tokens];
    for (size_t k = 0; k < block_tokens; k++) {
      const float x = logits[from + k];
      kept[k] = (word & bit_of[k]) != 0 ? x : minus_infinity;
      bad[k] |= !(x <= largest_float);
    }
    for (size_t k = 0; k < 16; k++) kept[k] = kept[k + 16] > kept[k] ? kept[k + 16] : kept[k];
    for (size_t k = 0; k < 8; k++) kept[k] = kept[k + 8] > kept[k] ? kept[k + 8] : kept[k];
    for (size_t k = 0; k < 4; k++) kept[k] = kept[k + 4] > kept[k] ? kept[k + 4] : kept[k];
    for (size_t k = 0; k < 2; k++) kept[k] = kept[k + 2] > kept[k] ? kept[k + 2] : kept[k];
    best[from / block_tokens] = kept[1] > kept[0] ? kept[1] : kept[0];
  }
  if (from < count) best[from / block_tokens] = minus_infinity;
  for (; from < count; from++) {
    const float x = logits[from];
    float & largest = best[from / block_tokens];
    bad[0] |= !(x <= largest_float);
    if ((mask[from / block_tokens] & bit_of[from % block_tokens]) != 0 && x > largest) largest = x;
  }
  int any = 0;
  for (size_t k = 0; k < block_tokens; k++) any |= bad[k];
  return any == 0;
}

[[maybe_unused]] ESPALIER_LOOPS_TARGET static void best_of_blocks(const float * logits, size_t count, float * best) {
  constexpr size_t lanes = 4;
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
  if (from == count) return;
  float largest = logits[from];
  for (size_t i = from + 1; i < count; i++) largest = logits[i] > largest ? logits[i] : largest;
  best[from / block_tokens] = largest;
}

ESPALIER_LOOPS_TARGET static double sum_exp(const float * logits, size_t count, float max, float scale) {
  double total = 0;
  for (size_t from = 0; from < count; from += sum_block) {
    const size_t until = count < from + sum_block ? count : from + sum_block;
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

}  // namespace ESPALIER_LOOPS

}  // namespace espalier
