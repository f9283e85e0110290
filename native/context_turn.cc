// A turn of a step: whoever has logits draws, several at once where that is worth it. Decides which draws may go on
// side by side: those that read different rows, since a draw changes its row for a while. What is drawn is the same in
// any order.
#include "context_turn.h"

#include <algorithm>

namespace espalier {

namespace {

/// Memory is shared, too: with more of them each is slower.
constexpr int32_t helpers_most = 7;

}  // namespace

size_t Context::helpers_max() const {
  if (!draws_are_shared(model_->vocab_size())) return 0;
  return static_cast<size_t>(std::clamp(cores_ - 1, 0, helpers_most));
}

// Cores that llama.cpp leaves free alone: its threads wait for each other in a loop.
Context::MasksAhead::MasksAhead(const Context & context, Ahead & ahead) : pool_(*context.pool_) {
  const int32_t spare = context.cores_ - context.llama_->threads();
  if (spare > 0 && context.helpers_max() > 0) {
    for (Live & live : ahead.live)
      if (!live.is_over() && live.sampler.wants_mask()) wanted_.push_back(&live);
  }
  if (wanted_.empty()) return;
  prepare_ = [this](size_t part, size_t) { wanted_[part]->sampler.prepare(*wanted_[part]->generation->matcher); };
  pool_.begin(wanted_.size(), prepare_, static_cast<size_t>(spare));
}

Context::MasksAhead::~MasksAhead() {
  if (!wanted_.empty()) pool_.leave();
}

// By row, for all that may be read in this turn: llama.cpp is not asked by several threads.
void Context::find_logits(Ahead & ahead) const {
  ahead.logits.clear();
  const auto find = [&](int32_t row) {
    if (row < 0) return;
    const auto at = static_cast<size_t>(row);
    if (ahead.logits.size() <= at) ahead.logits.resize(at + 1, nullptr);
    if (ahead.logits[at] == nullptr) ahead.logits[at] = llama().llama_get_logits_ith(handle_, row);
  };
  for (const Live & live : ahead.live) {
    if (!live.draws_now()) continue;
    find(live.row);
    for (size_t g = live.guesses_used; g < live.guesses.size(); g++) find(live.guesses[g].row);
  }
}

// Members of `live` that draw now. Those that read one row, of what was drawn or of a guess, are one part, in their
// order.
std::vector<std::vector<size_t>> Context::draw_parts(const Ahead & ahead) const {
  constexpr size_t none = static_cast<size_t>(-1);
  std::vector<std::vector<size_t>> parts;
  std::vector<size_t> part_of(ahead.logits.size(), none);
  for (size_t i = 0; i < ahead.live.size(); i++) {
    const Live & live = ahead.live[i];
    if (!live.draws_now()) continue;
    const size_t own = parts.size();
    parts.push_back({i});
    const auto join = [&](int32_t row) {
      if (row < 0) return;
      size_t & part = part_of[static_cast<size_t>(row)];
      const size_t before = part;
      part = own;
      if (before == none || before == own) return;
      parts[own].insert(parts[own].end(), parts[before].begin(), parts[before].end());
      parts[before].clear();
      std::replace(part_of.begin(), part_of.end(), before, own);
    };
    join(live.row);
    for (size_t g = live.guesses_used; g < live.guesses.size(); g++) join(live.guesses[g].row);
  }
  parts.erase(std::remove_if(parts.begin(), parts.end(), [](const auto & part) { return part.empty(); }), parts.end());
  for (auto & part : parts) std::sort(part.begin(), part.end());
  return parts;
}

// Until its next token is one that has to be decoded, or it is over.
void Context::draw_all(const Ahead & ahead, Live & live, size_t worker) {
  while (live.draws_now()) {
    alone(live, [&] {
      float * logits = live.row < 0 ? nullptr : ahead.logits[static_cast<size_t>(live.row)];
      draw(live, found_logits(logits), draw_spaces_[worker]);
      if (!live.is_over()) live.take_guesses();
    });
  }
}

void Context::draw_turn(Ahead & ahead) {
  for (Live & one : ahead.live)
    if (one.draws_now()) alone(one, [&] { keep_logits(ahead, one); });
  find_logits(ahead);
  const std::vector<std::vector<size_t>> parts = draw_parts(ahead);
  const DrawPool::Part work = [&](size_t part, size_t worker) {
    const LogScope scope(model_->log());
    for (const size_t i : parts[part]) draw_all(ahead, ahead.live[i], worker);
  };
  if (parts.size() > 1) {
    pool_->begin(parts.size(), work, helpers_max());
    pool_->finish();
  } else if (!parts.empty()) {
    work(0, 0);
  }
  learn(ahead);
}

// In the order of the generations, whoever drew first.
void Context::learn(Ahead & ahead) {
  for (Live & live : ahead.live) {
    for (const auto & [agreed, is_hit] : live.learnt) policy_.learn(agreed, is_hit);
    for (const auto & [probability, is_hit] : live.learnt_of_drafts) draft_policy_.learn(probability, is_hit);
    live.learnt.clear();
    live.learnt_of_drafts.clear();
  }
}

}  // namespace espalier
