// See draft_model.h. Decides when two vocabularies are one.
#include "draft_model.h"

#include <algorithm>
#include <string>

#include "model_file.h"

namespace espalier {

namespace {

/// What kind of token it is; the others say how texts are split, which is the model's own tokenizer's to do.
constexpr uint32_t kinds = LLAMA_TOKEN_ATTR_UNKNOWN | LLAMA_TOKEN_ATTR_UNUSED | LLAMA_TOKEN_ATTR_NORMAL |
                           LLAMA_TOKEN_ATTR_CONTROL | LLAMA_TOKEN_ATTR_USER_DEFINED | LLAMA_TOKEN_ATTR_BYTE;

const char * kind_text(uint32_t kind) {
  if ((kind & LLAMA_TOKEN_ATTR_UNKNOWN) != 0) return "an unknown one";
  if ((kind & LLAMA_TOKEN_ATTR_UNUSED) != 0) return "an unused one";
  if ((kind & LLAMA_TOKEN_ATTR_CONTROL) != 0) return "a control token";
  if ((kind & LLAMA_TOKEN_ATTR_USER_DEFINED) != 0) return "a user's own";
  if ((kind & LLAMA_TOKEN_ATTR_BYTE) != 0) return "a byte";
  return "an ordinary one";
}

uint32_t kind_of(const llama_vocab * vocab, int32_t token) {
  return static_cast<uint32_t>(llama().llama_vocab_get_attr(vocab, token)) & kinds;
}

std::string shown_text(const llama_vocab * vocab, int32_t token) {
  const std::string text = llama().llama_vocab_get_text(vocab, token);
  constexpr size_t shown_max = 40;
  if (text.size() <= shown_max) return "\"" + text + "\"";
  size_t until = shown_max;
  while (until > 0 && (static_cast<unsigned char>(text[until]) & 0xc0) == 0x80) until--;
  return "\"" + text.substr(0, until) + "...\"";
}

/// The first difference of the two, for a sentence; empty: there is none.
std::string difference(const llama_vocab * model, const llama_vocab * draft) {
  const int32_t count = llama().llama_vocab_n_tokens(model);
  const int32_t count_draft = llama().llama_vocab_n_tokens(draft);
  for (int32_t token = 0; token < std::min(count, count_draft); token++) {
    const std::string text = llama().llama_vocab_get_text(model, token);
    const std::string named = "token " + std::to_string(token) + " is ";
    if (text != llama().llama_vocab_get_text(draft, token))
      return named + shown_text(draft, token) + " in the draft and " + shown_text(model, token) + " in the model";
    const uint32_t kind = kind_of(model, token);
    const uint32_t kind_draft = kind_of(draft, token);
    if (kind != kind_draft)
      return named + kind_text(kind_draft) + " in the draft and " + kind_text(kind) + " in the model";
  }
  // Sizes of one family are padded with tokens that nobody uses.
  const llama_vocab * longer = count > count_draft ? model : draft;
  for (int32_t token = std::min(count, count_draft); token < std::max(count, count_draft); token++) {
    if ((kind_of(longer, token) & LLAMA_TOKEN_ATTR_UNUSED) != 0) continue;
    return "the number of tokens is " + std::to_string(count_draft) + " in the draft and " + std::to_string(count) +
           " in the model";
  }
  return "";
}

/// Encoders say so in their files: llama.cpp knows before there is a context only that they have no decoder's cells.
bool is_encoder(const Model & model) {
  const auto entries = model.metadata();
  return std::any_of(entries.begin(), entries.end(), [](const auto & entry) {
    const std::string ending = ".attention.causal";
    const auto & [key, value] = entry;
    return value == "false" && key.size() > ending.size() && key.rfind(ending) == key.size() - ending.size();
  });
}

std::string one_sentence(const std::string & message) {
  std::string inner = message;
  if (inner.rfind("The ", 0) == 0) inner[0] = 't';
  return "The option draft names no model that can be opened: " + inner;
}

}  // namespace

std::shared_ptr<Model> load_draft(const ModelRequest & request) {
  ModelRequest own = request;
  own.path = request.draft;
  own.draft.clear();
  own.adapters.clear();
  own.on_progress = nullptr;
  try {
    // As many of its layers leave the CPU as of the model's, or all it has.
    const int32_t layers = check_model_file(own.path).layers;
    if (layers > 0 && own.placement.layers > layers + 1) own.placement.layers = layers + 1;
    return Model::load(own);
  } catch (const Failure & failure) {
    if (failure.kind != "ModelError") throw;
    throw Failure(failure.kind, failure.code, one_sentence(failure.message));
  }
}

void check_draft(const Model & model, const Model & draft, const ModelRequest & request) {
  const std::string named = "The draft model " + request.draft;
  if (is_encoder(draft)) {
    throw Failure("ModelError", "MODEL_UNSUPPORTED",
                  named +
                      " is an encoder, which reads whole texts and generates none; expected a text-generating "
                      "decoder.");
  }
  for (const Model * one : {&draft, &model}) {
    if (one->memory() == MemoryKind::full) continue;
    throw Failure("ModelError", "DRAFT_UNSUPPORTED",
                  (one == &draft ? named : "The model file " + request.path + ", for which another is to draft,") +
                      " has a memory of the kind \"" + memory_text(one->memory()) +
                      "\", which can't drop the last tokens of a text; expected \"full\" memory in both, or no draft.");
  }
  const auto vocab_of = [](const Model & one) { return llama().llama_model_get_vocab(one.handle()); };
  const std::string differs = difference(vocab_of(model), vocab_of(draft));
  if (differs.empty()) return;
  throw Failure("ModelError", "DRAFT_MISMATCH",
                named + " has another vocabulary than the model " + request.path + ": " + differs +
                    "; expected a model of the same family as option draft.");
}

}  // namespace espalier
