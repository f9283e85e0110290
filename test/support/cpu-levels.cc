// Every loop over a row of logits on every level this processor has, against the baseline, to the last bit. Includes
// the addon's own source, so that what is compared is what runs there, if it is compiled with the flags of binding.gyp.
// Prints one line a level, "avx2 same 812" or the first difference; `--planted` moves one bit of the last level's sums.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "sampler_math.cc"

namespace espalier {
namespace {

constexpr const char * names[] = {"baseline", "avx2", "avx512"};

/// Sizes around the widths of registers, blocks and sums, and those of real vocabularies.
constexpr size_t counts[] = {1,   2,   15,   16,   17,   31,   32,   33,    63,    64,
                             100, 511, 1023, 1024, 1025, 2048, 4097, 32000, 49152, 151936};

struct Row {
  std::vector<float> logits;
  std::vector<uint32_t> mask;
};

Row random_row(size_t count, int kind, std::mt19937 & random) {
  std::normal_distribution<float> normal(0, kind == 1 ? 30.0f : 4.0f);
  Row row;
  const bool has_ties = kind == 2;
  for (size_t i = 0; i < count; i++) {
    row.logits.push_back(has_ties ? static_cast<float>(random() % 5) : normal(random));
  }
  for (size_t i = 0; i < (count + 31) / 32; i++) row.mask.push_back(random() & (kind == 1 ? random() : ~0u));
  if (kind == 3) {
    row.logits[random() % count] = -INFINITY;
    row.logits[random() % count] = random() % 2 == 0 ? INFINITY : NAN;
  }
  return row;
}

template <class Value>
void add(std::vector<uint8_t> & bytes, const Value * values, size_t count = 1) {
  const auto * first = reinterpret_cast<const uint8_t *>(values);
  bytes.insert(bytes.end(), first, first + count * sizeof(Value));
}

/// All that the loops say of a row.
std::vector<uint8_t> told(const Loops & loops, const Row & row, bool is_planted) {
  const size_t count = row.logits.size();
  const float * logits = row.logits.data();
  std::vector<uint8_t> bytes;
  const RowFacts facts = loops.look_at_row(logits, count);
  const uint8_t is_sound = facts.is_sound ? 1 : 0;
  add(bytes, &is_sound);
  std::vector<float> allowed((count + block_tokens - 1) / block_tokens);
  const uint8_t is_sound_too = loops.best_allowed(logits, row.mask.data(), count, allowed.data()) ? 1 : 0;
  add(bytes, &is_sound_too);
  // Of a row with a NaN nothing else is asked.
  if (!facts.is_sound) return bytes;
  add(bytes, &facts.max);
  add(bytes, &facts.second);
  std::vector<float> kept(count);
  loops.keep_allowed(logits, row.mask.data(), count, kept.data());
  add(bytes, kept.data(), count);
  std::vector<float> best((count + block_tokens - 1) / block_tokens);
  loops.best_of_blocks(kept.data(), count, best.data());
  add(bytes, best.data(), best.size());
  if (allowed != best) {
    std::printf("the best allowed of %zu tokens are others than two loops one after the other give\n", count);
    std::exit(1);
  }
  for (const float value : {facts.max, facts.second, logits[count / 2], 12345.0f}) {
    const size_t index = loops.first_index_of(logits, count, value);
    add(bytes, &index);
  }
  for (const float scale : {1.0f, 1.0f / 3, 10.0f, 0.8f}) {
    double sum = loops.sum_exp(logits, count, facts.max, scale);
    if (is_planted) sum = std::nextafter(sum, 0.0);
    add(bytes, &sum);
  }
  return bytes;
}

int compare(bool is_planted) {
  const auto highest = static_cast<size_t>(cpu_level_here());
  int differences = 0;
  for (size_t level = 0; level <= highest; level++) {
    std::mt19937 random(7);
    int rows = 0;
    std::string difference;
    for (const size_t count : counts) {
      for (int turn = 0; turn < 40; turn++, rows++) {
        const Row row = random_row(count, turn % 4, random);
        const bool is_moved = is_planted && level == highest;
        if (told(by_level[level], row, is_moved) == told(by_level[0], row, false) || !difference.empty()) continue;
        difference = "differs in a row of " + std::to_string(count) + ", turn " + std::to_string(turn);
      }
    }
    if (!difference.empty()) differences++;
    else difference = "same " + std::to_string(rows);
    std::printf("%s %s\n", names[level], difference.c_str());
  }
  return differences;
}

}  // namespace
}  // namespace espalier

int main(int count, char **) { return espalier::compare(count > 1) == 0 ? 0 : 1; }
