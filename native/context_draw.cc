// The draws of a step: one token for every generation, then as many further decodes and draws as nobody in JavaScript
// has to know about. Decides no token itself (sampler), but whose misfortune a draw that goes wrong is.
#include <algorithm>

#include "context.h"
#include "context_rows.h"
#include "llama/guard.h"

namespace espalier {

namespace {

constexpr size_t forced_bytes_min = 2;

}  // namespace

/// A generation while it goes on.
struct Context::Live {
  Generation * generation;
  GenerationResult * result;
  Sampler sampler;
  int32_t position;              // of the next row: the last drawn token's
  size_t place;                  // its row of the last decode: generations at one place hold the same cells
  std::vector<char> is_on_path;  // per forbidden path: everything drawn so far is its beginning

  std::vector<int32_t> banned() const {
    std::vector<int32_t> tokens;
    for (size_t i = 0; i < is_on_path.size(); i++) {
      const auto & path = generation->forbidden[i];
      if (is_on_path[i] != 0 && path.size() == result->tokens.size() + 1) tokens.push_back(path.back());
    }
    return tokens;
  }

  void follow_paths(int32_t token) {
    const size_t at = result->tokens.size();
    for (size_t i = 0; i < is_on_path.size(); i++) {
      const auto & path = generation->forbidden[i];
      if (at >= path.size() || path[at] != token) is_on_path[i] = 0;
    }
  }
};

void Context::draw(StepPlan & plan, StepResult & result) {
  std::vector<Live> live;
  live.reserve(plan.generations.size());
  draw_first(plan, live, result);
  run_ahead(plan, live, result);
}

void Context::draw_first(StepPlan & plan, std::vector<Live> & live, StepResult & result) {
  for (size_t i = 0; i < plan.generations.size(); i++) {
    Generation & generation = plan.generations[i];
    const Chunk & chunk = plan.chunks[static_cast<size_t>(generation.chunk)];
    live.push_back({&generation, &result.generations[i], Sampler(generation.draw, model_->vocab_size(), draw_space_),
                    chunk.position + static_cast<int32_t>(chunk.tokens.size()), static_cast<size_t>(generation.chunk),
                    std::vector<char>(generation.forbidden.size(), 1)});
  }
}

// Generations that stand at one place and drew the same token go on in one row: it is a cell of all their sequences,
// and they draw from its logits. Where they draw differently they part again. Rows come in the order of their first
// generation; every generation's place becomes its row.
std::vector<Context::SharedRow> Context::share_rows(std::vector<Live> & live) const {
  std::vector<SharedRow> rows;
  std::vector<size_t> row_of(live.size());
  for (size_t i = 0; i < live.size(); i++) {
    const Live & one = live[i];
    size_t at = facts_.can_fork_partially ? 0 : rows.size();
    while (at < rows.size() && (live[rows[at].first].place != one.place ||
        live[rows[at].first].result->tokens.back() != one.result->tokens.back())) at++;
    if (at == rows.size()) rows.push_back({i, {}});
    rows[at].sequences.push_back(one.generation->sequence);
    row_of[i] = at;
  }
  for (size_t i = 0; i < live.size(); i++) live[i].place = row_of[i];
  return rows;
}

// Every turn draws one token for each generation; the turn in which one stops is the last.
void Context::run_ahead(StepPlan & plan, std::vector<Live> & live, StepResult & result) {
  if (live.empty()) return;
  bool goes_on = true;
  for (Live & one : live) {
    goes_on = try_draw(one, row_logits(output_rows_[one.place])) && goes_on;
  }
  while (goes_on && result.decode_calls < plan.decodes_max && !is_interrupted_.load()) {
    std::vector<SharedRow> shared = share_rows(live);
    if (shared.size() > static_cast<size_t>(facts_.batch)) return;
    Rows rows;
    for (SharedRow & row : shared) {
      const Live & first = live[row.first];
      rows.add(first.result->tokens.back(), first.position, row.sequences, true);
    }
    const StepStatus status = decode(rows, result);
    output_rows_.assign(plan.chunks.size(), -1);
    // Without room the last tokens stay undecoded, as after any other step.
    if (status == StepStatus::no_room) return;
    if (status != StepStatus::ok) {
      result.status = status;
      for (const SharedRow & row : shared) take_back(row.sequences);
      return;
    }
    for (Live & one : live) {
      one.position++;
      goes_on = try_draw(one, row_logits(static_cast<int32_t>(one.place))) && goes_on;
    }
  }
}

// As draw_one. What goes wrong in one generation's draw (a constraint too complex, logits that are no numbers, no
// memory for its mask) ends that one: its tokens so far and all cells stand, and the others are drawn.
bool Context::try_draw(Live & live, float * logits) const {
  try {
    return draw_one(live, logits);
  } catch (const GgmlAbort &) {
    throw;
  } catch (...) {
    live.result->stop = GenerationStop::failed;
    live.result->failure = current_failure();
    return false;
  }
}

// False where the generation has to go back to JavaScript.
bool Context::draw_one(Live & live, float * logits) const {
  GenerationResult & result = *live.result;
  Matcher & matcher = *live.generation->matcher;
  const std::optional<Draw> drawn = live.sampler.draw(logits, matcher, live.banned());
  if (!drawn) {
    result.stop = GenerationStop::dead_end;
    return false;
  }
  const int32_t token = drawn->token;
  if (drawn->gap < near_tie_logits) result.near_ties.push_back({result.tokens.size(), drawn->gap});
  if (model_->is_eog(token)) {
    result.stop = GenerationStop::eog;
    result.end_token = token;
    return false;
  }
  if (!matcher.accept(token)) {
    throw Failure("InternalError", "MASK_DISAGREES",
        "The matcher refused token " + std::to_string(token) + " after allowing it.");
  }
  if (live.sampler.wants_logprobs()) result.logprobs.push_back(live.sampler.logprobs(logits, token));
  live.follow_paths(token);
  live.sampler.accept(token);
  result.tokens.push_back(token);
  // A limit hides nothing: what is forced is so however many tokens were asked for at once.
  if (matcher.is_ended()) result.stop = GenerationStop::ended;
  else if (matcher.forced(forced_bytes_min).size() >= forced_bytes_min) result.stop = GenerationStop::forced;
  else if (static_cast<int64_t>(result.tokens.size()) >= live.generation->tokens_max) result.stop =
      GenerationStop::limit;
  return result.stop == GenerationStop::paused;
}

}  // namespace espalier
