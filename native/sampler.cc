// The order of sampling, see sampler.h. Decides where the mask can be spared without changing the distribution.
//
// Where the mask is spared. Greedy: if the best token is allowed it is also the best allowed one. Plain temperature
// sampling: draw t from p over all tokens and keep it if it is allowed; otherwise draw from p over the allowed ones
// with
// a second, independent number. With P = the allowed tokens' share, an allowed t comes out with probability
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
constexpr size_t pick_block = 1024;

uint64_t scramble(uint64_t x) {
  x ^= x >> 30;
  x *= 0xbf58476d1ce4e5b9ull;
  x ^= x >> 27;
  x *= 0x94d049bb133111ebull;
  return x ^ (x >> 31);
}

bool is_set(const std::vector<uint32_t> & mask, size_t token) { return (mask[token >> 5] >> (token & 31) & 1u) != 0; }

/// The token at which the running sum over all tokens passes number * total; the last with any share if rounding
/// keeps the sum below.
std::optional<int32_t> pick_by_sum(const float * logits, size_t count, float max, float scale, double number) {
  const double total = sum_exp(logits, count, max, scale);
  if (!(total > 0)) return std::nullopt;
  const double target = number * total;
  double before = 0;
  std::optional<int32_t> last;
  for (size_t from = 0; from < count; from += pick_block) {
    const size_t until = std::min(count, from + pick_block);
    const double share = sum_exp(logits + from, until - from, max, scale);
    if (share <= 0) continue;
    if (before + share <= target) {
      before += share;
      continue;
    }
    double sum = before;
    for (size_t i = from; i < until; i++) {
      const double part = exp_of((logits[i] - max) * scale);
      if (part <= 0) continue;
      sum += part;
      last = static_cast<int32_t>(i);
      if (sum > target) return last;
    }
    before += share;
  }
  if (last) return last;
  for (size_t i = count; i-- > 0;) {
    if (exp_of((logits[i] - max) * scale) > 0) return static_cast<int32_t>(i);
  }
  return std::nullopt;
}

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
  if (!has_penalties && settings_.bias.empty() && banned.empty()) return {logits, facts.max};
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
  return {scratch_.data(), look_at_row(scratch_.data(), vocab_size_).max};
}

std::optional<int32_t> Sampler::draw(const float * logits, Matcher & matcher, const std::vector<int32_t> & banned) {
  const Row row = adjusted(logits, banned);
  if (row.max == minus_infinity) return std::nullopt;
  if (settings_.temperature <= 0) return draw_greedy(row, matcher);
  const bool truncates = settings_.top_k > 0 || settings_.top_p < 1 || settings_.min_p > 0;
  return truncates ? draw_truncated(row, matcher) : draw_plain(row, matcher);
}

std::optional<int32_t> Sampler::draw_greedy(Row row, Matcher & matcher) {
  const auto best = static_cast<int32_t>(first_index_of(row.logits, vocab_size_, row.max));
  if (matcher.allows(best)) return best;
  collect_allowed(row, matcher);
  std::optional<int32_t> found;
  float logit = minus_infinity;
  for (const Candidate & candidate : candidates_) {
    if (candidate.logit > logit) {
      logit = candidate.logit;
      found = candidate.token;
    }
  }
  return found;
}

std::optional<int32_t> Sampler::draw_plain(Row row, Matcher & matcher) {
  // Below this temperature only the best tokens have any share; a larger factor would overflow.
  const auto scale = static_cast<float>(std::min(1 / settings_.temperature, 1e30));
  const std::optional<int32_t> first = pick_by_sum(row.logits, vocab_size_, row.max, scale, number(0));
  if (first && matcher.allows(*first)) return first;
  collect_allowed(row, matcher);
  return pick_candidate(number(1));
}

std::optional<int32_t> Sampler::draw_truncated(Row row, Matcher & matcher) {
  collect_allowed(row, matcher);
  truncate_candidates();
  return pick_candidate(number(0));
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
        candidates_.push_back({static_cast<int32_t>(token), row.logits[token]});
      }
    }
  }
}

// Leaves the candidates sorted by rising id again.
void Sampler::truncate_candidates() {
  if (candidates_.empty()) return;
  const auto better = [](const Candidate & a, const Candidate & b) {
    return a.logit > b.logit || (a.logit == b.logit && a.token < b.token);
  };
  const auto top_k = static_cast<size_t>(settings_.top_k);
  if (top_k > 0 && top_k < candidates_.size()) {
    std::nth_element(candidates_.begin(), candidates_.begin() + settings_.top_k - 1, candidates_.end(), better);
    candidates_.resize(top_k);
  }
  const float max = std::min_element(candidates_.begin(), candidates_.end(), better)->logit;
  if (settings_.top_p < 1) {
    double total = 0;
    for (const Candidate & candidate : candidates_) total += std::exp(static_cast<double>(candidate.logit) - max);
    // Best first, only as far as needed: a heap spares sorting the whole vocabulary.
    const auto worse = [&](const Candidate & a, const Candidate & b) { return better(b, a); };
    std::make_heap(candidates_.begin(), candidates_.end(), worse);
    auto end = candidates_.end();
    double sum = 0;
    while (end != candidates_.begin() && (end == candidates_.end() || sum < settings_.top_p * total)) {
      std::pop_heap(candidates_.begin(), end, worse);
      --end;
      sum += std::exp(static_cast<double>(end->logit) - max);
    }
    candidates_.erase(candidates_.begin(), end);
  }
  if (settings_.min_p > 0) {
    const auto least = static_cast<float>(max + std::log(settings_.min_p));
    const auto is_below = [&](const Candidate & candidate) { return candidate.logit < least; };
    candidates_.erase(std::remove_if(candidates_.begin(), candidates_.end(), is_below), candidates_.end());
  }
  std::sort(candidates_.begin(), candidates_.end(), [](const Candidate & a,
      const Candidate & b) { return a.token < b.token; });
}

std::optional<int32_t> Sampler::pick_candidate(double number) const {
  if (candidates_.empty()) return std::nullopt;
  float max = minus_infinity;
  for (const Candidate & candidate : candidates_) max = std::max(max, candidate.logit);
  const auto share = [&](const Candidate & candidate) {
    return std::exp((static_cast<double>(candidate.logit) - max) / settings_.temperature);
  };
  double total = 0;
  for (const Candidate & candidate : candidates_) total += share(candidate);
  const double target = number * total;
  double sum = 0;
  int32_t last = candidates_.front().token;
  for (const Candidate & candidate : candidates_) {
    const double part = share(candidate);
    if (part <= 0) continue;
    sum += part;
    last = candidate.token;
    if (sum > target) break;
  }
  return last;
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
