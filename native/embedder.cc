// See embedder.h: opening an embedder, and reading texts with it.
#include "embedder.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "context_rows.h"
#include "llama/guard.h"

namespace espalier {

namespace {

constexpr int32_t sequences_most = 64;
constexpr int32_t sequences_recurrent = 16;  // each reserves a whole state
constexpr int32_t batch_most = 512;
constexpr int32_t batch_least = 64;
// llama.cpp keeps a row of logits for every row it reads, also for models that have none. The default batch keeps that
// within this many bytes.
constexpr int64_t logits_bytes_max = 128 << 20;

int32_t default_batch(const Model & model) {
  const int64_t row = static_cast<int64_t>(model.vocab_size()) * static_cast<int64_t>(sizeof(float));
  return static_cast<int32_t>(std::clamp<int64_t>(logits_bytes_max / row, batch_least, batch_most));
}

[[noreturn]] void refuse(const char * kind, const char * code, const std::string & message) {
  throw Failure(kind, code, message);
}

constexpr std::pair<Pooling, enum llama_pooling_type> poolings[] = {{Pooling::mean, LLAMA_POOLING_TYPE_MEAN},
                                                                    {Pooling::cls, LLAMA_POOLING_TYPE_CLS},
                                                                    {Pooling::last, LLAMA_POOLING_TYPE_LAST},
                                                                    {Pooling::rank, LLAMA_POOLING_TYPE_RANK}};

enum llama_pooling_type asked_of_llama(Pooling asked) {
  for (const auto & [pooling, theirs] : poolings) {
    if (pooling == asked) return theirs;
  }
  return LLAMA_POOLING_TYPE_UNSPECIFIED;
}

Pooling told_by_llama(enum llama_pooling_type told) {
  for (const auto & [pooling, theirs] : poolings) {
    if (theirs == told) return pooling;
  }
  return Pooling::as_model;
}

}  // namespace

const char * pooling_text(Pooling pooling) {
  switch (pooling) {
    case Pooling::mean: return "mean";
    case Pooling::cls: return "cls";
    case Pooling::last: return "last";
    case Pooling::rank: return "rank";
    case Pooling::as_model: return "none";
  }
  return "none";
}

std::shared_ptr<Embedder> Embedder::create(std::shared_ptr<Model> model, const EmbedderRequest & request) {
  if (model->is_vocab_only()) {
    refuse("UsageError", "MODEL_WITHOUT_WEIGHTS", "The model was opened for its vocabulary only; it can't read texts.");
  }
  const int32_t trained = llama().llama_model_n_ctx_train(model->handle());
  if (request.context.cells > trained) {
    // Beyond what a table of positions has ggml ends the process.
    refuse("UsageError", "CONTEXT_TOO_LONG",
           "contextTokens is " + std::to_string(request.context.cells) + "; the model was trained for " +
               std::to_string(trained) + ": expected at most that.");
  }
  const LogScope scope(model->log());
  std::shared_ptr<Embedder> embedder(new Embedder(std::move(model)));
  embedder->open(request);
  return embedder;
}

// Whether the model has a memory is known once it is open. With one, and where only the last token counts, a long text
// is read in several calls; otherwise all of it has to be in one.
void Embedder::open(const EmbedderRequest & request) {
  const int32_t text = request.context.cells;
  const int32_t batch = request.context.batch > 0 ? request.context.batch : default_batch(*model_);
  open_with(request, batch, false);
  check_pooling();
  const bool can_split = memory_ != nullptr && is_causal() && takes_last();
  if (can_split || text > batch) {
    llama_.reset();
    open_with(request, can_split ? batch : std::max(batch, text), can_split);
  }
  facts_.tokens_max = text;
  facts_.rows = batch;
  next_.assign(static_cast<size_t>(facts_.sequences), 0);
}

void Embedder::open_with(const EmbedderRequest & request, int32_t batch, bool can_split) {
  const bool is_recurrent = model_->memory() == MemoryKind::recurrent || model_->memory() == MemoryKind::hybrid;
  facts_.sequences = std::min(is_recurrent ? sequences_recurrent : sequences_most, batch);
  facts_.batch = batch;
  facts_.can_split = can_split;
  // One text may be half read, and others fill a batch beside it.
  const int32_t cells = can_split ? request.context.cells + batch : batch;
  llama_context_params params = context_params(request.context);
  params.n_ctx = static_cast<uint32_t>(cells);
  params.n_batch = static_cast<uint32_t>(batch);
  params.n_ubatch = params.n_batch;
  params.n_seq_max = static_cast<uint32_t>(facts_.sequences);
  params.embeddings = true;
  params.pooling_type = asked_of_llama(request.pooling);
  params.abort_callback = [](void * self) { return static_cast<Embedder *>(self)->must_stop(); };
  params.abort_callback_data = this;
  const std::string what = "An embedder for texts of " + std::to_string(request.context.cells) + " tokens";
  llama_ = std::make_unique<LlamaContext>(*model_, params, request.context.cores, what);
  memory_ = llama().llama_get_memory(llama_->handle());
  facts_.pooling = told_by_llama(llama().llama_pooling_type(llama_->handle()));
  const bool is_rank = facts_.pooling == Pooling::rank;
  facts_.dimensions = is_rank ? static_cast<int32_t>(llama().llama_model_n_cls_out(model_->handle()))
                              : llama().llama_model_n_embd_out(model_->handle());
  facts_.tells_probability = is_rank && takes_last();
  facts_.cache_bytes = llama_->memory().cache_bytes;
  facts_.work = llama_->memory().work;
  bytes_ = llama_->memory().bytes;
}

bool Embedder::is_causal() const {
  for (const auto & [key, value] : model_->metadata()) {
    if (key == model_->architecture() + ".attention.causal") return value != "false";
  }
  return true;
}

// llama.cpp's rerankers of these architectures look at the last token, and end in probabilities.
bool Embedder::takes_last() const {
  if (facts_.pooling == Pooling::last) return true;
  const std::string & name = model_->architecture();
  return facts_.pooling == Pooling::rank && (name == "qwen3" || name == "qwen3vl");
}

void Embedder::check_pooling() const {
  switch (facts_.pooling) {
    case Pooling::mean:
    case Pooling::cls:
    case Pooling::last: return;
    case Pooling::rank:
      if (!model_->has_rank_head()) {
        refuse("CapabilityError", "POOLING_UNSUPPORTED",
               "The model has no weights that make a score of a text; expected a reranker for pooling \"rank\".");
      }
      if (facts_.dimensions != 1 && !takes_last()) {
        refuse("CapabilityError", "POOLING_UNSUPPORTED",
               "The model sorts texts into " + std::to_string(facts_.dimensions) +
                   " classes; expected a reranker, which tells one score.");
      }
      return;
    case Pooling::as_model:
      refuse("CapabilityError", "POOLING_MISSING",
             "The model's file names no pooling, as those of text-generating models don't; expected an embedding "
             "model, or the option pooling: \"mean\", \"cls\" or \"last\".");
  }
}

std::vector<std::vector<int32_t>> Embedder::tokenize(const std::vector<std::string> & texts,
                                                     const std::string * query) const {
  const LogScope scope(model_->log());
  std::vector<std::vector<int32_t>> all;
  for (const std::string & text : texts) {
    if (is_closing_.load()) refuse("EngineError", "ABORTED_DECODE", "The embedder is going away.");
    all.push_back(query == nullptr ? tokenizer_.text(text) : tokenizer_.pair(*query, text));
  }
  return all;
}

EmbedVectors Embedder::run(const std::vector<EmbedChunk> & chunks) {
  const LogScope scope(model_->log());
  const CoreWork working(llama_->cores());
  if (!poison_.empty()) refuse("EngineError", "CONTEXT_POISONED", poison_);
  if (model_->is_measured_only()) {
    refuse("UsageError", "MODEL_WITHOUT_WEIGHTS", "The model was only measured; it can't read texts.");
  }
  check(chunks);
  try {
    return into_llama([&] {
      drop_others(chunks);
      try {
        decode(chunks);
        return read(chunks);
      } catch (const GgmlAbort &) {
        throw;
      } catch (...) {
        drop_all();
        throw;
      }
    });
  } catch (const GgmlAbort & error) {
    poison(error.what());
  }
}

// ggml's state is unknown from here: it is never entered again, not even to free it.
void Embedder::poison(const char * why) {
  poison_ = std::string("llama.cpp broke down in the middle of its work: ") + why +
            ". The embedder can't be used any more; load it again.";
  llama_->abandon();
  refuse("EngineError", "CONTEXT_POISONED", poison_);
}

// What only the state can tell; the rest was checked by the binding.
void Embedder::check(const std::vector<EmbedChunk> & chunks) const {
  for (size_t i = 0; i < chunks.size(); i++) {
    const EmbedChunk & chunk = chunks[i];
    const auto wrong = [&](const std::string & why) {
      refuse("UsageError", "POSITION_NOT_NEXT", "chunks[" + std::to_string(i) + "] " + why);
    };
    const int32_t held = next_[static_cast<size_t>(chunk.sequence)];
    if (chunk.position != 0 && chunk.position != held) {
      wrong("begins at position " + std::to_string(chunk.position) + "; expected 0 or " + std::to_string(held) + ".");
    }
    const auto end = static_cast<int64_t>(chunk.position) + static_cast<int64_t>(chunk.tokens.size());
    if (end > facts_.tokens_max) {
      wrong("ends at position " + std::to_string(end) + "; expected at most " + std::to_string(facts_.tokens_max) +
            ".");
    }
    if (!facts_.can_split && !chunk.is_last) wrong("is part of a text, and this model has to read it as a whole.");
  }
}

void Embedder::drop_others(const std::vector<EmbedChunk> & chunks) {
  std::vector<bool> goes_on(next_.size(), false);
  for (const EmbedChunk & chunk : chunks) goes_on[static_cast<size_t>(chunk.sequence)] = chunk.position > 0;
  for (size_t sequence = 0; sequence < next_.size(); sequence++) {
    if (next_[sequence] == 0 || goes_on[sequence]) continue;
    llama().llama_memory_seq_rm(memory_, static_cast<int32_t>(sequence), -1, -1);
    next_[sequence] = 0;
  }
}

void Embedder::drop_all() {
  if (memory_ != nullptr) llama().llama_memory_seq_rm(memory_, -1, -1, -1);
  std::fill(next_.begin(), next_.end(), 0);
}

void Embedder::decode(const std::vector<EmbedChunk> & chunks) {
  if (must_stop()) refuse("EngineError", "ABORTED_DECODE", "The reading of texts was aborted.");
  Rows rows;
  std::vector<std::vector<int32_t>> sequences;
  sequences.reserve(chunks.size());
  for (const EmbedChunk & chunk : chunks) {
    sequences.push_back({chunk.sequence});
    for (size_t i = 0; i < chunk.tokens.size(); i++) {
      rows.add(chunk.tokens[i], chunk.position + static_cast<int32_t>(i), sequences.back(), true);
    }
    if (memory_ != nullptr) {
      next_[static_cast<size_t>(chunk.sequence)] = chunk.position + static_cast<int32_t>(chunk.tokens.size());
    }
  }
  llama_->share_cores();
  take_llama_message();
  const int32_t outcome = llama().llama_decode(llama_->handle(), rows.batch());
  if (outcome == 0) {
    llama().llama_synchronize(llama_->handle());
    llama_->computed();
    return;
  }
  if (outcome == 2) refuse("EngineError", "ABORTED_DECODE", "The reading of texts was aborted.");
  const std::string said = take_llama_message();
  refuse("EngineError", "DECODE_FAILED",
         "llama_decode failed with " + std::to_string(outcome) + (said.empty() ? "." : ": " + said + "."));
}

EmbedVectors Embedder::read(const std::vector<EmbedChunk> & chunks) {
  EmbedVectors vectors;
  for (const EmbedChunk & chunk : chunks) {
    if (!chunk.is_last) continue;
    const float * told = llama().llama_get_embeddings_seq(llama_->handle(), chunk.sequence);
    if (told == nullptr) refuse("EngineError", "DECODE_FAILED", "llama.cpp told no vector for a text.");
    vectors.emplace_back(told, told + facts_.dimensions);
    const std::vector<float> & vector = vectors.back();
    if (!std::all_of(vector.begin(), vector.end(), [](float number) { return std::isfinite(number); })) {
      vectors.back().clear();
    }
    if (memory_ == nullptr) continue;
    llama().llama_memory_seq_rm(memory_, chunk.sequence, -1, -1);
    next_[static_cast<size_t>(chunk.sequence)] = 0;
  }
  return vectors;
}

Embedder::~Embedder() {
  // Now: while it ends it may still ask whether to stop.
  llama_.reset();
}

}  // namespace espalier
