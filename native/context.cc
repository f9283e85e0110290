// See context.h: opening and closing a context, and what it can do.
#include "context.h"

#include <algorithm>
#include <utility>

#include "large_pages.h"
#include "llama/guard.h"

namespace espalier {

namespace {

constexpr int32_t ids_max = 256;             // LLAMA_MAX_SEQ
constexpr int32_t recurrent_sequences = 32;  // each reserves a whole state
constexpr int32_t batch_default = 512;
constexpr int32_t cells_granule = 256;       // llama.cpp rounds up to this
// llama.cpp reserves a row of logits per sequence. The default number of sequences keeps that within this many bytes.
constexpr int64_t logits_bytes_max = 64 << 20;

int32_t default_sequences(const Model & model) {
  const bool is_partial = model.memory() == MemoryKind::recurrent || model.memory() == MemoryKind::hybrid;
  if (is_partial) return recurrent_sequences;
  const int64_t rows = logits_bytes_max / (static_cast<int64_t>(model.vocab_size())
      * static_cast<int64_t>(sizeof(float)));
  return static_cast<int32_t>(std::clamp<int64_t>(rows, recurrent_sequences, ids_max)) - 1;
}

}  // namespace

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
  const int32_t sequences = request.sequences > 0 ? request.sequences : default_sequences(*model_);
  const int32_t cells = (request.cells + cells_granule - 1) / cells_granule * cells_granule;
  const int32_t batch = std::min(request.batch > 0 ? request.batch : batch_default, cells);
  const int32_t micro_batch = std::min(request.micro_batch > 0 ? request.micro_batch : batch, batch);
  llama_context_params params = llama().llama_context_default_params();
  params.n_ctx = static_cast<uint32_t>(cells);
  params.n_batch = static_cast<uint32_t>(batch);
  params.n_ubatch = static_cast<uint32_t>(micro_batch);
  params.n_seq_max = static_cast<uint32_t>(sequences) + 1;
  // llama.cpp asserts that there are at least as many outputs as sequences.
  params.n_outputs_max = std::max(params.n_batch, params.n_seq_max);
  params.n_threads = request.threads;
  params.n_threads_batch = request.threads_batch;
  params.type_k = request.cache_type;
  params.type_v = request.cache_type;
  params.rope_scaling_type = request.rope.type;
  params.rope_freq_base = request.rope.frequency_base;
  params.rope_freq_scale = request.rope.frequency_scale;
  params.yarn_orig_ctx = request.rope.context_trained;
  params.kv_unified = true;
  params.swa_full = true;
  params.flash_attn_type = request.flash_attention == FlashAttention::on    ? LLAMA_FLASH_ATTN_TYPE_ENABLED
                           : request.flash_attention == FlashAttention::off ? LLAMA_FLASH_ATTN_TYPE_DISABLED
                                                                            : LLAMA_FLASH_ATTN_TYPE_AUTO;
  params.abort_callback = [](void * self) { return static_cast<Context *>(self)->must_stop(); };
  params.abort_callback_data = this;
  take_llama_message();
  take_flash_refusal();
  std::string why;
  const LargePages pages;
  const BufferListener listener([&](const TakenBuffer & taken) {
    // A model that was only measured takes no cache, and llama.cpp names its size all the same.
    const BufferUse cache = model_->is_measured_only() ? BufferUse::whole_cache : BufferUse::cache;
    if (taken.use != BufferUse::whole_cache) {
      pages.ask();
      bytes_buffers_ += taken.bytes;
    }
    if (taken.use == cache) facts_.cache_bytes += static_cast<int64_t>(taken.bytes);
    if (taken.use == BufferUse::work) facts_.work.add(taken);
  });
  try {
    handle_ = guarded([&] { return llama().llama_init_from_model(model_->handle(), params); });
  } catch (const std::exception & error) {
    why = error.what();
  }
  if (handle_ == nullptr) {
    if (why.empty()) why = take_llama_message();
    throw Failure("CapacityError", "CONTEXT_FAILED",
                  "A context of " + std::to_string(cells) + " tokens could not be made: " +
                      (why.empty() ? "llama.cpp gives no reason" : why) + "; ask for fewer contextTokens.");
  }
  memory_ = llama().llama_get_memory(handle_);
  if (memory_ == nullptr) throw Failure("ModelError", "MODEL_UNSUPPORTED",
      "The model has no memory to keep tokens in.");
  spare_sequence_ = sequences;
  threads_few_ = request.threads;
  threads_many_ = request.threads_batch;
  const int32_t most = std::max(threads_few_, threads_many_);
  cores_.open(most, request.cores);
  use_threads(most);
  facts_.sequences = sequences;
  read_facts(request);
}

void Context::read_facts(const ContextRequest & request) {
  facts_.memory = model_->memory();
  facts_.cells = static_cast<int32_t>(llama().llama_n_ctx(handle_));
  facts_.batch = static_cast<int32_t>(llama().llama_n_batch(handle_));
  facts_.can_truncate = !is_partial();
  facts_.can_fork_partially = !is_partial();
  // Only full memory saves a range of cells; a window's early ones are not part of a saved state.
  facts_.can_park = facts_.memory == MemoryKind::full;
  facts_.can_shift = !is_partial() && llama().llama_memory_can_shift(memory_);
  facts_.flash_attention = request.flash_attention != FlashAttention::off && !take_flash_refusal();
}

// Without a pool of its own llama.cpp starts and ends its threads for every single llama_decode. Null: none is needed.
ggml_threadpool_t Context::make_threads(int32_t count) {
  ggml_backend_dev_t cpu = llama().ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU);
  if (cpu == nullptr || count < 2) return nullptr;
  ggml_backend_reg_t registry = llama().ggml_backend_dev_backend_reg(cpu);
  const auto address = [&](const char * name) { return llama().ggml_backend_reg_get_proc_address(registry, name); };
  const auto make = reinterpret_cast<ggml_threadpool_t (*)(ggml_threadpool_params *)>(address("ggml_threadpool_new"));
  free_threads_ = reinterpret_cast<void (*)(ggml_threadpool_t)>(address("ggml_threadpool_free"));
  if (make == nullptr || free_threads_ == nullptr) return nullptr;
  ggml_threadpool_params params = llama().ggml_threadpool_params_default(count);
  try {
    return guarded([&] { return make(&params); });
  } catch (const GgmlAbort & error) {
    // Half a pool is left to lie there: its threads wait, and it can't be freed.
    throw Failure("CapacityError", "THREAD_FAILED",
                  "The system gave not all of the " + std::to_string(count) + " threads to compute on: " +
                      error.what() + "; ask for fewer by the option threads.");
  }
}

void Context::use_threads(int32_t count) {
  // A pool of its own size each time: threads that have nothing to do in a larger one look for work all the same.
  const ggml_threadpool_t fresh = make_threads(count);
  if (fresh != nullptr) llama().llama_attach_threadpool(handle_, fresh, fresh);
  else if (threads_ != nullptr) llama().llama_detach_threadpool(handle_);
  const ggml_threadpool_t old = std::exchange(threads_, fresh);
  if (old != nullptr) free_threads_(old);
  llama().llama_set_n_threads(handle_, std::min(threads_few_, count), std::min(threads_many_, count));
  threads_now_.store(count);
}

// Before each llama_decode: others may have begun or ended.
void Context::share_cores() {
  const int32_t count = cores_.threads();
  if (count == threads_now_.load()) return;
  try {
    into_llama([&] { use_threads(count); });
  } catch (const Failure &) {
    // There are no threads to be had; those it has go on.
  }
}

Context::~Context() {
  if (handle_ == nullptr || is_poisoned_) return;
  const LogScope scope(model_->log());
  try {
    guarded([&] {
      llama().llama_free(handle_);
      if (threads_ != nullptr) free_threads_(threads_);
    });
  } catch (...) {
    // Nothing is left to do with a context that can't be freed.
  }
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
