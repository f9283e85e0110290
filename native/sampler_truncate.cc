// The part of sampling that looks at allowed tokens one by one: top-k, top-p, min-p, and the draw from what they leave.
// Decides too which tokens they would surely leave, or might, if logits differed by a rounding, see sampler_gap.cc.
#include <algorithm>
#include <cmath>
#include <limits>

#include "sampler.h"

namespace espalier {

// What the three filters leave are always the best n tokens, and n depends on the sorted logits alone. If differences
// of logits change by d at most, so do those of sorted ones, and ln(sum of the best m / sum of the rest) moves by d at
// most, whichever tokens those then are. With d = near_tie_logits: n is at least as many as pass with d against them
// and at most as many as pass with d in their favour. A token surely stays while it is better than the first of the
// others, and may come in where it is less than d worse than the last one that might pass. Leaves the candidates sorted
// by rising id again.
void Sampler::truncate_candidates() {
  if (candidates_.empty()) return;
  const auto better = [](const Candidate & a, const Candidate & b) {
    return a.logit > b.logit || (a.logit == b.logit && a.token < b.token);
  };
  constexpr auto near = static_cast<float>(near_tie_logits);
  const auto begin = candidates_.begin();
  const size_t limit = settings_.top_k > 0 ? std::min(static_cast<size_t>(settings_.top_k), candidates_.size())
                                           : candidates_.size();
  const auto limit_end = begin + static_cast<std::ptrdiff_t>(limit);
  if (limit < candidates_.size()) {
    std::nth_element(begin, limit_end - 1, candidates_.end(), better);
    const float lowest = (limit_end - 1)->logit - near;
    const auto is_far = [&](const Candidate & candidate) { return candidate.logit < lowest; };
    candidates_.erase(std::remove_if(limit_end, candidates_.end(), is_far), candidates_.end());
  }
  const float max = std::min_element(begin, limit_end, better)->logit;
  const auto share = [&](const Candidate & candidate) { return std::exp(static_cast<double>(candidate.logit) - max); };
  double total = 0;
  if (settings_.top_p < 1) {
    for (auto at = begin; at != limit_end; ++at) total += share(*at);
  }
  const double odds_max = std::log(settings_.top_p / (1 - settings_.top_p));
  const float least = settings_.min_p > 0 ? static_cast<float>(max + std::log(settings_.min_p))
                                          : -std::numeric_limits<float>::infinity();
  // Best first, only as far as needed: a heap spares sorting the whole vocabulary.
  const auto worse = [&](const Candidate & a, const Candidate & b) { return better(b, a); };
  std::make_heap(begin, candidates_.end(), worse);
  auto end = candidates_.end();
  double sum = 0;
  float last_maybe = max;
  const Candidate * first_unsure = nullptr;
  for (size_t rank = 0; end != begin; rank++) {
    const float logit = begin->logit;
    const auto passes = [&](double slack) {
      if (rank == 0) return true;
      if (rank >= limit || logit < least - static_cast<float>(slack)) return false;
      if (settings_.top_p >= 1) return true;
      if (slack == 0) return sum < settings_.top_p * total;
      return std::log(sum / std::max(total - sum, 0.0)) - slack < odds_max;
    };
    if (passes(near)) last_maybe = logit;
    else if (logit < last_maybe - near) break;
    std::pop_heap(begin, end, worse);
    --end;
    end->is_in = passes(0);
    if (first_unsure == nullptr && !passes(-near)) first_unsure = &*end;
    sum += share(*end);
  }
  if (first_unsure != nullptr) {
    const float unsure = first_unsure->logit;
    for (auto at = end; at != candidates_.end(); ++at) at->margin = at->logit - unsure;
  }
  candidates_.erase(begin, end);
  std::sort(candidates_.begin(), candidates_.end(), [](const Candidate & a,
      const Candidate & b) { return a.token < b.token; });
}

std::optional<Draw> Sampler::pick_candidate(double number) {
  if (candidates_.empty()) return std::nullopt;
  float max = -std::numeric_limits<float>::infinity();
  for (const Candidate & candidate : candidates_) max = std::max(max, candidate.logit);
  const auto share = [&](const Candidate & candidate) {
    return candidate.is_in ? std::exp((static_cast<double>(candidate.logit) - max) / settings_.temperature) : 0;
  };
  double total = 0;
  for (const Candidate & candidate : candidates_) total += share(candidate);
  const double target = number * total;
  double sum = 0;
  size_t last = 0;
  for (size_t i = 0; i < candidates_.size(); i++) {
    const double part = share(candidates_[i]);
    if (part <= 0) continue;
    sum += part;
    last = i;
    if (sum > target) break;
  }
  return Draw{candidates_[last].token, candidate_gap(number, last)};
}

}  // namespace espalier
