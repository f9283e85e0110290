// See adapter_file.h. A weight W of the model with sizes [in, out] is changed by the pair
//
//   W.lora_a [in, rank]   W.lora_b [rank, out]          of embeddings [in, tokens]:   a [rank, tokens]   b [rank, in]
#include "adapter_file.h"

#include <cmath>
#include <optional>

#include "failure.h"
#include "gguf_file.h"
#include "llama/api.h"

namespace espalier {

namespace {

using Sizes = std::array<uint64_t, 4>;

struct Pair {
  std::optional<Sizes> a;
  std::optional<Sizes> b;
};

bool ends_with(const std::string & text, const std::string & ending) {
  return text.size() >= ending.size() && text.compare(text.size() - ending.size(), ending.size(), ending) == 0;
}

std::string shown(const Sizes & sizes) {
  std::string text = std::to_string(sizes[0]) + " x " + std::to_string(sizes[1]);
  for (size_t i = 2; i < 4 && (sizes[2] > 1 || sizes[3] > 1); i++) text += " x " + std::to_string(sizes[i]);
  return text;
}

class Check {
 public:
  Check(const std::string & path, const std::string & model_path, const ModelFileFacts & model)
      : path_(path), model_path_(model_path), model_(model), file_(read_gguf_file(path, {"ADAPTER", "adapter"})) {}

  uint64_t run() const {
    check_kind();
    std::map<std::string, Pair> pairs;
    uint64_t bytes = 0;
    for (const GgufTensor & tensor : file_.tensors) {
      bytes += tensor.bytes;
      put(tensor, pairs);
    }
    if (pairs.empty()) refuse("UNSUPPORTED", "changes no weight; pairs of tensors *.lora_a and *.lora_b are expected");
    for (const auto & [name, pair] : pairs) check_pair(name, pair);
    return bytes;
  }

 private:
  [[noreturn]] void refuse(const char * code, const std::string & what) const {
    throw Failure("ModelError", std::string("ADAPTER_") + code, "The adapter " + path_ + " " + what + ".");
  }

  void expect_text(const char * key, const std::string & expected) const {
    const auto found = file_.texts.find(key);
    if (found != file_.texts.end() && found->second == expected) return;
    const std::string seen = found == file_.texts.end() ? "no " + std::string(key)
                                                        : std::string(key) + " \"" + found->second.substr(0, 60) + "\"";
    refuse("UNSUPPORTED", "has " + seen + "; a LoRA in GGUF has \"" + expected + "\"");
  }

  void check_kind() const {
    expect_text("general.type", "adapter");
    expect_text("adapter.type", "lora");
    const std::string & architecture = file_.texts.at("general.architecture");
    if (architecture != model_.architecture) {
      refuse("MISMATCH", "is for models of the architecture \"" + architecture + "\"; the model " + model_path_ +
                             " is of \"" + model_.architecture + "\"");
    }
    if (file_.arrays.count("adapter.alora.invocation_tokens") > 0) {
      refuse("UNSUPPORTED", "takes effect behind certain tokens only (aLoRA); one that always does is expected");
    }
    const char * alpha = "adapter.lora.alpha";
    const auto number = file_.numbers.find(alpha);
    const bool is_there = number != file_.numbers.end() || file_.texts.count(alpha) + file_.arrays.count(alpha) > 0;
    const bool is_sound =
        number != file_.numbers.end() && file_.singles.count(alpha) > 0 && std::isfinite(number->second);
    if (is_there && !is_sound) refuse("DAMAGED", "has an adapter.lora.alpha that is no finite float32");
  }

  void put(const GgufTensor & tensor, std::map<std::string, Pair> & pairs) const {
    const bool is_a = ends_with(tensor.name, ".lora_a");
    if (!is_a && !ends_with(tensor.name, ".lora_b")) {
      // llama.cpp passes over norms, without which most adapters do what they should.
      if (ends_with(tensor.name, "_norm.weight")) return;
      refuse("UNSUPPORTED", "has a tensor " + tensor.name + "; *.lora_a and *.lora_b are expected");
    }
    // What every backend multiplies by.
    const bool is_known = tensor.type == GGML_TYPE_F32 || tensor.type == GGML_TYPE_F16 ||
                          tensor.type == GGML_TYPE_BF16 || tensor.type == GGML_TYPE_Q8_0;
    if (!is_known) {
      refuse("UNSUPPORTED", "has a tensor " + tensor.name + " of type " + std::to_string(tensor.type) +
                                "; F32, F16, BF16 or Q8_0 is expected");
    }
    Pair & pair = pairs[tensor.name.substr(0, tensor.name.size() - 7)];
    std::optional<Sizes> & place = is_a ? pair.a : pair.b;
    if (place) refuse("DAMAGED", "has the tensor " + tensor.name + " twice");
    place = tensor.sizes;
  }

  void check_pair(const std::string & name, const Pair & pair) const {
    if (!pair.a || !pair.b) {
      refuse("DAMAGED", "has " + name + (pair.a ? ".lora_a without .lora_b" : ".lora_b without .lora_a"));
    }
    const Sizes & a = *pair.a;
    const Sizes & b = *pair.b;
    const bool is_embedding = ends_with(name, "token_embd.weight");
    // llama.cpp would multiply by the pair the wrong way round there, and breaks down.
    if (is_embedding && model_.shapes.count("output.weight") == 0) {
      refuse("UNSUPPORTED", "changes " + name + ", which is also the output of the model " + model_path_ +
                                "; an adapter of other weights is expected");
    }
    const uint64_t rank = b[0];
    const Sizes weight = {is_embedding ? b[1] : a[0], is_embedding ? a[1] : b[1], b[2], b[3]};
    if ((is_embedding ? a[0] : a[1]) != rank || a[2] != b[2] || a[3] != b[3]) {
      refuse("DAMAGED", "has " + name + " as " + shown(a) + " and " + shown(b) + ", which do not multiply");
    }
    const auto found = model_.shapes.find(name);
    if (found == model_.shapes.end()) {
      if (model_.is_whole) {
        refuse("MISMATCH", "changes " + name + ", which the model " + model_path_ +
                               " has not; an adapter made for this very model is expected");
      }
      return;
    }
    if (found->second == weight) return;
    refuse("MISMATCH", "changes " + name + " of sizes " + shown(weight) + "; in the model " + model_path_ + " it has " +
                           shown(found->second));
  }

  const std::string & path_;
  const std::string & model_path_;
  const ModelFileFacts & model_;
  const GgufFile file_;
};

}  // namespace

uint64_t check_adapter_file(const std::string & path, const std::string & model_path, const ModelFileFacts & model) {
  return Check(path, model_path, model).run();
}

}  // namespace espalier
