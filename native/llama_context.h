// A llama_context and the threads it computes on. Decides how one is opened, what is said of its memory, and that one
// in which ggml asserted is never entered again, not even to free it. No N-API here; one thread at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "model.h"

namespace espalier {

/// ggml's threads. Without a pool of its own llama.cpp starts and ends its threads for every single llama_decode.
class ComputeThreads {
 public:
  /// Throws Failure CapacityError THREAD_FAILED.
  explicit ComputeThreads(int32_t count);
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
  /// `what` is a subject for a sentence: "A context of 512 tokens". Throws Failure CapacityError CONTEXT_FAILED,
  /// THREAD_FAILED.
  LlamaContext(const Model & model, const llama_context_params & params, const std::string & what);

  llama_context * handle() const { return handle_.get(); }
  const ContextMemory & memory() const { return memory_; }
  bool has_flash_attention() const { return has_flash_attention_; }
  /// ggml asserted in it: its memory is left to lie there.
  void abandon();

 private:
  struct Free {
    void operator()(llama_context * handle) const noexcept;
  };

  std::optional<ComputeThreads> threads_;  // before the context: they end after it
  std::unique_ptr<llama_context, Free> handle_;
  ContextMemory memory_;
  bool has_flash_attention_ = false;
};

}  // namespace espalier
