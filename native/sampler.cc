// The order of sampling, see sampler.h. Decides where the mask can be spared without changing the distribution.
//
// Where the mask is spared. Greedy: if the best token is allowed it is also the best allowed one. Plain temperature
// sampling: draw t from p over all tokens and keep it if it is allowed; otherwise draw from p over the allowed ones
// with a second, independent number. With P = the allowed tokens' share, an allowed t comes out with probability
// p(t) + (1 - P) * p(t) / P = p(t) / P: exactly the masked distribution. With a filter in between that is
// not so, since they must see the masked distribution; there the mask always comes first.
//
// Draws go through the tokens by rising id, so that a rounding difference in one logit moves the outcome only where
// the number falls right at a border, and not where two tokens swap their rank.
#include "sampler.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "llama/api.h"

namespace espalier {

namespace {

uint64_t scramble(uint64_t x) {
  x ^= x >> 30;
  x *= 0xbf58476d1ce4e5b9ull;
  x ^= x >> 27;
  x *= 0x94d049bb133111ebull;
  return x ^ (x >> 31);
}

bool is_sound(float logit) { return logit <= largest_float; }

[[noreturn]] void refuse_logit(size_t token, float logit) {
  throw Failure("EngineError", "LOGITS_NOT_FINITE",
                "The model computed the logit " + std::to_string(logit) + " for token " + std::to_string(token) +
                    ", and no logit may be NaN or +infinity; its weights or the device may be damaged.");
}

}  // namespace

RowFacts look_at_sound_row(const float * logits, size_t count) {
  const RowFacts facts = look_at_row(logits, count);
  if (!facts.is_sound) {
    const float * broken = std::find_if_not(logits, logits + count, is_sound);
    refuse_logit(static_cast<size_t>(broken - logits), *broken);
  }
  return facts;
}

/// Logits of a row that are others for a while.
class Sampler::Patch {
 public:
  explicit Patch(float * row) : row_(row) {}
  ~Patch() {
    for (size_t i = before_.size(); i-- > 0;) row_[before_[i].first] = before_[i].second;
  }
  Patch(const Patch &) = delete;
  Patch & operator=(const Patch &) = delete;

  /// `changed` gives the new logit of the old one, as a double of any size. An old one that is no number is refused
  /// here, since nobody will see it any more.
  template <typename Change>
  void change(int32_t token, Change changed) {
    const auto at = static_cast<size_t>(token);
    const float old = row_[at];
    if (!is_sound(old)) refuse_logit(at, old);
    before_.emplace_back(at, old);
    const double value = std::min<double>(changed(old), largest_float);
    row_[at] = value < -largest_float ? minus_infinity : static_cast<float>(value);
  }

 private:
  float * row_;
  std::vector<std::pair<size_t, float>> before_;
};

Sampler::Sampler(DrawSettings settings, int32_t vocab_size)
    : settings_(std::move(settings)), vocab_size_(static_cast<size_t>(vocab_size)), dry_(std::move(settings_.dry)) {
  has_penalties_ = settings_.repeat_penalty != 1 || settings_.frequency_penalty != 0 || settings_.presence_penalty != 0;
  if (!has_penalties_) return;
  for (const int32_t token : settings_.penalty_window) see(token);
}

void Sampler::see(int32_t token) {
  seen_.push_back(token);
  counts_[token]++;
  if (static_cast<int64_t>(seen_.size()) <= settings_.penalty_last_n) return;
  const auto oldest = counts_.find(seen_.front());
  if (--oldest->second == 0) counts_.erase(oldest);
  seen_.pop_front();
}

// Number in [0, 1) for this draw: a counter-based generator, so nothing has to be stored or rolled back.
double Sampler::number(uint64_t lane) const {
  uint64_t x = scramble(settings_.seed + 0x9e3779b97f4a7c15ull);
  x = scramble(x ^ (settings_.draw_index * 0xd1342543de82ef95ull + 0x2545f4914f6cdd1dull));
  x = scramble(x + (lane + 1) * 0x9e3779b97f4a7c15ull);
  return static_cast<double>(x >> 11) * 0x1.0p-53;
}

double Sampler::penalised(int32_t occurrences, float logit) const {
  const double value = logit > 0 ? logit / settings_.repeat_penalty : logit * settings_.repeat_penalty;
  return value - (settings_.frequency_penalty * occurrences + settings_.presence_penalty);
}

void Sampler::adjust(Patch & patch, const std::vector<int32_t> & banned) const {
  for (const auto & seen : counts_) {
    patch.change(seen.first, [&](float logit) { return penalised(seen.second, logit); });
  }
  for (const auto & added : settings_.bias) {
    patch.change(added.first, [&](float logit) { return logit + added.second; });
  }
  for (const int32_t token : banned) patch.change(token, [](float) { return minus_infinity; });
}

bool Sampler::filters() const {
  return settings_.top_k > 0 || settings_.top_p < 1 || settings_.min_p > 0 || settings_.typical_p < 1 || excludes_top();
}

std::optional<Draw> Sampler::draw(float * logits, Matcher & matcher, const std::vector<int32_t> & banned,
                                  DrawSpace & space) {
  space_ = &space;
  needed_mask_ = false;
  Patch patch(logits);
  adjust(patch, banned);
  if (dry_.is_on()) {
    for (const auto & less : dry_.penalties(matcher.trie())) {
      patch.change(less.first, [&](float logit) { return logit - less.second; });
    }
  }
  Row row{logits, vocab_size_, minus_infinity};
  const bool is_greedy = settings_.temperature <= 0;
  if (!is_greedy && filters()) return draw_filtered(row, matcher);
  if (is_greedy && ready_.has(matcher)) return draw_allowed(row, matcher);
  const RowFacts facts = look_at_sound_row(logits, vocab_size_);
  if (facts.max == minus_infinity) return std::nullopt;
  row.max = facts.max;
  return is_greedy ? draw_greedy(row, facts.second, matcher) : draw_plain(row, matcher);
}

std::optional<Draw> Sampler::draw_greedy(Row row, float second, Matcher & matcher) {
  const size_t best = first_index_of(row.logits, row.count, row.max);
  if (ready_.allows(matcher, static_cast<int32_t>(best))) {
    return Draw{static_cast<int32_t>(best), greedy_gap(row, second, best, matcher)};
  }
  return draw_allowed(row, matcher);
}

// Greedy, with the mask first.
std::optional<Draw> Sampler::draw_allowed(Row row, Matcher & matcher) {
  const float max = allow(row, matcher);
  if (max == minus_infinity) return std::nullopt;
  // What is further away is not near, and need not be known.
  collect(max - static_cast<float>(near_tie_logits));
  std::vector<float> & logits = space_->close.logits;
  const size_t at = first_index_of(logits.data(), logits.size(), max);
  logits[at] = minus_infinity;
  return Draw{space_->close.tokens[at], static_cast<double>(max) - look_at_row(logits.data(), logits.size()).max};
}

std::optional<Draw> Sampler::draw_plain(Row row, Matcher & matcher) {
  const Picked first = pick(row, number(0));
  if (ready_.allows(matcher, static_cast<int32_t>(first.at))) {
    return Draw{static_cast<int32_t>(first.at), sum_gap(row, number(0), first.at, first.at + 1, first)};
  }
  const float max = allow(row, matcher);
  if (max == minus_infinity) return std::nullopt;
  collect(no_floor);
  space_->unsure = minus_infinity;
  Draw second = pick_from(space_->close, max, number(1));
  // Another forbidden token in place of the first would have led to the same second draw.
  const std::vector<int32_t> & allowed = space_->close.tokens;
  const auto next = std::upper_bound(allowed.begin(), allowed.end(), static_cast<int32_t>(first.at));
  const size_t from = next == allowed.begin() ? 0 : static_cast<size_t>(*std::prev(next)) + 1;
  const size_t until = next == allowed.end() ? row.count : static_cast<size_t>(*next);
  second.gap = std::min(second.gap, sum_gap(row, number(0), from, until, first));
  return second;
}

std::optional<Draw> Sampler::draw_filtered(Row row, Matcher & matcher) {
  const float max = allow(row, matcher);
  if (max == minus_infinity) return std::nullopt;
  if (settings_.typical_p < 1) return draw_typical(max);
  const double total = collect_filterable(max);
  split(cut(max, total));
  if (excludes_top()) return draw_without_top(max);
  return pick_from(space_->drawn, max, number(0));
}

// Below this temperature only the best tokens have any share; a larger factor would overflow.
float Sampler::scale() const { return static_cast<float>(std::min(1 / settings_.temperature, 1e30)); }

/// Where the running sum over a row passes number * total; the last one with any share if rounding keeps the sum below.
/// The best one's share is 1, so that there is always one.
Sampler::Picked Sampler::pick(Row row, double number) const {
  const float factor = scale();
  Picked picked{0, 0, 0, {}};
  for (size_t from = 0; from < row.count; from += sum_block) {
    picked.sums.push_back(sum_exp(row.logits + from, std::min(sum_block, row.count - from), row.max, factor));
    picked.total += picked.sums.back();
  }
  // Rounded up to the total it would be behind all tokens.
  const double target = std::min(number * picked.total, std::nextafter(picked.total, 0));
  double before = 0;
  for (size_t i = 0; i < picked.sums.size(); i++) {
    if (before + picked.sums[i] > target) {
      double sum = before;
      const size_t until = std::min(row.count, (i + 1) * sum_block);
      for (size_t at = i * sum_block; at < until; at++) {
        const double part = exp_of((row.logits[at] - row.max) * factor);
        if (part <= 0) continue;
        picked.at = at;
        picked.before = sum;
        sum += part;
        if (sum > target) return picked;
      }
    }
    before += picked.sums[i];
  }
  return picked;
}

Draw Sampler::pick_from(const TokenPool & pool, float max, double number) {
  const int32_t token = pool.tokens[pick({pool.logits.data(), pool.logits.size(), max}, number).at];
  return {token, pool_gap(number, token)};
}

void Sampler::accept(int32_t token) {
  pass(token);
  settings_.draw_index++;
}

void Sampler::pass(int32_t token) {
  if (has_penalties_) see(token);
  dry_.see(token);
}

bool Sampler::may_refuse(int32_t token, const std::vector<int32_t> & banned) const {
  if (std::find(banned.begin(), banned.end(), token) != banned.end()) return true;
  const auto & bias = settings_.bias;
  return std::any_of(bias.begin(), bias.end(), [&](const auto & one) { return one.first == token; });
}

}  // namespace espalier
