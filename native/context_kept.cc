// Logits that stay in host memory so that another generation draws from them without a decode: who stands where they
// were kept has nothing to decode again. Decides who shares a row; the plan says which are worth keeping, and what is
// kept under an id takes the place of what was.
#include <algorithm>
#include <new>

#include "context.h"
#include "context_live.h"

namespace espalier {

void Context::check_kept(const Generation & generation, bool is_in_chunk) const {
  const std::string named = "Sequence " + std::to_string(generation.sequence);
  const auto kept = kept_.find(*generation.logits);
  if (kept == kept_.end()) {
    refuse("LOGITS_UNKNOWN", named + " is to draw from logits " + std::to_string(*generation.logits) +
                                 ", which are not kept; expected an id that GenerationResult.kept has told.");
  }
  const auto held = positions(generation.sequence);
  const int32_t end = held ? held->second + 1 : 0;
  if (is_in_chunk || end != kept->second.position) {
    refuse("LOGITS_ELSEWHERE", named + " is to draw from logits that were kept after " +
                                   std::to_string(kept->second.position) + " tokens, but " +
                                   (is_in_chunk ? "a chunk adds to it." : "it has " + std::to_string(end) + "."));
  }
}

// What can't be kept for lack of memory is decoded again by who wants it.
bool Context::keep(int32_t id, int32_t row, int32_t position) {
  const float * logits = row_logits(row);
  const auto size = static_cast<size_t>(model_->vocab_size());
  try {
    Kept & kept = kept_[id];
    kept.row.resize(size);
    std::copy(logits, logits + size, kept.row.begin());
    kept.position = position;
  } catch (const std::bad_alloc &) {
    return false;
  }
  return true;
}

void Context::keep_chunk_logits(const StepPlan & plan, StepResult & result) {
  int32_t row = -1;
  for (size_t c = 0; c < plan.chunks.size(); c++) {
    const Chunk & chunk = plan.chunks[c];
    row += static_cast<int32_t>(chunk.tokens.size());
    const bool is_there = output_rows_[c] >= 0 || (chunk.has_targets && !chunk.targets.back().empty());
    if (!chunk.keep_logits || !is_there) continue;
    const int32_t end = chunk.position + static_cast<int32_t>(chunk.tokens.size());
    if (keep(*chunk.keep_logits, row, end)) result.logits_kept.push_back(*chunk.keep_logits);
  }
}

// Before its first draw. Who draws from a row that is kept already shares it.
void Context::keep_logits(Ahead & ahead, Live & live) {
  const std::optional<int32_t> & id = live.generation->keep_logits;
  if (!id || live.has_drawn || live.row < 0) return;
  live.has_drawn = true;
  GenerationResult & result = *live.result;
  for (const Ahead::KeptRow & other : ahead.kept_rows) {
    if (other.row != live.row) continue;
    result.kept = KeptAt{other.id, result.tokens.size()};
    return;
  }
  if (!keep(*id, live.row, static_cast<int32_t>(live.length()))) return;
  ahead.kept_rows.push_back({live.row, *id});
  result.kept = KeptAt{*id, result.tokens.size()};
}

// Who draws from the same logits stands at the same cells.
size_t Context::place_of_kept(Ahead & ahead, const Kept * kept) {
  for (const Live & one : ahead.live)
    if (one.kept == kept) return one.place;
  return ahead.places++;
}

}  // namespace espalier
