// Bytes to tokens and tokens to bytes for one vocabulary. Decides how llama.cpp's tokenizer is called so that the bytes
// of the tokens are exactly the bytes given: no BOS or EOS, and no space put in front. Threads: immutable once made.
#pragma once

#include <llama.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "constraint/matcher.h"

namespace espalier {

/// Bytes of every token. Control, unknown, unused and end-of-generation tokens are special and have none.
VocabTokens read_vocab_tokens(const llama_vocab * vocab);

class Tokenizer {
 public:
  Tokenizer(const llama_vocab * vocab, const VocabTokens & tokens);
  /// Canonical tokens as in the middle of a text. `special`: the text of a control token becomes that token.
  /// Throws Failure TOKENIZE_FAILED where the vocabulary can't spell the bytes, also where llama.cpp drops them.
  std::vector<int32_t> tokenize(std::string_view bytes, bool special) const;
  /// The text a token has in the vocabulary, as templates write the special ones.
  std::string text(int32_t token) const;
  /// Whether llama.cpp writes a space in front of a text and behind each special token.
  bool adds_space() const { return adds_space_; }

 private:
  struct NamedToken {
    std::string text;
    int32_t token;
    bool is_control;
  };

  void append_text(std::string_view text, bool special, std::vector<int32_t> & out) const;
  void append_between_named(std::string_view text, bool special, size_t named_from, std::vector<int32_t> & out) const;
  void append_after_anchor(std::string_view text, std::vector<int32_t> & out) const;
  void append_spelling(std::string_view text, const int32_t * tokens, size_t count, std::vector<int32_t> & out) const;
  void append_byte(uint8_t byte, std::vector<int32_t> & out) const;
  void choose_anchor(const VocabTokens & tokens);
  bool reads_as_space(const VocabTokens & tokens) const;

  const llama_vocab * vocab_;
  bool has_space_rule_;      // SentencePiece: a space may be put in front of each text
  bool adds_space_ = false;  // and this model puts it there
  bool replaces_space_mark_ = false;
  std::string anchor_;  // written before a text and cut off again; empty: none works
  std::vector<int32_t> anchor_tokens_;
  std::vector<NamedToken> named_;  // tokens matched in a text before anything else, longest first
  std::array<int32_t, 256> byte_tokens_;
  std::vector<uint32_t> visible_bytes_;  // per token, how many bytes it spells other than white space
};

}  // namespace espalier
