// See embed_tokens.h. Decides how llama.cpp is asked, and where the marks of a pair stand.
#include "embed_tokens.h"

#include <string_view>

#include "llama/tokenize.h"

namespace espalier {

namespace {

constexpr std::string_view query_place = "{query}";
constexpr std::string_view document_place = "{document}";

// In one pass: a query may hold the letters of a place itself.
std::string filled(std::string_view pattern, const std::string & query, const std::string & document) {
  std::string text;
  while (!pattern.empty()) {
    const size_t brace = pattern.find('{');
    text += pattern.substr(0, brace);
    if (brace == std::string_view::npos) break;
    pattern.remove_prefix(brace);
    const bool is_query = pattern.substr(0, query_place.size()) == query_place;
    const bool is_document = pattern.substr(0, document_place.size()) == document_place;
    if (is_query) text += query;
    else if (is_document) text += document;
    else text += pattern.front();
    pattern.remove_prefix(is_query ? query_place.size() : is_document ? document_place.size() : 1);
  }
  return text;
}

void append(std::vector<int32_t> & tokens, const std::vector<int32_t> & more) {
  tokens.insert(tokens.end(), more.begin(), more.end());
}

}  // namespace

EmbedTokenizer::EmbedTokenizer(const Model & model)
    : vocab_(llama().llama_model_get_vocab(model.handle())), size_(model.vocab_size()) {
  const char * prompt = llama().llama_model_chat_template(model.handle(), "rerank");
  if (prompt != nullptr) pair_template_ = pieces_of(prompt);
}

std::vector<int32_t> EmbedTokenizer::call(const std::string & text, bool adds_special, bool reads_special) const {
  std::vector<int32_t> tokens = call_tokenizer(vocab_, text, {adds_special, reads_special});
  for (const int32_t token : tokens) {
    if (!own_token(token)) {
      throw Failure("ModelError", "MODEL_DAMAGED",
                    "The model's tokenizer uses token " + std::to_string(token) + "; its vocabulary has 0 to " +
                        std::to_string(size_ - 1) + ".");
    }
  }
  return tokens;
}

std::optional<int32_t> EmbedTokenizer::own_token(int32_t token) const {
  return token >= 0 && token < size_ ? std::optional<int32_t>(token) : std::nullopt;
}

// llama.cpp looks for the texts of special tokens first and spells what is left between them.
std::vector<EmbedTokenizer::Piece> EmbedTokenizer::pieces_of(const std::string & prompt) const {
  std::vector<Piece> pieces;
  size_t from = 0;
  constexpr int special = LLAMA_TOKEN_ATTR_CONTROL | LLAMA_TOKEN_ATTR_USER_DEFINED;
  for (const int32_t token : call(prompt, false, true)) {
    if ((llama().llama_vocab_get_attr(vocab_, token) & special) == 0) continue;
    const std::string text = llama().llama_vocab_get_text(vocab_, token);
    const size_t at = text.empty() ? std::string::npos : prompt.find(text, from);
    if (at == std::string::npos) continue;
    if (at > from) pieces.push_back({std::nullopt, prompt.substr(from, at - from)});
    pieces.push_back({token, {}});
    from = at + text.size();
  }
  if (from < prompt.size()) pieces.push_back({std::nullopt, prompt.substr(from)});
  return pieces;
}

std::vector<int32_t> EmbedTokenizer::text(const std::string & text) const { return call(text, true, false); }

std::vector<int32_t> EmbedTokenizer::pair(const std::string & query, const std::string & document) const {
  std::vector<int32_t> tokens;
  for (const Piece & piece : pair_template_) {
    if (piece.token) tokens.push_back(*piece.token);
    else append(tokens, call(filled(piece.text, query, document), false, false));
  }
  if (!pair_template_.empty()) return tokens;
  const auto bos = own_token(llama().llama_vocab_bos(vocab_));
  const auto eos = own_token(llama().llama_vocab_eos(vocab_));
  const auto sep = own_token(llama().llama_vocab_sep(vocab_));
  const bool adds_eos = eos && llama().llama_vocab_get_add_eos(vocab_);
  const bool adds_sep = sep && llama().llama_vocab_get_add_sep(vocab_);
  // Files that name no end of a text have a separator behind each, as BERT was trained.
  const auto end = adds_eos || !adds_sep ? eos : sep;
  if (bos && llama().llama_vocab_get_add_bos(vocab_)) tokens.push_back(*bos);
  append(tokens, call(query, false, false));
  if (end) tokens.push_back(*end);
  if (adds_eos && adds_sep) tokens.push_back(*sep);
  append(tokens, call(document, false, false));
  if (end) tokens.push_back(*end);
  return tokens;
}

}  // namespace espalier
