// Texts as the tokens an embedding model or a reranker reads: as llama.cpp's tokenizer gives them, with the special
// tokens the model wants around them. Decides that nothing in a caller's text becomes a special token.
// Threads: immutable once made. No N-API here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model.h"

namespace espalier {

class EmbedTokenizer {
 public:
  explicit EmbedTokenizer(const Model & model);
  /// Throws Failure UsageError TOKENIZE_FAILED, ModelError MODEL_DAMAGED.
  std::vector<int32_t> text(const std::string & text) const;
  /// A query and a document in the order and with the marks the model's reranking template has, or else between the
  /// vocabulary's own. Throws as `text`.
  std::vector<int32_t> pair(const std::string & query, const std::string & document) const;

 private:
  /// A special token, or text of the template.
  struct Piece {
    std::optional<int32_t> token;
    std::string text;
  };

  std::vector<int32_t> call(const std::string & text, bool adds_special, bool reads_special) const;
  std::vector<Piece> pieces_of(const std::string & prompt) const;
  std::optional<int32_t> own_token(int32_t token) const;

  const llama_vocab * vocab_;
  int32_t size_;
  std::vector<Piece> pair_template_;  // empty: the model has none
};

}  // namespace espalier
