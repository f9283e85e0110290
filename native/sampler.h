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

/// Draws nearer than this to another outcome are near ties, in logits. Batch shapes and the order of cells were seen to
/// move logits by 0.2 on random weights, and to change draws with gaps up to 0.03 on the demo model.
constexpr double near_tie_logits = 0.25;

struct Draw {
  int32_t token;
  /// While no difference between two logits (after penalties and bias) changes by as much, the same token is drawn. At
  /// least near_tie_logits means that nothing is near.
  double gap;
};

class Sampler {
 public:
  Sampler(DrawSettings settings, int32_t vocab_size);

  /// Next token, null where nothing is allowed. `banned`: tokens that must not be drawn now. Does not advance the
  /// matcher. Throws Failure LOGITS_NOT_FINITE, or what the matcher throws.
  std::optional<Draw> draw(const float * logits, Matcher & matcher, const std::vector<int32_t> & banned);
  /// Takes note of a token that was drawn: it joins the penalty window, and the next draw gets the next number.
  void accept(int32_t token);
  /// Log-probabilities under the model alone.
  DrawnLogprobs logprobs(const float * logits, int32_t token) const;
  bool wants_logprobs() const { return settings_.logprobs > 0; }

 private:
  struct Row {
    const float * logits;
    float max;
    float second;
  };
  struct Candidate {
    int32_t token;
    float logit;
    float margin;  // surely drawn from while no difference of logits changes by as much
    bool is_in;    // drawn from; the others might be, if logits were a little different
  };
  struct Picked {
    size_t token;
    double before;  // sum of the tokens below it
    double total;
  };

  Row adjusted(const float * logits, const std::vector<int32_t> & banned);
  std::optional<Draw> draw_greedy(Row row, Matcher & matcher);
  std::optional<Draw> draw_plain(Row row, Matcher & matcher);
  std::optional<Draw> draw_truncated(Row row, Matcher & matcher);
  void collect_allowed(Row row, Matcher & matcher);
  void truncate_candidates();
  std::optional<Draw> pick_candidate(double number);
  std::optional<Picked> pick_by_sum(Row row, double number) const;
  float scale() const;
  double greedy_gap(Row row, size_t best, Matcher & matcher) const;
  double sum_gap(Row row, double number, size_t from, size_t until, const Picked & picked) const;
  double candidate_gap(double number, size_t picked);
  double weight_of(const float * logits, size_t count) const;
  double weight_of_candidates(size_t from, size_t until, float margin_min);
  double number(uint64_t lane) const;
  float penalised(int32_t token, float logit) const;

  DrawSettings settings_;
  size_t vocab_size_;
  std::unordered_map<int32_t, int32_t> counts_;  // of the penalty window
  std::vector<float> scratch_;
  std::vector<uint32_t> mask_;
  std::vector<Candidate> candidates_;
  std::vector<float> side_;
};

}  // namespace espalier
