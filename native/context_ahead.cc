// The run-ahead of a step: what generations have drawn or been forced to is decoded, all of them together, and drawn
// after, as long as nobody in JavaScript has to know. Decides which rows make up the next decode.
#include <algorithm>
#include <numeric>

#include "context.h"
#include "context_live.h"
#include "context_rows.h"
#include "context_turn.h"

namespace espalier {

Context::Ahead Context::start_generations(StepPlan & plan, StepResult & result) {
  Ahead ahead;
  ahead.places = plan.chunks.size();
  ahead.cells_max = plan.cells_max;
  ahead.live.reserve(plan.generations.size());
  for (size_t i = 0; i < plan.generations.size(); i++) {
    Generation & generation = plan.generations[i];
    Kept * kept = generation.logits ? &kept_.at(*generation.logits) : nullptr;
    const auto base_of = [&](const Chunk & chunk) {
      return chunk.position + static_cast<int32_t>(chunk.tokens.size());
    };
    const auto c = static_cast<size_t>(generation.chunk);
    ahead.live.push_back(
        {&generation, &result.generations[i], Sampler(generation.draw, model_->vocab_size()),
         kept != nullptr ? kept->position : base_of(plan.chunks[c]), kept != nullptr ? place_of_kept(ahead, kept) : c,
         std::vector<char>(generation.forbidden.size(), 1), generation.before.value_or(std::vector<int32_t>())});
    ahead.live.back().kept = kept;
  }
  for (Live & one : ahead.live) {
    alone(one, [&] {
      settle(one, true);
      // So that what it draws is decoded beside the chunks.
      if (one.kept == nullptr || one.pending() > 0 || one.is_over()) return;
      draw(one, one.kept->row.data(), draw_spaces_.front());
    });
  }
  learn(ahead);
  return ahead;
}

void Context::fork_generations(const StepPlan & plan) {
  for (const Generation & generation : plan.generations) {
    if (generation.logits) continue;
    const Chunk & chunk = plan.chunks[static_cast<size_t>(generation.chunk)];
    if (std::find(chunk.sequences.begin(), chunk.sequences.end(), generation.sequence) != chunk.sequences.end())
      continue;
    const int32_t end = chunk.position + static_cast<int32_t>(chunk.tokens.size());
    if (!into_llama([&] { return copy(chunk.sequences.front(), generation.sequence, end); })) {
      throw Failure("EngineError", "FORK_REFUSED", "The model's memory refused a fork for a generation.");
    }
  }
}

// Generations that stand at one place and go on alike share the rows up to where they part: a cell of all their
// sequences, and they draw from its logits. Who has the fewest tokens to decode comes first, so that a long forced run
// is cut where there is no room for it, and nobody waits for that.
std::vector<Context::AheadRow> Context::ahead_rows(Ahead & ahead, size_t count_max,
                                                   const std::vector<char> & takes_part) const {
  std::vector<AheadRow> rows;
  ahead.taken.assign(ahead.live.size(), {});
  std::vector<size_t> order(ahead.live.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return ahead.live[a].pending() < ahead.live[b].pending(); });
  for (const size_t i : order) {
    if (takes_part[i] == 0) continue;
    const Live & one = ahead.live[i];
    Ahead::Taken & taken = ahead.taken[i];
    taken.place = one.place;
    for (const size_t pending = one.pending(); taken.count < pending; taken.count++) {
      const size_t index = one.result->decoded + taken.count;
      const int32_t token = one.result->tokens[index];
      size_t at = facts_.can_fork_partially ? 0 : rows.size();
      while (at < rows.size() && (rows[at].after != taken.place || rows[at].token != token)) at++;
      if (at == rows.size()) {
        if (rows.size() == count_max) break;
        rows.push_back({taken.place, ahead.places++, token, one.base + static_cast<int32_t>(index), {}, false});
      }
      rows[at].sequences.push_back(one.generation->sequence);
      taken.place = rows[at].place;
      if (taken.count + 1 < pending || one.is_over()) continue;
      rows[at].has_output = true;
      taken.row = static_cast<int32_t>(at);
    }
  }
  ahead.count = rows.size();
  return rows;
}

// Every turn draws for who has logits; the turn in which a generation ends is the last.
void Context::run_ahead(const StepPlan & plan, Ahead & ahead, StepResult & result) {
  if (ahead.live.empty()) return;
  for (;;) {
    draw_turn(ahead);
    bool goes_on = true;
    for (const Live & one : ahead.live) goes_on = goes_on && !one.is_over();
    settle_guesses(ahead);
    if (!goes_on || result.decode_calls >= plan.decodes_max || is_interrupted_.load()) return;
    if (!decode_ahead(ahead, result)) return;
  }
}

StepStatus Context::decode_ahead_rows(Ahead & ahead, std::vector<AheadRow> & pending, StepResult & result) {
  const MasksAhead masks(*this, ahead);
  Rows rows;
  for (AheadRow & row : pending) rows.add(row.token, row.position, row.sequences, row.has_output);
  return decode(rows, result);
}

bool Context::decode_ahead(Ahead & ahead, StepResult & result) {
  const size_t count_max = std::min(static_cast<size_t>(facts_.batch), ahead.cells_left());
  std::vector<AheadRow> pending = ahead_rows(ahead, count_max, std::vector<char>(ahead.live.size(), 1));
  // Too many for one decode.
  for (const Ahead::Taken & taken : ahead.taken)
    if (taken.count == 0) return false;
  const size_t drawn = pending.size();
  add_guesses(ahead, pending, count_max, result);
  const double micros_before = result.decode_micros;
  StepStatus status = decode_ahead_rows(ahead, pending, result);
  if (status == StepStatus::no_room && pending.size() > drawn) {
    forget_guesses(ahead);
    pending = ahead_rows(ahead, count_max, std::vector<char>(ahead.live.size(), 1));
    status = decode_ahead_rows(ahead, pending, result);
  }
  output_rows_.assign(output_rows_.size(), -1);
  ahead.first_row = 0;
  if (status == StepStatus::ok) {
    policy_.measure(pending.size(), result.decode_micros - micros_before);
    ahead.take_over({});
  }
  // Without room the last tokens stay undecoded, as after any other step.
  if (status == StepStatus::ok || status == StepStatus::no_room) return status == StepStatus::ok;
  result.status = status;
  for (const AheadRow & row : pending) take_back(row.sequences);
  return false;
}

}  // namespace espalier
