// See model_tokenizer.h.
//
// The space rule. For SentencePiece vocabularies llama.cpp writes a space before the text and after every special
// token, as the original tokenizer does at the start of a document. In the middle of a text that space is wrong. So the
// text is tokenized behind an anchor: a character that no token of the vocabulary contains. Merges can't cross it, the
// tokens of " " + anchor come out first, always the same, and what follows them are the tokens of the text alone.
#include "model_tokenizer.h"

#include <algorithm>

#include "llama/api.h"
#include "llama/tokenize.h"

namespace espalier {

namespace {

constexpr std::string_view space_mark = "\xe2\x96\x81";  // U+2581

std::string piece_of(const llama_vocab * vocab, int32_t token) {
  std::string piece(64, '\0');
  int32_t length =
      llama().llama_token_to_piece(vocab, token, piece.data(), static_cast<int32_t>(piece.size()), 0, false);
  if (length < 0) {
    piece.resize(static_cast<size_t>(-length));
    length = llama().llama_token_to_piece(vocab, token, piece.data(), static_cast<int32_t>(piece.size()), 0, false);
  }
  piece.resize(static_cast<size_t>(std::max(length, 0)));
  // llama.cpp writes this where a token's text is no byte-level text; the text itself is what it stands for.
  const std::string text = llama().llama_vocab_get_text(vocab, token);
  if (piece.rfind("[UNK_BYTE_0x", 0) == 0 && text.rfind("[UNK_BYTE_0x", 0) != 0) return text;
  return piece;
}

/// Length of the UTF-8 character at the start of `text`; 0 where the bytes are none.
size_t character_length(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(0);
  if (first < 0x80) return 1;
  const size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (size_t i = 1; i < length; i++) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const bool overlong = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90);
  const bool outside = (first == 0xed && byte(1) > 0x9f) || (first == 0xf4 && byte(1) > 0x8f);
  return overlong || outside ? 0 : length;
}

/// How many bytes aren't white space, which llama.cpp may drop beside named tokens.
uint32_t visible_bytes(std::string_view text) {
  return static_cast<uint32_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return static_cast<uint8_t>(c) > ' '; }));
}

}  // namespace

VocabTokens read_vocab_tokens(const llama_vocab * vocab) {
  const int32_t size = llama().llama_vocab_n_tokens(vocab);
  VocabTokens tokens;
  tokens.bytes.resize(static_cast<size_t>(size));
  tokens.special.resize(static_cast<size_t>(size), false);
  constexpr int special_attributes = LLAMA_TOKEN_ATTR_CONTROL | LLAMA_TOKEN_ATTR_UNKNOWN | LLAMA_TOKEN_ATTR_UNUSED;
  for (int32_t token = 0; token < size; token++) {
    const size_t at = static_cast<size_t>(token);
    const bool is_eog = llama().llama_vocab_is_eog(vocab, token);
    if (is_eog) tokens.eog.push_back(token);
    const int attributes = llama().llama_vocab_get_attr(vocab, token);
    if (!is_eog && (attributes & special_attributes) == 0) tokens.bytes[at] = piece_of(vocab, token);
    tokens.special[at] = tokens.bytes[at].empty();
  }
  return tokens;
}

Tokenizer::Tokenizer(const llama_vocab * vocab, const VocabTokens & tokens)
    : vocab_(vocab), has_space_rule_(llama().llama_vocab_type(vocab) == LLAMA_VOCAB_TYPE_SPM) {
  byte_tokens_.fill(-1);
  visible_bytes_.reserve(tokens.bytes.size());
  for (size_t token = 0; token < tokens.bytes.size(); token++) {
    const std::string & bytes = tokens.bytes[token];
    const int attributes = llama().llama_vocab_get_attr(vocab, static_cast<int32_t>(token));
    // A token without bytes comes from its own text, and the unknown one from anything.
    const bool is_named = bytes.empty() && (attributes & LLAMA_TOKEN_ATTR_UNKNOWN) == 0;
    visible_bytes_.push_back(visible_bytes(
        is_named ? std::string_view(llama().llama_vocab_get_text(vocab, static_cast<int32_t>(token))) : bytes));
    if (bytes.size() == 1) {
      int32_t & known = byte_tokens_[static_cast<uint8_t>(bytes[0])];
      // A byte token is what a lone byte falls back to; a letter that is also a token comes second.
      if (known < 0 || (attributes & LLAMA_TOKEN_ATTR_BYTE) != 0) known = static_cast<int32_t>(token);
    }
    const bool is_control = (attributes & (LLAMA_TOKEN_ATTR_CONTROL | LLAMA_TOKEN_ATTR_UNKNOWN)) != 0;
    if (has_space_rule_ && (is_control || (attributes & LLAMA_TOKEN_ATTR_USER_DEFINED) != 0)) {
      const std::string text = llama().llama_vocab_get_text(vocab, static_cast<int32_t>(token));
      if (!text.empty()) named_.push_back({text, static_cast<int32_t>(token), is_control});
    }
  }
  std::stable_sort(named_.begin(), named_.end(),
                   [](const NamedToken & a, const NamedToken & b) { return a.text.size() > b.text.size(); });
  if (has_space_rule_) choose_anchor(tokens);
  replaces_space_mark_ = has_space_rule_ || reads_as_space(tokens);
}

// Whether the mark in a text becomes a space.
bool Tokenizer::reads_as_space(const VocabTokens & tokens) const {
  std::string read;
  try {
    for (const int32_t token : call_tokenizer(vocab_, space_mark, {})) read += tokens.bytes[static_cast<size_t>(token)];
  } catch (const Failure &) {
    return true;
  }
  return read != space_mark;
}

void Tokenizer::choose_anchor(const VocabTokens & tokens) {
  // Private-use and rarely used characters; any that no token contains will do.
  for (const char * candidate :
       {"\xf4\x8f\xbf\xbd", "\xf3\xb0\x84\x91", "\xee\x80\x93", "\xf0\x90\xb0\x8f", "\x01", "\n"}) {
    const std::string_view anchor = candidate;
    const auto contains = [&](const std::string & bytes) {
      return bytes.size() > anchor.size() && bytes.find(anchor) != std::string::npos;
    };
    if (std::any_of(tokens.bytes.begin(), tokens.bytes.end(), contains)) continue;
    try {
      anchor_tokens_ = call_tokenizer(vocab_, anchor, {});
    } catch (const Failure &) {
      continue;  // the vocabulary has no bytes to fall back to
    }
    anchor_ = candidate;
    adds_space_ = !anchor_tokens_.empty() && tokens.bytes[static_cast<size_t>(anchor_tokens_[0])][0] == ' ';
    return;
  }
}

std::string Tokenizer::text(int32_t token) const { return llama().llama_vocab_get_text(vocab_, token); }

std::vector<int32_t> Tokenizer::tokenize(std::string_view bytes, bool special) const {
  // Bytes that are no UTF-8 (a character cut in two) are spelled byte by byte; llama.cpp would replace them.
  // So is the mark a vocabulary writes for a space: in a text it would come out as a space.
  std::vector<int32_t> out;
  size_t from = 0;
  size_t at = 0;
  while (at < bytes.size()) {
    const size_t length = character_length(bytes.substr(at));
    const bool is_mark = replaces_space_mark_ && bytes.compare(at, space_mark.size(), space_mark) == 0;
    if (length > 0 && !is_mark) {
      at += length;
      continue;
    }
    append_text(bytes.substr(from, at - from), special, out);
    const size_t until = at + (is_mark ? space_mark.size() : 1);
    for (; at < until; at++) append_byte(static_cast<uint8_t>(bytes[at]), out);
    from = at;
  }
  append_text(bytes.substr(from), special, out);
  return out;
}

void Tokenizer::append_byte(uint8_t byte, std::vector<int32_t> & out) const {
  if (byte_tokens_[byte] < 0) {
    throw Failure("UsageError", "TOKENIZE_FAILED",
                  "The vocabulary has no token for the byte " + std::to_string(byte) + ".");
  }
  out.push_back(byte_tokens_[byte]);
}

void Tokenizer::append_text(std::string_view text, bool special, std::vector<int32_t> & out) const {
  if (text.empty()) return;
  if (has_space_rule_) return append_between_named(text, special, 0, out);
  const std::vector<int32_t> tokens = call_tokenizer(vocab_, text, {false, special});
  append_spelling(text, tokens.data(), tokens.size(), out);
}

// llama.cpp leaves out bytes that byte-level vocabularies have no token for.
void Tokenizer::append_spelling(std::string_view text, const int32_t * tokens, size_t count,
                                std::vector<int32_t> & out) const {
  uint64_t spelled = 0;
  for (size_t i = 0; i < count; i++) spelled += visible_bytes_[static_cast<size_t>(tokens[i])];
  const uint64_t wanted = visible_bytes(text);
  if (spelled != wanted) {
    throw Failure("UsageError", "TOKENIZE_FAILED",
                  "The vocabulary can't spell this text: its tokens have " + std::to_string(spelled) +
                      " bytes other than white space, the text has " + std::to_string(wanted) + ".");
  }
  out.insert(out.end(), tokens, tokens + count);
}

// Splits at the longest named token first, then at the next longest in the parts between, as llama.cpp does.
void Tokenizer::append_between_named(std::string_view text, bool special, size_t named_from,
                                     std::vector<int32_t> & out) const {
  for (size_t i = named_from; i < named_.size() && !text.empty(); i++) {
    const NamedToken & named = named_[i];
    if (named.is_control && !special) continue;
    const size_t found = text.find(named.text);
    if (found == std::string_view::npos) continue;
    append_between_named(text.substr(0, found), special, i + 1, out);
    out.push_back(named.token);
    return append_between_named(text.substr(found + named.text.size()), special, i, out);
  }
  if (!text.empty()) append_after_anchor(text, out);
}

void Tokenizer::append_after_anchor(std::string_view text, std::vector<int32_t> & out) const {
  const std::vector<int32_t> tokens = call_tokenizer(vocab_, anchor_ + std::string(text), {});
  const size_t cut = anchor_tokens_.size();
  if (tokens.size() < cut || !std::equal(anchor_tokens_.begin(), anchor_tokens_.end(), tokens.begin())) {
    throw Failure("UsageError", "TOKENIZE_FAILED",
                  "The vocabulary merges every character that could mark a text's start.");
  }
  append_spelling(text, tokens.data() + cut, tokens.size() - cut, out);
}

}  // namespace espalier
