// See bind_model_request.h. Decides the names of options; what they do, the model decides.
#include "bind_model_request.h"

#include <vector>

namespace espalier {

namespace {

float read_share(Js value, const Path & path) { return static_cast<float>(read_number(value, path, {0, 1e9})); }

Placement read_placement(const JsObject & options) {
  Placement placement;
  placement.uses_devices = options.boolean("gpu");
  placement.choice.backend = options.text("backend");
  placement.layers = static_cast<int32_t>(options.whole("gpuLayers", {all_layers, 1 << 20}));
  placement.whole_on = options.text("mainDevice");
  placement.choice.names = options.list_or_null("devices", read_text);
  placement.shares = options.list_or_null("tensorSplit", read_share).value_or(std::vector<float>());
  return placement;
}

llama_load_mode load_mode(bool is_mapped, bool is_locked) {
  if (is_mapped) return is_locked ? LLAMA_LOAD_MODE_MMAP_MLOCK : LLAMA_LOAD_MODE_AUTO;
  return is_locked ? LLAMA_LOAD_MODE_MLOCK : LLAMA_LOAD_MODE_NONE;
}

}  // namespace

ModelRequest read_model_request(Js value) {
  const JsObject options(value, {"options"});
  ModelRequest request;
  request.path = options.text("path");
  request.is_vocab_only = options.boolean("vocabOnly");
  request.is_measured_only = options.boolean("measureOnly");
  request.placement = read_placement(options);
  request.adapters = options.list("adapters", read_text);
  request.draft = options.text("draft");
  request.load_mode = load_mode(options.boolean("mmap"), options.boolean("mlock"));
  return request;
}

}  // namespace espalier
