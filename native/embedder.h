// Reads texts with llama.cpp and tells a vector for each, or for a reranker a score. Decides which models and which
// pooling can be used at all, how texts become llama_decode calls, and that no call reaches llama.cpp which it would
// answer by ending the process. No N-API here.
//
// Threads: everything but `abort`, `close`, `facts` and `bytes` belongs to one thread. Where ggml asserted the embedder
// is poisoned: it does nothing any more and is never freed.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "context.h"
#include "embed_tokens.h"
#include "llama_context.h"
#include "model.h"

namespace espalier {

/// How the vectors of a text's tokens become one; `rank`: how the last of them becomes a score.
enum class Pooling { as_model, mean, cls, last, rank };
const char * pooling_text(Pooling pooling);

struct EmbedderRequest {
  ContextRequest context;  // its cells: the tokens a text may have
  Pooling pooling = Pooling::as_model;
};

struct EmbedderFacts {
  Pooling pooling = Pooling::as_model;  // then the model's file names none
  int32_t dimensions = 0;               // numbers told of a text
  int32_t tokens_max = 0;               // of a text
  int32_t rows = 0;                     // to put into a llama_decode where no single text has more
  int32_t batch = 0;                    // rows a llama_decode takes
  int32_t sequences = 0;                // texts it takes
  bool can_split = false;               // a text may go on in a later llama_decode
  bool tells_probability = false;       // a score lies between 0 and 1 as it is
  int64_t cache_bytes = 0;
  BufferTally work;
};

/// Tokens of one text, all of them or a part.
struct EmbedChunk {
  int32_t sequence;
  int32_t position;
  std::vector<int32_t> tokens;
  bool is_last;
};

/// For each chunk that is a text's last one, in order; empty where the numbers are not sound.
using EmbedVectors = std::vector<std::vector<float>>;

class Embedder {
 public:
  /// Throws Failure UsageError MODEL_WITHOUT_WEIGHTS, CONTEXT_TOO_LONG, CapabilityError POOLING_MISSING,
  /// POOLING_UNSUPPORTED, and what LlamaContext throws.
  static std::shared_ptr<Embedder> create(std::shared_ptr<Model> model, const EmbedderRequest & request);
  ~Embedder();
  Embedder(const Embedder &) = delete;
  Embedder & operator=(const Embedder &) = delete;

  const EmbedderFacts & facts() const { return facts_; }
  const Model & model() const { return *model_; }
  size_t bytes() const { return bytes_; }

  /// Of texts or, with a query, of pairs. Throws as EmbedTokenizer; Failure EngineError ABORTED_DECODE once it closes.
  std::vector<std::vector<int32_t>> tokenize(const std::vector<std::string> & texts, const std::string * query) const;
  /// One llama_decode. What is held of a text that this doesn't go on with is dropped. Throws Failure UsageError
  /// POSITION_NOT_NEXT, EngineError ABORTED_DECODE, DECODE_FAILED, CONTEXT_POISONED; then nothing is held any more.
  EmbedVectors run(const std::vector<EmbedChunk> & chunks);

  /// Any thread; forgotten when the next run is announced.
  void abort() { is_aborted_.store(true); }
  /// JS thread, before a run is posted.
  void announce_run() { is_aborted_.store(false); }
  /// Any thread: it is going away, so all work ends at once from now on.
  void close() { is_closing_.store(true); }

 private:
  explicit Embedder(std::shared_ptr<Model> model) : model_(std::move(model)), tokenizer_(*model_) {}
  void open(const EmbedderRequest & request);
  void open_with(const EmbedderRequest & request, int32_t batch, bool can_split);
  bool is_causal() const;
  bool takes_last() const;
  void check_pooling() const;
  void check(const std::vector<EmbedChunk> & chunks) const;
  void drop_others(const std::vector<EmbedChunk> & chunks);
  void drop_all();
  void decode(const std::vector<EmbedChunk> & chunks);
  EmbedVectors read(const std::vector<EmbedChunk> & chunks);
  [[noreturn]] void poison(const char * why);
  bool must_stop() const { return is_aborted_.load() || is_closing_.load(); }

  std::shared_ptr<Model> model_;
  EmbedTokenizer tokenizer_;
  std::unique_ptr<LlamaContext> llama_;
  llama_memory_t memory_ = nullptr;  // null: the model keeps nothing between two calls
  EmbedderFacts facts_;
  size_t bytes_ = 0;
  std::vector<int32_t> next_;  // per sequence: tokens held
  std::atomic<bool> is_aborted_{false};
  std::atomic<bool> is_closing_{false};
  std::string poison_;
};

}  // namespace espalier
