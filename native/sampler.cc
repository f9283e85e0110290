// The order of sampling, see sampler.h. Decides where the mask can be spared without changing the distribution.
//
// Where the mask is spared. Greedy: if the best token is allowed it is also the best allowed one. Plain temperature
// sampling: draw t from p over all tokens and keep it if it is allowed; otherwise draw from p over the allowed ones
// with a second, independent number. With P = the allowed tokens' share, an allowed t comes out with probability
// p(t) + (1 - P) * p(t) / P = p(t) / P: exactly the masked distribution. With top-k, top-p or min-p in between that is
// not so, since they must see the masked distribution; there the mask always comes first.
//
// Draws go through the tokens by rising id, so that a rounding difference in one logit moves the outcome only where
// the number falls right at a border, and not where two tokens swap their rank.
#include "sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "llama/api.h"
#include "sampler_math.h"

namespace espalier {

namespace {

constexpr float minus_infinity = -std::numeric_limits<float>::infinity();
constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr size_t pick_block = 1024;

uint64_t scramble(uint64_t x) {
  x ^= x >> 30;
  x *= 0xbf58476d1ce4e5b9ull;
  x ^= x >> 27;
  x *= 0x94d049bb133111ebull;
  return x ^ (x >> 31);
}

bool is_set(const std::vector<uint32_t> & mask, size_t token) { return (mask[token >> 5] >> (token & 31) & 1u) != 0; }

}  // namespace

Sampler::Sampler(DrawSettings settings, int32_t vocab_size)
    : settings_(std::move(settings)), vocab_size_(static_cast<size_t>(vocab_size)), mask_((vocab_size_ + 31) / 32) {
  for (const int32_t token : settings_.penalty_window) counts_[token]++;
}

// Number in [0, 1) for this draw: a counter-based generator, so nothing has to be stored or rolled back.
double Sampler::number(uint64_t lane) const {
  uint64_t x = scramble(settings_.seed + 0x9e3779b97f4a7c15ull);
  x = scramble(x ^ (settings_.draw_index * 0xd1342543de82ef95ull + 0x2545f4914f6cdd1dull));
  x = scramble(x + (lane + 1) * 0x9e3779b97f4a7c15ull);
  return static_cast<double>(x >> 11) * 0x1.0p-53;
}

float Sampler::penalised(int32_t token, float logit) const {
  const auto found = counts_.find(token);
  if (found == counts_.end()) return logit;
  double value = logit;
  value = value > 0 ? value / settings_.repeat_penalty : value * settings_.repeat_penalty;
  value -= settings_.frequency_penalty * found->second + settings_.presence_penalty;
  return static_cast<float>(value);
}

Sampler::Row Sampler::adjusted(const float * logits, const std::vector<int32_t> & banned) {
  RowFacts facts = look_at_row(logits, vocab_size_);
  if (!facts.is_sound) {
    throw Failure("EngineError", "LOGITS_NOT_FINITE",
                  "The model computed a logit that is not a finite number; its weights or the device may be damaged.");
  }
  const bool has_penalties = !counts_.empty() && (settings_.repeat_penalty != 1 || settings_.frequency_penalty != 0 ||
                                                  settings_.presence_penalty != 0);
  if (!has_penalties && settings_.bias.empty() && banned.empty()) return {logits, facts.max, facts.second};
  scratch_.assign(logits, logits + vocab_size_);
  if (has_penalties) {
    for (const auto & [token, count] : counts_) {
      (void)count;
      float & logit = scratch_[static_cast<size_t>(token)];
      logit = penalised(token, logit);
    }
  }
  for (const auto & [token, added] : settings_.bias) {
    float & logit = scratch_[static_cast<size_t>(token)];
    logit = static_cast<float>(logit + added);
  }
  for (const int32_t token : banned) scratch_[static_cast<size_t>(token)] = minus_infinity;
  facts = look_at_row(scratch_.data(), vocab_size_);
  return {scratch_.data(), facts.max, facts.second};
}

std::optional<Draw> Sampler::draw(const float * logits, Matcher & matcher, const std::vector<int32_t> & banned) {
  const Row row = adjusted(logits, banned);
  if (row.max == minus_infinity) return std::nullopt;
  if (settings_.temperature <= 0) return draw_greedy(row, matcher);
  const bool truncates = settings_.top_k > 0 || settings_.top_p < 1 || settings_.min_p > 0;
  return truncates ? draw_truncated(row, matcher) : draw_plain(row, matcher);
}

std::optional<Draw> Sampler::draw_greedy(Row row, Matcher & matcher) {
  const size_t best = first_index_of(row.logits, vocab_size_, row.max);
  if (matcher.allows(static_cast<int32_t>(best))) {
    return Draw{static_cast<int32_t>(best), greedy_gap(row, best, matcher)};
  }
  collect_allowed(row, matcher);
  if (candidates_.empty()) return std::nullopt;
  int32_t found = 0;
  double logit = -infinity;
  double second = -infinity;
  for (const Candidate & candidate : candidates_) {
    if (candidate.logit > logit) {
      second = logit;
      logit = candidate.logit;
      found = candidate.token;
    } else {
      second = std::max<double>(second, candidate.logit);
    }
  }
  return Draw{found, logit - second};
}

std::optional<Draw> Sampler::draw_plain(Row row, Matcher & matcher) {
  const std::optional<Picked> first = pick_by_sum(row, number(0));
  if (first && matcher.allows(static_cast<int32_t>(first->token))) {
    const size_t at = first->token;
    return Draw{static_cast<int32_t>(at), sum_gap(row, number(0), at, at + 1, *first)};
  }
  collect_allowed(row, matcher);
  std::optional<Draw> second = pick_candidate(number(1));
  if (!second || !first) return second;
  // Another forbidden token in place of the first would have led to the same second draw.
  const auto next = std::upper_bound(candidates_.begin(), candidates_.end(), first->token,
      [](size_t token, const Candidate & candidate) { return token < static_cast<size_t>(candidate.token); });
  const size_t from = next == candidates_.begin() ? 0 : static_cast<size_t>(std::prev(next)->token) + 1;
  const size_t until = next == candidates_.end() ? vocab_size_ : static_cast<size_t>(next->token);
  second->gap = std::min(second->gap, sum_gap(row, number(0), from, until, *first));
  return second;
}

std::optional<Draw> Sampler::draw_truncated(Row row, Matcher & matcher) {
  collect_allowed(row, matcher);
  truncate_candidates();
  return pick_candidate(number(0));
}

// Below this temperature only the best tokens have any share; a larger factor would overflow.
float Sampler::scale() const { return static_cast<float>(std::min(1 / settings_.temperature, 1e30)); }

/// Where the running sum over all tokens passes number * total; the last token with any share if rounding keeps the
/// sum below.
std::optional<Sampler::Picked> Sampler::pick_by_sum(Row row, double number) const {
  const float * logits = row.logits;
  const float factor = scale();
  const double total = sum_exp(logits, vocab_size_, row.max, factor);
  if (!(total > 0)) return std::nullopt;
  const double target = number * total;
  double before = 0;
  std::optional<Picked> last;
  for (size_t from = 0; from < vocab_size_; from += pick_block) {
    const size_t until = std::min(vocab_size_, from + pick_block);
    const double share = sum_exp(logits + from, until - from, row.max, factor);
    if (share <= 0) continue;
    if (before + share <= target) {
      before += share;
      continue;
    }
    double sum = before;
    for (size_t i = from; i < until; i++) {
      const double part = exp_of((logits[i] - row.max) * factor);
      if (part <= 0) continue;
      last = Picked{i, sum, total};
      sum += part;
      if (sum > target) return last;
    }
    before += share;
  }
  if (last) return last;
  for (size_t i = vocab_size_; i-- > 0;) {
    const double part = exp_of((logits[i] - row.max) * factor);
    if (part > 0) return Picked{i, total - part, total};
  }
  return std::nullopt;
}

// Allowed tokens with any probability, by rising id.
void Sampler::collect_allowed(Row row, Matcher & matcher) {
  candidates_.clear();
  matcher.mask(mask_.data());
  for (size_t word = 0; word < mask_.size(); word++) {
    if (mask_[word] == 0) continue;
    const size_t until = std::min(vocab_size_, (word + 1) * 32);
    for (size_t token = word * 32; token < until; token++) {
      if (is_set(mask_, token) && row.logits[token] > minus_infinity) {
        candidates_.push_back({static_cast<int32_t>(token), row.logits[token], -minus_infinity, true});
      }
    }
  }
}

void Sampler::accept(int32_t token) {
  counts_[token]++;
  settings_.draw_index++;
}

DrawnLogprobs Sampler::logprobs(const float * logits, int32_t token) const {
  const double total = log_sum_exp(logits, vocab_size_, look_at_row(logits, vocab_size_).max);
  DrawnLogprobs result;
  result.logprob = logits[token] - total;
  std::vector<int32_t> best;
  const auto better = [&](int32_t a, int32_t b) { return logits[a] > logits[b] || (logits[a] == logits[b] && a < b); };
  const size_t wanted = std::min<size_t>(static_cast<size_t>(settings_.logprobs), vocab_size_);
  // A heap of the best so far, the worst of them on top.
  for (size_t i = 0; i < vocab_size_; i++) {
    const auto id = static_cast<int32_t>(i);
    if (best.size() == wanted) {
      if (!better(id, best.front())) continue;
      std::pop_heap(best.begin(), best.end(), better);
      best.pop_back();
    }
    best.push_back(id);
    std::push_heap(best.begin(), best.end(), better);
  }
  std::sort(best.begin(), best.end(), better);
  for (const int32_t id : best) result.top.push_back({id, logits[id] - total});
  return result;
}

}  // namespace espalier
