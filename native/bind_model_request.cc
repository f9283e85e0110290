// See bind_model_request.h. Decides the names of options; what they do, the model decides.
#include "bind_model_request.h"

#include <string>
#include <vector>

namespace espalier {

namespace {

std::vector<std::string> read_names(Js value, const Path & path) {
  const JsList list(value, path);
  std::vector<std::string> names;
  for (uint32_t i = 0; i < list.size(); i++) {
    const Path at = list.path_at(i);
    names.push_back(read_text(list.at(i), at));
  }
  return names;
}

std::vector<float> read_shares(Js value, const Path & path) {
  const JsList list(value, path);
  std::vector<float> shares;
  for (uint32_t i = 0; i < list.size(); i++) {
    const Path at = list.path_at(i);
    shares.push_back(static_cast<float>(read_number(list.at(i), at, {0, 1e9})));
  }
  return shares;
}

Placement read_placement(const JsObject & options) {
  const auto path = [&](const char * name) { return options.path_of(name); };
  Placement placement;
  placement.uses_devices = options.boolean("gpu");
  placement.choice.backend = options.text("backend");
  placement.layers = static_cast<int32_t>(options.whole("gpuLayers", {all_layers, 1 << 20}));
  placement.whole_on = options.text("mainDevice");
  if (const Js names = options.get("devices"); !names.is_null()) {
    placement.choice.names = read_names(names, path("devices"));
  }
  if (const Js shares = options.get("tensorSplit"); !shares.is_null()) {
    placement.shares = read_shares(shares, path("tensorSplit"));
  }
  return placement;
}

llama_load_mode load_mode(bool is_mapped, bool is_locked) {
  if (is_mapped) return is_locked ? LLAMA_LOAD_MODE_MMAP_MLOCK : LLAMA_LOAD_MODE_AUTO;
  return is_locked ? LLAMA_LOAD_MODE_MLOCK : LLAMA_LOAD_MODE_NONE;
}

}  // namespace

ModelRequest read_model_request(Js value) {
  const Path path{"options"};
  const JsObject options(value, path);
  ModelRequest request;
  request.path = options.text("path");
  request.is_vocab_only = options.boolean("vocabOnly");
  request.is_measured_only = options.boolean("measureOnly");
  request.placement = read_placement(options);
  request.adapters = read_names(options.get("adapters"), options.path_of("adapters"));
  request.load_mode = load_mode(options.boolean("mmap"), options.boolean("mlock"));
  return request;
}

}  // namespace espalier
