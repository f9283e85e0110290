// Chooses one token from a row of logits. Decides by the order mask -> penalties and bias -> top-k -> top-p and min-p
// -> temperature -> draw, and by nothing but the logits, the matcher, the options and (seed, draw index): neither time,
// nor batch, nor other generations. Never changes the row: rows are shared by forks.
//
// Threads: a Sampler belongs to one generation on the decode thread.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "constraint/matcher.h"

namespace espalier {

struct DrawSettings {
  double temperature = 0;
  int64_t top_k = 0;
  double top_p = 1;
  double min_p = 0;
  uint64_t seed = 0;
  uint64_t draw_index = 0;
  double repeat_penalty = 1;
  double frequency_penalty = 0;
  double presence_penalty = 0;
  std::vector<int32_t> penalty_window;
  std::vector<std::pair<int32_t, double>> bias;
  int32_t logprobs = 0;
};

struct TokenLogprob {
  int32_t token;
  double logprob;
};

struct DrawnLogprobs {
  double logprob = 0;
  std::vector<TokenLogprob> top;
};

class Sampler {
 public:
  Sampler(DrawSettings settings, int32_t vocab_size);

  /// Next token, null where nothing is allowed. `banned`: tokens that must not be drawn now. Does not advance the
  /// matcher. Throws Failure LOGITS_NOT_FINITE, or what the matcher throws.
  std::optional<int32_t> draw(const float * logits, Matcher & matcher, const std::vector<int32_t> & banned);
  /// Takes note of a token that was drawn: it joins the penalty window, and the next draw gets the next number.
  void accept(int32_t token);
  /// Log-probabilities under the model alone.
  DrawnLogprobs logprobs(const float * logits, int32_t token) const;
  bool wants_logprobs() const { return settings_.logprobs > 0; }

 private:
  struct Row {
    const float * logits;
    float max;
  };
  struct Candidate {
    int32_t token;
    float logit;
  };

  Row adjusted(const float * logits, const std::vector<int32_t> & banned);
  std::optional<int32_t> draw_greedy(Row row, Matcher & matcher);
  std::optional<int32_t> draw_plain(Row row, Matcher & matcher);
  std::optional<int32_t> draw_truncated(Row row, Matcher & matcher);
  void collect_allowed(Row row, Matcher & matcher);
  void truncate_candidates();
  std::optional<int32_t> pick_candidate(double number) const;
  double number(uint64_t lane) const;
  float penalised(int32_t token, float logit) const;

  DrawSettings settings_;
  size_t vocab_size_;
  std::unordered_map<int32_t, int32_t> counts_;  // of the penalty window
  std::vector<float> scratch_;
  std::vector<uint32_t> mask_;
  std::vector<Candidate> candidates_;
};

}  // namespace espalier
