// See context.h: opening and closing a context, and what it can do.
#include "context.h"

#include <algorithm>

namespace espalier {

namespace {

constexpr int32_t ids_max = 256;             // LLAMA_MAX_SEQ
constexpr int32_t recurrent_sequences = 32;  // each reserves a whole state
constexpr int32_t batch_default = 512;
constexpr int32_t cells_granule = 256;  // llama.cpp rounds up to this
// llama.cpp reserves a row of logits per sequence. The default number of sequences keeps that within this many bytes.
constexpr int64_t logits_bytes_max = 64 << 20;

int32_t default_sequences(const Model & model) {
  const bool is_partial = model.memory() == MemoryKind::recurrent || model.memory() == MemoryKind::hybrid;
  if (is_partial) return recurrent_sequences;
  const int64_t rows =
      logits_bytes_max / (static_cast<int64_t>(model.vocab_size()) * static_cast<int64_t>(sizeof(float)));
  return static_cast<int32_t>(std::clamp<int64_t>(rows, recurrent_sequences, ids_max)) - 1;
}

}  // namespace

llama_context_params context_params(const ContextRequest & request) {
  llama_context_params params = llama().llama_context_default_params();
  params.n_threads = request.threads;
  params.n_threads_batch = request.threads_batch;
  params.type_k = request.cache_type;
  params.type_v = request.cache_type;
  params.rope_scaling_type = request.rope.type;
  params.rope_freq_base = request.rope.frequency_base;
  params.rope_freq_scale = request.rope.frequency_scale;
  params.yarn_orig_ctx = request.rope.context_trained;
  params.kv_unified = request.streams == 0;
  params.swa_full = true;
  params.flash_attn_type = request.flash_attention == FlashAttention::on    ? LLAMA_FLASH_ATTN_TYPE_ENABLED
                           : request.flash_attention == FlashAttention::off ? LLAMA_FLASH_ATTN_TYPE_DISABLED
                                                                            : LLAMA_FLASH_ATTN_TYPE_AUTO;
  return params;
}

std::shared_ptr<Context> Context::create(std::shared_ptr<Model> model, const ContextRequest & request) {
  if (model->is_vocab_only()) {
    throw Failure("UsageError", "MODEL_WITHOUT_WEIGHTS",
                  "The model was opened for its vocabulary only; it can't decode.");
  }
  std::shared_ptr<Context> context(new Context(std::move(model)));
  context->open(request);
  return context;
}

void Context::open(const ContextRequest & request) {
  const LogScope scope(model_->log());
  facts_.has_streams = request.streams > 0;
  if (facts_.has_streams && model_->draft() != nullptr) {
    throw Failure("UsageError", "ARGUMENT_INVALID",
                  "streams is " + std::to_string(request.streams) +
                      " for a model with a draft, and nothing is guessed in streams; expected one of the two.");
  }
  const int32_t sequences = facts_.has_streams      ? request.streams
                            : request.sequences > 0 ? request.sequences
                                                    : default_sequences(*model_);
  const int32_t granule = cells_granule * std::max(1, request.streams);
  const int32_t cells = (request.cells + granule - 1) / granule * granule;
  const int32_t batch = std::min(request.batch > 0 ? request.batch : batch_default, cells);
  const int32_t micro_batch = std::min(request.micro_batch > 0 ? request.micro_batch : batch, batch);
  llama_context_params params = context_params(request);
  params.n_ctx = static_cast<uint32_t>(cells);
  params.n_batch = static_cast<uint32_t>(batch);
  params.n_ubatch = static_cast<uint32_t>(micro_batch);
  // Each stream takes memory, and a spare sequence is of use to shared cells only.
  params.n_seq_max = static_cast<uint32_t>(sequences) + (facts_.has_streams ? 0 : 1);
  // llama.cpp asserts that there are at least as many outputs as sequences.
  params.n_outputs_max = std::max(params.n_batch, params.n_seq_max);
  params.abort_callback = [](void * self) { return static_cast<Context *>(self)->must_stop(); };
  params.abort_callback_data = this;
  llama_ = std::make_unique<LlamaContext>(*model_, params, request.cores,
                                          "A context of " + std::to_string(cells) + " tokens");
  handle_ = llama_->handle();
  bytes_buffers_ = llama_->memory().bytes;
  memory_ = llama().llama_get_memory(handle_);
  if (memory_ == nullptr) {
    throw Failure("ModelError", "MODEL_UNSUPPORTED",
                  "The model keeps no tokens in memory: it reads whole texts and generates none; expected a "
                  "text-generating decoder. For embeddings use loadEmbedder() of espalier/embed.");
  }
  cores_ = request.cores;
  pool_ = std::make_unique<DrawPool>(helpers_max());
  draw_spaces_.resize(pool_->workers_max());
  boundary_ = std::make_unique<const TokenBoundary>(model_->trie(), model_->tokenizer());
  spare_sequence_ = sequences;
  facts_.sequences = sequences;
  read_facts();
  if (model_->draft() != nullptr) open_draft(request);
}

void Context::read_facts() {
  facts_.memory = model_->memory();
  facts_.cells = static_cast<int32_t>(llama().llama_n_ctx(handle_));
  facts_.cells_each = facts_.has_streams ? facts_.cells / facts_.sequences : facts_.cells;
  facts_.batch = static_cast<int32_t>(llama().llama_n_batch(handle_));
  facts_.can_truncate = !is_partial();
  facts_.can_fork_partially = !is_partial();
  // Only full memory saves a range of cells; a window's early ones are not part of a saved state.
  facts_.can_park = !is_partial();
  facts_.can_shift = !is_partial() && llama().llama_memory_can_shift(memory_);
  facts_.flash_attention = llama_->has_flash_attention();
  facts_.cache_bytes = llama_->memory().cache_bytes;
  facts_.work = llama_->memory().work;
}

Context::~Context() {
  if (is_poisoned_) llama_->abandon();
  // Now: while they end they may still ask whether to stop.
  draft_.reset();
  llama_.reset();
}

void Context::announce_step() {
  is_interrupted_.store(false);
  is_aborted_.store(false);
}

std::optional<std::pair<int32_t, int32_t>> Context::positions(int32_t sequence) const {
  if (is_poisoned_) return std::nullopt;
  const int32_t first = llama().llama_memory_seq_pos_min(memory_, sequence);
  const int32_t last = llama().llama_memory_seq_pos_max(memory_, sequence);
  if (first < 0 || last < 0) return std::nullopt;
  // Recurrent memory keeps one state, which stands for everything up to its position.
  return std::make_pair(is_partial() ? 0 : first, last);
}

const float * Context::logits(size_t chunk) const {
  if (is_poisoned_ || chunk >= output_rows_.size() || output_rows_[chunk] < 0) return nullptr;
  return llama().llama_get_logits_ith(handle_, output_rows_[chunk]);
}

}  // namespace espalier
