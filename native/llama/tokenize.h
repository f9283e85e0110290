// The one way into llama.cpp's tokenizers. Decides that no text, however it is made, is more than the stack holds: many
// of them split text by std::regex, which in some C++ libraries steps into itself once for each character of a word, a
// row of signs or of spaces.
#pragma once

#include <llama.h>

#include <cstdint>
#include <string_view>
#include <vector>

namespace espalier {

struct TokenizeMarks {
  bool adds = false;   // BOS, EOS and the like around the text, where the vocabulary wants them
  bool reads = false;  // the texts of special tokens are these tokens
};

/// Throws Failure TOKENIZE_FAILED where the vocabulary can't spell the text, or it is too long; std::bad_alloc.
std::vector<int32_t> call_tokenizer(const llama_vocab * vocab, std::string_view text, TokenizeMarks marks);

}  // namespace espalier
