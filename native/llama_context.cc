// See llama_context.h: what llama.cpp is asked for, and what its refusals become.
#include "llama_context.h"

#include <algorithm>

#include "draw_pool.h"
#include "large_pages.h"
#include "llama/guard.h"

namespace espalier {

ComputeThreads::ComputeThreads(int32_t count, IdleThreads idle) {
  ggml_backend_dev_t cpu = llama().ggml_backend_dev_by_type(GGML_BACKEND_DEVICE_TYPE_CPU);
  if (cpu == nullptr || count < 2) return;
  ggml_backend_reg_t registry = llama().ggml_backend_dev_backend_reg(cpu);
  const auto address = [&](const char * name) { return llama().ggml_backend_reg_get_proc_address(registry, name); };
  const auto make = reinterpret_cast<ggml_threadpool_t (*)(ggml_threadpool_params *)>(address("ggml_threadpool_new"));
  free_ = reinterpret_cast<void (*)(ggml_threadpool_t)>(address("ggml_threadpool_free"));
  if (make == nullptr || free_ == nullptr) return;
  ggml_threadpool_params params = llama().ggml_threadpool_params_default(count);
  if (idle == IdleThreads::sleep) params.poll = 0;
  try {
    pool_ = guarded([&] { return make(&params); });
  } catch (const GgmlAbort & error) {
    // Half a pool is left to lie there: its threads wait, and it can't be freed.
    throw Failure("CapacityError", "THREAD_FAILED",
                  "The system gave not all of the " + std::to_string(count) +
                      " threads to compute on: " + error.what() + "; ask for fewer by the option threads.");
  }
}

ComputeThreads::~ComputeThreads() {
  if (pool_ == nullptr) return;
  try {
    guarded([&] { free_(pool_); });
  } catch (...) {
    // Nothing is left to do with threads that can't be ended.
  }
}

LlamaContext::LlamaContext(const Model & model, const llama_context_params & params, int32_t cores,
                           const std::string & what)
    : log_(model.log()), idle_(draws_are_shared(model.vocab_size()) ? IdleThreads::sleep : IdleThreads::look),
      threads_few_(params.n_threads), threads_many_(params.n_threads_batch) {
  open(model, params, what);
  const int32_t most = std::max(threads_few_, threads_many_);
  cores_.open(most, cores);
  // A pool of its own size each time: threads that have nothing to do in a larger one look for work all the same.
  use_threads(std::make_shared<ComputeThreads>(most, idle_), most);
}

LlamaContext::LlamaContext(const Model & model, const llama_context_params & params, LlamaContext & host,
                           const std::string & what)
    : log_(model.log()), idle_(host.idle_), threads_few_(params.n_threads), threads_many_(params.n_threads_batch),
      host_(&host) {
  open(model, params, what);
  use_threads(host.pool_, host.threads());
}

void LlamaContext::open(const Model & model, const llama_context_params & params, const std::string & what) {
  take_llama_message();
  take_flash_refusal();
  std::string why;
  const LargePages pages;
  const BufferListener listener([&](const TakenBuffer & taken) {
    // A model that was only measured takes no cache, and llama.cpp names its size all the same.
    const BufferUse cache = model.is_measured_only() ? BufferUse::whole_cache : BufferUse::cache;
    if (taken.use != BufferUse::whole_cache) {
      pages.ask();
      memory_.bytes += taken.bytes;
    }
    if (taken.use == cache) memory_.cache_bytes += static_cast<int64_t>(taken.bytes);
    if (taken.use == BufferUse::work) memory_.work.add(taken);
  });
  try {
    handle_.reset(guarded([&] { return llama().llama_init_from_model(model.handle(), params); }));
  } catch (const std::exception & error) {
    why = error.what();
  }
  if (handle_ == nullptr) {
    if (why.empty()) why = take_llama_message();
    throw Failure("CapacityError", "CONTEXT_FAILED",
                  what + " could not be made: " + (why.empty() ? "llama.cpp gives no reason" : why) +
                      "; ask for fewer contextTokens.");
  }
  has_flash_attention_ = params.flash_attn_type != LLAMA_FLASH_ATTN_TYPE_DISABLED && !take_flash_refusal();
}

LlamaContext::~LlamaContext() {
  const LogScope scope(log_);
  handle_.reset();
  pool_.reset();
  retired_.clear();
}

void LlamaContext::use_threads(std::shared_ptr<ComputeThreads> fresh, int32_t count) {
  llama_context * handle = handle_.get();
  if (fresh->pool() != nullptr) llama().llama_attach_threadpool(handle, fresh->pool(), fresh->pool());
  else if (pool_ && pool_->pool() != nullptr) llama().llama_detach_threadpool(handle);
  if (pool_) retired_.push_back(std::move(pool_));
  pool_ = std::move(fresh);
  llama().llama_set_n_threads(handle, std::min(threads_few_, count), std::min(threads_many_, count));
  threads_now_.store(count);
}

void LlamaContext::share_cores() {
  if (host_ != nullptr) {
    if (pool_ != host_->pool_) into_llama([&] { use_threads(host_->pool_, host_->threads()); });
    return;
  }
#if defined(_WIN32)
  // With llama.cpp v0.4.0 under wine, a context whose used pool gives way to a smaller one never ends its next decode.
  // Whether Windows does the same nobody has tried, so there each keeps what it asked for.
  return;
#endif
  const int32_t count = cores_.threads();
  if (count == threads_now_.load()) return;
  try {
    into_llama([&] { use_threads(std::make_shared<ComputeThreads>(count, idle_), count); });
  } catch (const Failure &) {
    // There are no threads to be had; those it has go on.
  }
}

void LlamaContext::renew_threads() {
  pool_->abandon();
  into_llama([&] { use_threads(std::make_shared<ComputeThreads>(threads(), idle_), threads()); });
}

void LlamaContext::Free::operator()(llama_context * handle) const noexcept {
  try {
    guarded([&] { llama().llama_free(handle); });
  } catch (...) {
    // Nothing is left to do with a context that can't be freed.
  }
}

void LlamaContext::abandon() {
  static_cast<void>(handle_.release());
  if (pool_) pool_->abandon();
  for (const auto & pool : retired_) pool->abandon();
}

}  // namespace espalier
