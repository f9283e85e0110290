// A llama_context and the threads it computes on. Decides how one is opened, what is said of its memory, and that one
// in which ggml asserted is never entered again, not even to free it. No N-API here; one thread at a time.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "core_share.h"
#include "model.h"

namespace espalier {

/// What ggml's threads do between two llama_decodes: look for work in a loop, for long, or sleep and be woken, which
/// takes some tens of microseconds a call.
enum class IdleThreads { look, sleep };

/// ggml's threads. Without a pool of its own llama.cpp starts and ends its threads for every single llama_decode.
class ComputeThreads {
 public:
  /// Throws Failure CapacityError THREAD_FAILED.
  ComputeThreads(int32_t count, IdleThreads idle);
  ~ComputeThreads();
  ComputeThreads(const ComputeThreads &) = delete;
  ComputeThreads & operator=(const ComputeThreads &) = delete;

  /// Null where llama.cpp has to make do without.
  ggml_threadpool_t pool() const { return pool_; }
  void abandon() { pool_ = nullptr; }

 private:
  ggml_threadpool_t pool_ = nullptr;
  void (*free_)(ggml_threadpool_t) = nullptr;
};

/// What llama.cpp took for a context.
struct ContextMemory {
  size_t bytes = 0;         // of all but the weights
  int64_t cache_bytes = 0;  // of all cells; 0 where llama.cpp doesn't say
  BufferTally work;
};

class LlamaContext {
 public:
  /// `cores` that the process may use, 0: threads are not shared out. `what` is a subject for a sentence: "A context of
  /// 512 tokens". Throws Failure CapacityError CONTEXT_FAILED, THREAD_FAILED.
  LlamaContext(const Model & model, const llama_context_params & params, int32_t cores, const std::string & what);
  /// The same on another one's threads; it lives longer, and the two never compute at once.
  LlamaContext(const Model & model, const llama_context_params & params, LlamaContext & host, const std::string & what);
  ~LlamaContext();
  LlamaContext(const LlamaContext &) = delete;
  LlamaContext & operator=(const LlamaContext &) = delete;

  llama_context * handle() const { return handle_.get(); }
  const ContextMemory & memory() const { return memory_; }
  bool has_flash_attention() const { return has_flash_attention_; }
  /// Any thread: how many threads it computes on at present.
  int32_t threads() const { return threads_now_.load(); }
  CoreShare & cores() { return cores_; }
  /// Before each llama_decode: others may have begun or ended. Throws GgmlAbort.
  void share_cores();
  /// After a llama_decode that came to its end: it looked at the threads it has now, and at no others any more.
  void computed() { retired_.clear(); }
  /// Another context that computed on these threads was abandoned: they may hang in it.
  void renew_threads();
  /// ggml asserted in it: its memory is left to lie there.
  void abandon();

 private:
  struct Free {
    void operator()(llama_context * handle) const noexcept;
  };
  void open(const Model & model, const llama_context_params & params, const std::string & what);
  void use_threads(std::shared_ptr<ComputeThreads> fresh, int32_t count);

  LogQueue * log_;  // the model's
  IdleThreads idle_;
  CoreShare cores_;
  int32_t threads_few_;  // as asked for, where there are few rows
  int32_t threads_many_;
  std::atomic<int32_t> threads_now_{1};
  LlamaContext * host_ = nullptr;
  std::shared_ptr<ComputeThreads> pool_;  // before the context: it ends after it
  // Given up, yet ggml's CPU backend knows one of them until the next llama_decode, which pauses it.
  std::vector<std::shared_ptr<ComputeThreads>> retired_;
  std::unique_ptr<llama_context, Free> handle_;
  ContextMemory memory_;
  bool has_flash_attention_ = false;
};

}  // namespace espalier
