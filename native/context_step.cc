// Runs one step: cell operations, then the rows of the chunks in one llama_decode, then draws (context_draw.cc).
// Decides no position itself (the plan). After any outcome the cells are those of rows that were really computed.
#include <algorithm>
#include <chrono>

#include "context.h"
#include "context_live.h"
#include "context_rows.h"
#include "context_turn.h"
#include "llama/guard.h"
#include "sampler_math.h"

namespace espalier {

namespace {

using Clock = std::chrono::steady_clock;

double micros_since(Clock::time_point start) {
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

}  // namespace

StepResult Context::step(StepPlan & plan) {
  const auto start = Clock::now();
  const LogScope scope(model_->log());
  const CoreWork working(llama_->cores());
  StepResult result;
  const auto fail = [&](const Failure & failure) {
    result.status = StepStatus::failed;
    result.code = failure.code;
    result.message = failure.message;
  };
  try {
    if (is_poisoned_) throw Failure("EngineError", "CONTEXT_POISONED", poison_);
    if (model_->is_measured_only()) {
      throw Failure("UsageError", "MODEL_WITHOUT_WEIGHTS", "The model was only measured; it can't decode.");
    }
    result.generations.resize(plan.generations.size());
    result.targets.resize(plan.chunks.size());
    output_rows_.assign(plan.chunks.size(), -1);
    guarded([&] { run(plan, result); });
  } catch (const Failure & failure) {
    fail(failure);
  } catch (const GgmlAbort & error) {
    poison(error.what(), result);
  } catch (...) {
    // Between two calls of llama.cpp, whose state is whole.
    fail(current_failure());
  }
  result.step_micros = micros_since(start);
  return result;
}

// ggml's state is unknown from here: it is never entered again, not even to free it.
void Context::poison(const char * why, StepResult & result) {
  is_poisoned_ = true;
  poison_ =
      std::string("llama.cpp broke down in the middle of its work: ") + why + ". The context can't be used any more.";
  result.status = StepStatus::failed;
  result.code = "CONTEXT_POISONED";
  result.message = poison_;
}

void Context::run(StepPlan & plan, StepResult & result) {
  if (!apply_ops(plan, result)) return;
  if (plan.chunks.empty() && plan.generations.empty()) return;
  check(plan);
  use_adapters(plan.adapters);
  Ahead ahead = start_generations(plan, result);
  if (!plan.chunks.empty()) {
    if (!decode_chunks(plan, ahead, result)) {
      for (Live & one : ahead.live) one.take_back();
      return clean_up(plan, result);
    }
    read_targets(plan, result);
    keep_chunk_logits(plan, result);
    fork_generations(plan);
  }
  run_ahead(plan, ahead, result);
}

bool Context::apply_ops(const StepPlan & plan, StepResult & result) {
  for (size_t i = 0; i < plan.ops.size(); i++) {
    if (must_stop()) {
      result.status = StepStatus::aborted;
      return false;
    }
    const auto start = Clock::now();
    const KvOp & op = plan.ops[i];
    if (!into_llama([&] { return apply(op, result); })) result.ops_refused.push_back(static_cast<int32_t>(i));
    result.op_micros.push_back(micros_since(start));
  }
  if (result.ops_refused.empty() || (plan.chunks.empty() && plan.generations.empty())) return true;
  // Rows would land on cells the plan didn't mean.
  result.status = StepStatus::failed;
  result.code = "OPS_REFUSED";
  result.message = "Operation " + std::to_string(result.ops_refused.front()) +
                   " of the step was refused by the model's memory, so its rows were not decoded.";
  return false;
}

// What only the memory's state can tell; the rest was checked by the binding.
void Context::check(const StepPlan & plan) const {
  std::vector<int32_t> next(static_cast<size_t>(facts_.sequences), -1);
  std::vector<int32_t> chunk_of(static_cast<size_t>(facts_.sequences), -1);
  for (size_t c = 0; c < plan.chunks.size(); c++) {
    const Chunk & chunk = plan.chunks[c];
    if (facts_.has_streams && chunk.sequences.size() > 1) {
      refuse("SEQUENCES_APART", "Chunk " + std::to_string(c) + " is for " + std::to_string(chunk.sequences.size()) +
                                    " sequences, but each has a stream of its own; expected one.");
    }
    for (const int32_t sequence : chunk.sequences) {
      int32_t & expected = next[static_cast<size_t>(sequence)];
      if (expected < 0) {
        const auto held = positions(sequence);
        expected = held ? held->second + 1 : 0;
      }
      if (chunk.position != expected) {
        refuse("POSITION_NOT_NEXT", "Chunk " + std::to_string(c) + " begins at position " +
                                        std::to_string(chunk.position) + ", but sequence " + std::to_string(sequence) +
                                        " goes on at " + std::to_string(expected) + ".");
      }
      expected += static_cast<int32_t>(chunk.tokens.size());
      chunk_of[static_cast<size_t>(sequence)] = static_cast<int32_t>(c);
    }
  }
  for (const Generation & generation : plan.generations) {
    if (generation.logits) {
      check_kept(generation, chunk_of[static_cast<size_t>(generation.sequence)] >= 0);
      continue;
    }
    const auto & own = plan.chunks[static_cast<size_t>(generation.chunk)].sequences;
    const bool is_own = std::find(own.begin(), own.end(), generation.sequence) != own.end();
    const int32_t last = chunk_of[static_cast<size_t>(is_own ? generation.sequence : own.front())];
    if (is_own && last != generation.chunk) {
      refuse("SEQUENCE_GOES_ON", "Sequence " + std::to_string(generation.sequence) + " is to draw after chunk " +
                                     std::to_string(generation.chunk) + ", but a later chunk adds to it.");
    }
    const bool is_taken =
        chunk_of[static_cast<size_t>(generation.sequence)] >= 0 || positions(generation.sequence).has_value();
    if (!is_own && (is_taken || (is_partial() && last != generation.chunk))) {
      refuse("SEQUENCE_TAKEN", "Sequence " + std::to_string(generation.sequence) +
                                   " is to become a fork, but it or what it would fork from holds other tokens.");
    }
  }
}

// llama.cpp lays out its computation anew at the next decode, so what is in use already is left alone. Always in the
// order of the files: sums depend on it.
void Context::use_adapters(const std::vector<float> & given) {
  const std::vector<Adapter> & adapters = model_->adapters();
  if (adapters.empty()) return;
  std::vector<float> scales = given;
  scales.resize(adapters.size(), 0.0f);
  scales_.resize(adapters.size(), 0.0f);
  if (scales == scales_) return;
  std::vector<llama_adapter_lora *> handles;
  for (const Adapter & adapter : adapters) handles.push_back(adapter.handle);
  into_llama([&] { return llama().llama_set_adapters_lora(handle_, handles.data(), handles.size(), scales.data()); });
  scales_ = std::move(scales);
}

StepStatus Context::decode(Rows & rows, StepResult & result) {
  if (must_stop()) return StepStatus::aborted;
  llama_->share_cores();
  take_llama_message();
  const auto start = Clock::now();
  const llama_batch batch = rows.batch();
  const int32_t outcome = into_llama([&] {
    const int32_t answer = llama().llama_decode(handle_, batch);
    if (answer == 0) llama().llama_synchronize(handle_);
    return answer;
  });
  result.count_call(rows.tokens.size(), micros_since(start));
  has_pending_shift_ = has_pending_shift_ && outcome == -1;
  switch (outcome) {
    case 0:
      llama_->computed();
      result.rows_decoded += static_cast<int64_t>(rows.tokens.size());
      return StepStatus::ok;
    case 1: return StepStatus::no_room;
    case 2: return StepStatus::aborted;
    default: break;
  }
  const std::string said = take_llama_message();
  result.code = "DECODE_FAILED";
  result.message = "llama_decode failed with " + std::to_string(outcome) + (said.empty() ? "." : ": " + said + ".");
  return StepStatus::failed;
}

// With as many of the tokens that follow without logits as there is room for; they are not worth failing over.
bool Context::decode_chunks(const StepPlan & plan, Ahead & ahead, StepResult & result) {
  size_t rows = 0;
  for (const Chunk & chunk : plan.chunks) rows += chunk.tokens.size();
  const auto batch = static_cast<size_t>(facts_.batch);
  const size_t left = std::min(batch - std::min(batch, rows), ahead.cells_left());
  result.status = decode_chunk_rows(plan, ahead, left, result);
  if (result.status == StepStatus::no_room && ahead.count > 0) {
    result.status = decode_chunk_rows(plan, ahead, 0, result);
  }
  if (result.status == StepStatus::ok) ahead.take_over(output_rows_);
  draft_policy_.note_reading(result.decode_micros);
  return result.status == StepStatus::ok;
}

StepStatus Context::decode_chunk_rows(const StepPlan & plan, Ahead & ahead, size_t ahead_max, StepResult & result) {
  Rows rows;
  std::vector<std::vector<int32_t>> sequences;
  sequences.reserve(plan.chunks.size());
  const std::vector<char> draws = ahead.chunks_drawn_from(plan);
  for (size_t c = 0; c < plan.chunks.size(); c++) {
    const Chunk & chunk = plan.chunks[c];
    const bool has_output = chunk.has_output && draws[c] != 0;
    sequences.push_back(chunk.sequences);
    for (size_t i = 0; i < chunk.tokens.size(); i++) {
      const bool is_last = i + 1 == chunk.tokens.size();
      const bool has_target = chunk.has_targets && !chunk.targets[i].empty();
      rows.add(chunk.tokens[i], chunk.position + static_cast<int32_t>(i), sequences.back(),
               has_target || (is_last && has_output));
    }
    if (has_output) output_rows_[c] = static_cast<int32_t>(rows.tokens.size()) - 1;
  }
  std::vector<AheadRow> more = ahead_rows(ahead, ahead_max, ahead.standing_on_chunks(plan));
  ahead.first_row = rows.tokens.size();
  const MasksAhead masks(*this, ahead);
  for (AheadRow & row : more) rows.add(row.token, row.position, row.sequences, row.has_output);
  return decode(rows, result);
}

void Context::clean_up(const StepPlan & plan, StepResult & result) {
  output_rows_.assign(plan.chunks.size(), -1);
  if (result.status == StepStatus::no_room) return;
  for (const Chunk & chunk : plan.chunks) {
    const int32_t end = take_back(chunk.sequences);
    const auto kept = static_cast<int64_t>(end) - chunk.position;
    result.rows_decoded += std::clamp<int64_t>(kept, 0, static_cast<int64_t>(chunk.tokens.size()));
  }
}

// After a decode that failed: llama.cpp takes back the part that failed from each row's first sequence only, and can't
// take back part of a recurrent state at all. Returns where the sequences, which share their last row, end now.
int32_t Context::take_back(const std::vector<int32_t> & sequences) {
  return into_llama([&] {
    if (is_partial()) {
      for (const int32_t sequence : sequences) llama().llama_memory_seq_rm(memory_, sequence, -1, -1);
      return 0;
    }
    const auto held = positions(sequences.front());
    const int32_t end = held ? held->second + 1 : 0;
    for (size_t i = 1; i < sequences.size(); i++) truncate(sequences[i], end);
    return end;
  });
}

float * Context::row_logits(int32_t row) const {
  return found_logits(row < 0 ? nullptr : llama().llama_get_logits_ith(handle_, row));
}

void Context::read_target(int32_t row, const Chunk & chunk, size_t at, TargetsResult & told) const {
  const auto vocab_size = static_cast<size_t>(model_->vocab_size());
  std::vector<double> logprobs;
  if (!chunk.targets[at].empty()) {
    const float * logits = row_logits(row);
    const double total = log_sum_exp(logits, vocab_size, look_at_sound_row(logits, vocab_size).max);
    for (const int32_t target : chunk.targets[at]) logprobs.push_back(logits[target] - total);
    told.best[at] = best_tokens(logits, vocab_size, total, static_cast<size_t>(chunk.best));
  }
  told.logprobs[at] = std::move(logprobs);
}

// A row without sound logits is its own misfortune: the others' are still told.
void Context::read_targets(const StepPlan & plan, StepResult & result) const {
  int32_t row = 0;
  for (size_t c = 0; c < plan.chunks.size(); c++) {
    const Chunk & chunk = plan.chunks[c];
    const int32_t first = row;
    row += static_cast<int32_t>(chunk.tokens.size());
    if (!chunk.has_targets) continue;
    TargetsResult & told = result.targets[c];
    told.logprobs.resize(chunk.tokens.size());
    told.best.resize(chunk.tokens.size());
    for (size_t i = 0; i < chunk.tokens.size(); i++) {
      try {
        read_target(first + static_cast<int32_t>(i), chunk, i, told);
      } catch (const GgmlAbort &) {
        throw;
      } catch (...) {
        if (!told.failure) told.failure = current_failure();
      }
    }
  }
}

}  // namespace espalier
