// One KV cache of llama.cpp: unified, so that a fork only marks cells. Decides how steps become llama_decode calls, and
// that no call reaches llama.cpp which it would answer by ending the process. No N-API here.
//
// Threads: everything but `interrupt`, `abort` and the capabilities belongs to the context's decode thread. A context
// in which ggml asserted is poisoned: it does nothing any more and is never freed.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "context_plan.h"
#include "draft.h"
#include "draft_policy.h"
#include "draw_pool.h"
#include "guess_policy.h"
#include "llama_context.h"
#include "model.h"
#include "state_bytes.h"
#include "token_boundary.h"

namespace espalier {

enum class FlashAttention { automatic, on, off };

/// How positions beyond those a model was trained for are squeezed; zeros: as the model file says.
struct RopeScaling {
  llama_rope_scaling_type type = LLAMA_ROPE_SCALING_TYPE_UNSPECIFIED;
  float frequency_base = 0;
  float frequency_scale = 0;
  uint32_t context_trained = 0;  // of yarn
};

struct ContextRequest {
  int32_t cells = 0;
  int32_t sequences = 0;    // 0: a default that fits the model
  int32_t streams = 0;      // equal parts of the cells, each one sequence's; 0: all sequences share all cells
  int32_t batch = 0;        // rows a llama_decode takes
  int32_t micro_batch = 0;  // rows computed at once
  int32_t threads = 0;
  int32_t threads_batch = 0;
  int32_t cores = 0;  // that the process may use; 0: threads are not shared out
  FlashAttention flash_attention = FlashAttention::automatic;
  ggml_type cache_type = GGML_TYPE_F16;
  RopeScaling rope;
};

/// What llama.cpp is told of a context, but for the sizes of cache and batch.
llama_context_params context_params(const ContextRequest & request);

struct ContextFacts {
  MemoryKind memory = MemoryKind::full;
  bool can_truncate = false;
  bool can_shift = false;
  bool can_fork_partially = false;
  bool can_park = false;
  int32_t cells = 0;
  int32_t cells_each = 0;  // that one sequence may have
  int32_t sequences = 0;
  bool has_streams = false;
  int32_t batch = 0;
  bool flash_attention = false;
  int64_t cache_bytes = 0;  // of all cells; 0 where llama.cpp doesn't say
  BufferTally work;
};

struct Rows;

class Context {
 public:
  /// Throws Failure CONTEXT_TOO_LARGE, CONTEXT_FAILED, MODEL_WITHOUT_WEIGHTS.
  static std::shared_ptr<Context> create(std::shared_ptr<Model> model, const ContextRequest & request);
  ~Context();
  Context(const Context &) = delete;
  Context & operator=(const Context &) = delete;

  const ContextFacts & facts() const { return facts_; }
  const Model & model() const { return *model_; }
  /// Memory of the cells and of llama.cpp's intermediate results. What is parked or kept comes and goes as JavaScript
  /// says, in bounds of its own, so V8 has no need to know of it: each report may make it collect garbage.
  size_t bytes() const { return bytes_buffers_; }

  StepResult step(StepPlan & plan);
  std::optional<std::pair<int32_t, int32_t>> positions(int32_t sequence) const;
  /// Logits after the last token of a chunk of the last step; null where that step left none.
  const float * logits(size_t chunk) const;

  /// Any thread. Both are forgotten when the next step is announced.
  void interrupt() { is_interrupted_.store(true); }
  void abort() { is_aborted_.store(true); }
  /// JS thread, before a step is posted.
  void announce_step();
  /// Any thread: the context is going away, so every step ends at once from now on.
  void close() { is_closing_.store(true); }
  /// Any thread: how many threads it computes on at present.
  int32_t threads() const { return llama_->threads(); }

 private:
  struct Live;
  struct Ahead;
  struct AheadRow;
  struct Kept;
  struct GuessGroup;
  struct Drafted;
  struct Drafting;
  struct DraftingAll;

  explicit Context(std::shared_ptr<Model> model) : model_(std::move(model)) {}
  void open(const ContextRequest & request);
  void read_facts();
  bool must_stop() const { return is_aborted_.load() || is_closing_.load(); }

  // context_step.cc
  void run(StepPlan & plan, StepResult & result);
  void check(const StepPlan & plan) const;
  bool apply_ops(const StepPlan & plan, StepResult & result);
  void use_adapters(const std::vector<float> & scales);
  bool decode_chunks(const StepPlan & plan, Ahead & ahead, StepResult & result);
  StepStatus decode_chunk_rows(const StepPlan & plan, Ahead & ahead, size_t ahead_max, StepResult & result);
  StepStatus decode(Rows & rows, StepResult & result);
  void clean_up(const StepPlan & plan, StepResult & result);
  int32_t take_back(const std::vector<int32_t> & sequences);
  void read_targets(const StepPlan & plan, StepResult & result) const;
  void read_target(int32_t row, const Chunk & chunk, size_t at, TargetsResult & told) const;
  float * row_logits(int32_t row) const;
  void poison(const char * why, StepResult & result);

  // context_ahead.cc
  void fork_generations(const StepPlan & plan);
  Ahead start_generations(StepPlan & plan, StepResult & result);
  void run_ahead(const StepPlan & plan, Ahead & ahead, StepResult & result);
  bool decode_ahead(Ahead & ahead, StepResult & result);
  StepStatus decode_ahead_rows(Ahead & ahead, std::vector<AheadRow> & pending, StepResult & result);
  std::vector<AheadRow> ahead_rows(Ahead & ahead, size_t count_max, const std::vector<char> & takes_part) const;

  // context_turn.cc
  class MasksAhead;
  void draw_turn(Ahead & ahead);
  void find_logits(Ahead & ahead) const;
  std::vector<std::vector<size_t>> draw_parts(const Ahead & ahead) const;
  void draw_all(const Ahead & ahead, Live & live, size_t worker);
  void learn(Ahead & ahead);
  size_t helpers_max() const;

  // context_guess.cc
  size_t guesses_max(const Live & live) const;
  static size_t allowed_of(const Live & live, const std::vector<int32_t> & tokens, size_t count);
  std::vector<GuessGroup> guess_groups(Ahead & ahead) const;
  void add_guesses(Ahead & ahead, std::vector<AheadRow> & rows, size_t count_max, StepResult & result);
  void settle_guesses(Ahead & ahead);
  static void forget_guesses(Ahead & ahead);

  // context_draft.cc
  void open_draft(const ContextRequest & request);
  void draft_guesses(Ahead & ahead, std::vector<GuessGroup> & groups, size_t rows, StepResult & result);
  void begin_drafting(Ahead & ahead, const std::vector<GuessGroup> & groups, DraftingAll & all,
                      DraftPolicy::Turn & turn);
  void take_said(Drafting & one, const Drafted & said, DraftPolicy::Turn & turn) const;
  bool take_text(Drafting & one, const DraftPolicy::Turn & turn);
  bool say_next(Drafting & one, DraftPolicy::Turn & turn);
  bool say_all(DraftingAll & all, DraftPolicy::Turn & turn);
  void end_drafting(Ahead & ahead, std::vector<GuessGroup> & groups, const DraftingAll & all) const;

  // context_kept.cc
  void check_kept(const Generation & generation, bool is_in_chunk) const;
  void keep_logits(Ahead & ahead, Live & live);
  void keep_chunk_logits(const StepPlan & plan, StepResult & result);
  bool keep(int32_t id, int32_t row, int32_t position);
  static size_t place_of_kept(Ahead & ahead, const Kept * kept);

  // context_draw.cc
  template <typename Work>
  void alone(Live & live, Work work) const;
  void draw(Live & live, float * logits, DrawSpace & space) const;
  void settle(Live & live, bool is_start) const;
  bool force(Live & live) const;
  std::optional<int32_t> sure_token(Live & live) const;
  std::optional<ForcedTokens> spell(Live & live, bool counts_sure) const;

  // context_ops.cc
  bool apply(const KvOp & op, StepResult & result);
  bool copy(int32_t from, int32_t to, int32_t until);
  bool truncate(int32_t sequence, int32_t from);
  bool shift(int32_t sequence, int32_t from, int32_t until);
  bool shift_in_own_cells(int32_t sequence, int32_t from, int32_t until, int32_t last);
  bool park(int32_t sequence, int32_t from, int32_t until, int64_t blob, StepResult & result);
  bool restore(int32_t sequence, int64_t blob);
  bool drop_blob(int64_t blob);
  bool repack(const std::vector<int32_t> & sequences, int32_t from, int32_t until);
  bool repack_piece(const std::vector<int32_t> & sequences, int32_t from, int32_t until);
  bool others_may_share(int32_t sequence, int32_t from, int32_t until) const;
  bool holds_within(int32_t sequence, int32_t from, int32_t until) const;
  /// A sequence can only be taken as it ends: its early cells may be gone. Recurrent states have none, and a window's
  /// are given by llama.cpp to whoever needs some, as soon as the window has passed them. A stream's are copied whole.
  bool is_partial() const { return facts_.memory != MemoryKind::full || facts_.has_streams; }
  StateBytes read_state(int32_t sequence);
  void read_state(int32_t sequence, StateBytes & bytes);
  bool write_state(int32_t sequence, const StateBytes & bytes);

  struct Blob {
    int32_t from;
    int32_t until;
    StateBytes bytes;
  };

  /// Logits that are drawn from again, and how many tokens they come after.
  struct Kept {
    int32_t position;
    LogitsRow row;
  };

  std::shared_ptr<Model> model_;
  std::unique_ptr<LlamaContext> llama_;
  llama_context * handle_ = nullptr;  // its
  llama_memory_t memory_ = nullptr;
  std::unique_ptr<const TokenBoundary> boundary_;
  ContextFacts facts_;
  int32_t spare_sequence_ = 0;  // for state of a range; one beyond those offered
  std::unordered_map<int64_t, Blob> blobs_;
  StateBytes moved_;  // on its way from places to others
  std::unordered_map<int32_t, Kept> kept_;
  GuessPolicy policy_;
  DraftPolicy draft_policy_{policy_};
  std::unique_ptr<Draft> draft_;  // before llama_ goes, on whose threads it computes; null: none
  size_t bytes_buffers_ = 0;
  std::vector<float> scales_;           // of the model's adapters, as llama.cpp was told; empty: of none, ever
  std::vector<DrawSpace> draw_spaces_;  // one for each who draws
  std::unique_ptr<DrawPool> pool_;
  int32_t cores_ = 0;                 // that the process may use; 0: nobody said
  std::vector<int32_t> output_rows_;  // per chunk of the last step: its row with logits, or -1
  std::atomic<bool> is_interrupted_{false};
  std::atomic<bool> is_aborted_{false};
  std::atomic<bool> is_closing_{false};
  bool has_pending_shift_ = false;
  bool is_poisoned_ = false;
  std::string poison_;
};

}  // namespace espalier
