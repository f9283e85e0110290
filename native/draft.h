// A small model beside a context's own, which reads the same texts and says what it takes to come next. Decides which
// of its few sequences reads which text, so that it reads little anew. Nothing here changes what is drawn: where it has
// no room, fails or breaks down, there are no more drafts, and that is all. No N-API here.
//
// Threads: the context's decode thread alone; it computes on the context's own threads, one call at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "llama_context.h"
#include "model.h"

namespace espalier {

class Draft {
 public:
  /// Generations it drafts for in one turn.
  static constexpr size_t sequences_max = 8;

  struct Options {
    llama_context_params params;  // but for sizes
    int32_t cells;                // of the context it drafts for
    int32_t vocab_size;           // of its model
    std::function<void(size_t rows, double micros)> on_call;
  };

  /// `host`: whose threads it computes on. Throws what LlamaContext throws, and ModelError MODEL_UNSUPPORTED.
  Draft(const Model & model, LlamaContext & host, Options options);
  ~Draft();
  Draft(const Draft &) = delete;
  Draft & operator=(const Draft &) = delete;

  const ContextMemory & memory() const { return llama_->memory(); }
  bool is_usable() const { return is_usable_; }
  void give_up() { is_usable_ = false; }

  /// A few calls, so that the first one that counts has been measured.
  void warm_up();

  /// Sequences that were taken are free again.
  void begin_turn() { turn_++; }
  /// The sequence that is to read the text: one that holds all but `rows_max` tokens of it, or a fresh one for its last
  /// `rows_max`. None: it has no room, or its vocabulary not all of the tokens.
  std::optional<size_t> take(const std::vector<int32_t> & text, size_t rows_max);
  /// Its text goes on.
  void add(size_t sequence, int32_t token) { sequences_[sequence].unread.push_back(token); }
  /// Reads what these have not read, in one call where that is possible. False: it could not, or `stops` said so.
  bool read(const std::vector<size_t> & sequences, const std::function<bool()> & stops);
  /// After the last token of a sequence that was read, one for each token of the context's vocabulary.
  float * logits(size_t sequence);

 private:
  /// Tokens of a text from `start` on, as its cells have them; then those it has yet to read.
  struct Sequence {
    size_t start = 0;
    std::vector<int32_t> tokens;
    std::vector<int32_t> unread;
    uint64_t used = 0;  // in this turn
    int32_t row = -1;   // of the last call, with its logits
  };
  struct Place {
    size_t sequence;
    size_t common;
  };

  static size_t agreement(const Sequence & sequence, const std::vector<int32_t> & text);
  Place nearest(const std::vector<int32_t> & text) const;
  size_t oldest() const;
  void truncate(size_t sequence, size_t count);
  bool knows(const std::vector<int32_t> & text, size_t from) const;
  bool read_call(const std::vector<size_t> & sequences, bool is_last);
  int32_t decode(const std::vector<size_t> & sequences, const std::vector<size_t> & counts);
  bool make_room(const std::vector<size_t> & sequences);
  void break_down();

  LlamaContext * host_;
  std::unique_ptr<LlamaContext> llama_;
  llama_memory_t memory_ = nullptr;
  std::function<void(size_t rows, double micros)> on_call_;
  size_t cells_ = 0;
  size_t batch_ = 0;
  size_t vocab_own_ = 0;
  std::vector<float> row_;  // where its vocabulary is the smaller one
  std::vector<Sequence> sequences_;
  uint64_t turn_ = 0;
  bool is_usable_ = true;
};

}  // namespace espalier
