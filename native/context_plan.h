// Steps as the decode thread sees them: StepPlan, StepResult and their parts, member for member those of
// lib/native/addon.ts. Everything in a plan was checked against the model's sizes by the binding.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "constraint/matcher.h"
#include "failure.h"
#include "sampler.h"

namespace espalier {

struct KvOp {
  enum class Kind { copy, truncate, shift, park, restore, drop_blob, repack };
  Kind kind;
  int32_t sequence = 0;  // 'copy': the source
  int32_t to = 0;        // 'copy'
  int32_t from = 0;
  int32_t until = 0;
  int64_t blob = 0;
  std::vector<int32_t> sequences;  // 'repack'
};

struct Chunk {
  std::vector<int32_t> sequences;
  int32_t position = 0;
  std::vector<int32_t> tokens;
  bool has_output = false;
  bool has_targets = false;
  std::vector<std::vector<int32_t>> targets;  // one entry a token where has_targets
  int32_t best = 0;                           // most probable tokens told beside the targets of a token
  std::optional<int32_t> keep_logits;         // id under which those after the last token stay, if they were computed
};

struct Generation {
  int32_t chunk = 0;                   // -1: it draws from `logits`
  std::optional<int32_t> logits;       // kept ones, of where its sequence ends
  std::optional<int32_t> keep_logits;  // id under which those of its first draw stay
  int32_t sequence = 0;
  Matcher * matcher = nullptr;  // marked busy and kept alive by the binding
  DrawSettings draw;
  int64_t tokens_max = 1;
  std::vector<std::vector<int32_t>> forbidden;
  std::vector<std::vector<int32_t>> guess_from;  // where its tokens may be found; the first is all before it
  std::optional<size_t> guess_count;             // in each call; none: as many as are worth it
  std::optional<std::vector<int32_t>> before;    // what forced bytes are spelled after; none: the caller places these
};

struct StepPlan {
  std::vector<KvOp> ops;
  std::vector<Chunk> chunks;
  std::vector<Generation> generations;
  int64_t decodes_max = 1;
  int64_t cells_max = INT64_MAX;  // that rows beyond those of the chunks may take
  std::vector<float> adapters;    // scale of each of the model's adapters, 0 for none of it; empty: none of any
};

enum class GenerationStop { ended, eog, forced, limit, dead_end, paused, failed };

/// How a token of a generation came about.
enum class TokenKind : uint8_t { drawn, forced, sure };

struct NearTie {
  size_t index;  // into tokens; their number for the end token
  double gap;    // logits
};

/// Logits that stay, and the generation's tokens before them.
struct KeptAt {
  int32_t id;
  size_t after;
};

struct GenerationResult {
  std::vector<int32_t> tokens;
  std::vector<TokenKind> kinds;  // one a token
  size_t decoded = 0;            // tokens
  GenerationStop stop = GenerationStop::paused;
  std::optional<int32_t> end_token;
  std::vector<std::optional<DrawnLogprobs>> logprobs;  // one a token that is not forced, where draws are told
  std::vector<NearTie> near_ties;
  std::optional<KeptAt> kept;
  size_t guessed = 0;              // rows of tokens that were not drawn yet
  size_t confirmed = 0;            // of these, such as were drawn then
  std::optional<Failure> failure;  // for 'failed'
};

/// Log-probabilities asked for after the tokens of one chunk: [token][target]; none for a token without sound logits.
struct TargetsResult {
  std::vector<std::optional<std::vector<double>>> logprobs;
  std::vector<std::vector<TokenLogprob>> best;  // one entry a token
  std::optional<Failure> failure;               // of the first such token
};

enum class StepStatus { ok, no_room, aborted, failed };

/// Calls of llama_decode of like sizes, the nearest powers of two.
struct DecodeTally {
  int64_t rows = 0;
  int64_t calls = 0;
  double micros = 0;
};

struct StepResult {
  StepStatus status = StepStatus::ok;
  int64_t rows_decoded = 0;
  int64_t decode_calls = 0;
  double decode_micros = 0;
  std::vector<DecodeTally> decodes;  // by size: of 1, 2, 4, ... rows
  double step_micros = 0;
  size_t drafted = 0;  // tokens that the draft model said
  double draft_micros = 0;
  std::vector<int32_t> ops_refused;
  std::vector<double> op_micros;  // one an operation that was reached
  std::vector<double> parked_bytes;
  std::vector<int32_t> logits_kept;  // those of chunks
  std::vector<GenerationResult> generations;
  std::vector<TargetsResult> targets;  // one a chunk
  std::string message;
  std::string code;  // for 'failed': which error the caller should see

  /// A llama_decode of so many rows was made.
  void count_call(size_t rows, double micros) {
    decode_micros += micros;
    decode_calls++;
    const auto size = static_cast<size_t>(std::lround(std::log2(static_cast<double>(rows))));
    if (decodes.size() <= size) decodes.resize(size + 1);
    decodes[size].rows += static_cast<int64_t>(rows);
    decodes[size].calls++;
    decodes[size].micros += micros;
  }
};

}  // namespace espalier
