// Chooses one token from a row of logits. Decides by the order mask -> penalties, bias and DRY -> top-k -> typical ->
// top-p and min-p -> XTC -> temperature -> draw, and by nothing but the logits, the matcher, the options and (seed,
// draw index): neither time, nor batch, nor other generations. Leaves the row as it was: rows are shared by forks.
//
// Threads: a Sampler belongs to one generation, and one thread at a time may use it.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "constraint/matcher.h"
#include "mask_ahead.h"
#include "sampler_dry.h"
#include "sampler_math.h"

namespace espalier {

struct DrawSettings {
  double temperature = 0;
  int64_t top_k = 0;
  double top_p = 1;
  double min_p = 0;
  double typical_p = 1;
  double xtc_probability = 0;
  double xtc_threshold = 1;
  DrySettings dry;
  uint64_t seed = 0;
  uint64_t draw_index = 0;
  double repeat_penalty = 1;
  double frequency_penalty = 0;
  double presence_penalty = 0;
  std::vector<int32_t> penalty_window;
  int64_t penalty_last_n = 0;  // of the window and what is drawn after it
  std::vector<std::pair<int32_t, double>> bias;
  int32_t logprobs = 0;
  int32_t looked = 0;  // best tokens told of each draw where no log-probabilities are wanted; changes no draw
};

struct TokenLogprob {
  int32_t token;
  double logprob;
};

struct DrawnLogprobs {
  double logprob = 0;
  double allowed = 0;  // ln of what all tokens the matcher allowed have together
  std::vector<TokenLogprob> top;
  std::vector<bool> may_come;  // one a token of `top`: whether matcher and bans let it
};

/// The most probable tokens of a row, the best first, the lower id among equals. `total`: ln sum exp of the row.
std::vector<TokenLogprob> best_tokens(const float * logits, size_t count, double total, size_t wanted);

/// Draws nearer than this to another outcome are near ties, in logits. Batch shapes and the order of cells were seen to
/// move logits by 0.2 on random weights, and to change draws with gaps up to 0.03 on the demo model.
constexpr double near_tie_logits = 0.25;

struct Draw {
  int32_t token;
  /// While no difference between two logits (after penalties and bias) changes by as much, the same token is drawn. At
  /// least near_tie_logits means that nothing is near.
  double gap;
};

/// As `look_at_row`. Throws Failure LOGITS_NOT_FINITE.
RowFacts look_at_sound_row(const float * logits, size_t count);

/// Tokens by rising id.
struct TokenPool {
  std::vector<int32_t> tokens;
  std::vector<float> logits;
};

/// Room for one draw. Each writes what it reads, so that one serves all samplers of a thread: a row of logits takes
/// hundreds of kilobytes, and there may be hundreds of generations.
struct DrawSpace {
  std::vector<uint32_t> mask;
  const float * row;
  std::vector<float> allowed;  // the row, with -infinity where the mask forbids, where somebody needs all of it
  std::vector<float> best;     // allowed one of each block of the row
  TokenPool close;             // drawn from, or might be if logits were a little different
  TokenPool drawn;             // drawn from, where filters leave out some of the others
  float unsure = 0;            // of the close ones, those this near to it might not be drawn from
  std::vector<float> scratch;
};

class Sampler {
 public:
  Sampler(DrawSettings settings, int32_t vocab_size);

  /// Next token, null where nothing is allowed. `banned`: tokens that must not be drawn now. Does not advance the
  /// matcher. While it draws, the row holds the adjusted logits. Throws Failure LOGITS_NOT_FINITE, or what the matcher
  /// throws.
  std::optional<Draw> draw(float * logits, Matcher & matcher, const std::vector<int32_t> & banned, DrawSpace & space);
  /// Whether the next draw asks for the whole mask, as far as the last one tells.
  bool wants_mask() const { return filters() || needed_mask_; }
  /// Works out the mask of the next draw, if nothing is accepted before it.
  void prepare(Matcher & matcher) noexcept { ready_.prepare(matcher); }
  /// Takes note of a token that was drawn: it joins the penalty window, and the next draw gets the next number.
  void accept(int32_t token);
  /// The same of a token that nothing drew: it joins the window only.
  void pass(int32_t token);
  /// Whether the bias or `banned` could keep the token from being drawn.
  bool may_refuse(int32_t token, const std::vector<int32_t> & banned) const;
  /// Log-probabilities under the model alone. `matcher`, `banned`: as they stood when the token was drawn.
  DrawnLogprobs logprobs(const float * logits, int32_t token, Matcher & matcher, const std::vector<int32_t> & banned,
                         DrawSpace & space) const;
  /// Of every token but forced ones, which then have to be drawn.
  bool wants_logprobs() const { return settings_.logprobs > 0; }
  /// Of drawn tokens.
  bool tells_draws() const { return settings_.logprobs > 0 || settings_.looked > 0; }

 private:
  class Patch;
  struct Row {
    const float * logits;
    size_t count;
    float max;
  };
  /// Where the filters cut the sorted tokens.
  struct Cut {
    size_t count;      // drawn from
    float last;        // logit of the last of them
    float last_maybe;  // of the last that might be, if logits were a little different
    float unsure;      // of the first that might not be
  };
  struct Picked {
    size_t at;
    double before;  // sum of what lies below it
    double total;
    std::vector<double> sums;  // of every sum_block logits
  };

  void adjust(Patch & patch, const std::vector<int32_t> & banned) const;
  std::optional<Draw> draw_greedy(Row row, float second, Matcher & matcher);
  std::optional<Draw> draw_allowed(Row row, Matcher & matcher);
  std::optional<Draw> draw_plain(Row row, Matcher & matcher);
  std::optional<Draw> draw_filtered(Row row, Matcher & matcher);
  bool filters() const;
  // sampler_choices.cc
  bool excludes_top() const;
  std::optional<Draw> draw_typical(float max);
  Draw draw_without_top(float max);
  Picked pick(Row row, double number) const;
  Draw pick_from(const TokenPool & pool, float max, double number);

  float allow(Row row, Matcher & matcher);
  void collect(float floor);
  double collect_filterable(float max);
  double collect_likely(float max, float floor);
  float top_k_floor();
  float min_p_floor(float max) const;
  double top_p_odds() const;
  Cut cut(float max, double total);
  void split(const Cut & cut);

  float scale() const;
  double greedy_gap(Row row, float second, size_t best, Matcher & matcher) const;
  double sum_gap(Row row, double number, size_t from, size_t until, const Picked & picked) const;
  double border(Row row, size_t at, const std::vector<double> & sums) const;
  double pool_gap(double number, int32_t token);
  double weight_of(const float * logits, size_t count) const;
  double weight_of_sure(size_t from, size_t until, size_t own);
  double number(uint64_t lane) const;
  double penalised(int32_t occurrences, float logit) const;

  DrawSettings settings_;
  size_t vocab_size_;
  void see(int32_t token);
  bool has_penalties_;
  Dry dry_;
  std::deque<int32_t> seen_;                     // the last ones the penalties look at
  std::unordered_map<int32_t, int32_t> counts_;  // of them
  MaskAhead ready_;
  bool needed_mask_ = false;
  DrawSpace * space_ = nullptr;  // of the draw that goes on
};

}  // namespace espalier
