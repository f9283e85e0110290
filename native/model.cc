// Loading and facts of a model, see model.h. Decides which error a refusal by llama.cpp becomes.
#include "model.h"

#include <algorithm>
#include <new>

#include "adapter_file.h"
#include "draft_model.h"
#include "llama/guard.h"
#include "model_file.h"

namespace espalier {

namespace {

struct Progress {
  const ModelRequest & request;
  bool was_cancelled = false;
};

bool on_progress(float progress, void * user) {
  auto & state = *static_cast<Progress *>(user);
  if (state.request.is_cancelled != nullptr && state.request.is_cancelled->load()) {
    state.was_cancelled = true;
    return false;
  }
  if (state.request.on_progress) state.request.on_progress(progress);
  return true;
}

[[noreturn]] void throw_cancelled() { throw Failure("AbortError", "ABORTED", "Loading the model was aborted."); }

/// llama.cpp catches what it throws while it loads, and only logs the words: then the file is not to blame.
bool is_about_memory(const std::string & why) {
  for (const char * words : {"bad_alloc", "unable to allocate", "insufficient memory"}) {
    if (why.find(words) != std::string::npos) return true;
  }
  return false;
}

[[noreturn]] void throw_refused(const ModelRequest & request, const ModelFileFacts & facts, const std::string & why) {
  if (is_about_memory(why)) throw std::bad_alloc();
  if (why.find("unknown model architecture") != std::string::npos) {
    throw Failure("ModelError", "MODEL_ARCHITECTURE_UNKNOWN",
                  "The model file " + request.path + " is of the architecture \"" + facts.architecture +
                      "\", which this llama.cpp (" + llama().llama_version() + ") does not know.");
  }
  throw Failure("ModelError", "MODEL_DAMAGED", "llama.cpp refuses the model file " + request.path + ": " + why + ".");
}

/// What llama.cpp is told of a placement; the lists live as long as it is loading.
struct Placed {
  std::vector<Device> devices;
  std::vector<ggml_backend_dev_t> handles;  // ends with null
  std::vector<float> shares;
  int32_t layers = 0;
  int32_t whole_on = -1;
};

std::string count_of(size_t count, const char * what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

void check_layers(int32_t layers, const ModelFileFacts & facts) {
  // A file that does not say how many it has is told by llama.cpp what is wrong with it.
  if (layers == all_layers || facts.layers == 0 || layers <= facts.layers + 1) return;
  throw Failure("UsageError", "LAYERS_TOO_MANY",
                "gpuLayers is " + std::to_string(layers) + "; the model has " +
                    count_of(static_cast<size_t>(facts.layers), "layer") + " and its output: expected at most " +
                    std::to_string(facts.layers + 1) + ", or \"all\".");
}

Placed place(const Placement & asked, const ModelFileFacts & facts) {
  check_layers(asked.layers, facts);
  Placed placed;
  if (asked.uses_devices && asked.layers != 0) placed.devices = choose_devices(asked.choice);
  for (const Device & device : placed.devices) placed.handles.push_back(device.handle);
  placed.handles.push_back(nullptr);
  const size_t count = placed.devices.size();
  if (!asked.shares.empty() && asked.shares.size() != count) {
    throw Failure("UsageError", "ARGUMENT_INVALID",
                  "tensorSplit has " + count_of(asked.shares.size(), "number") + " for " + count_of(count, "device") +
                      "; expected one each.");
  }
  if (!asked.whole_on.empty()) {
    const auto named = [&](const Device & device) { return device.name == asked.whole_on; };
    const auto found = std::find_if(placed.devices.begin(), placed.devices.end(), named);
    if (found == placed.devices.end()) {
      throw Failure("UsageError", "DEVICE_UNKNOWN",
                    "mainDevice is \"" + asked.whole_on + "\", which is none of the " + count_of(count, "device") +
                        " the model may use; devices() lists those there are.");
    }
    placed.whole_on = static_cast<int32_t>(found - placed.devices.begin());
  }
  placed.shares = asked.shares;
  if (!placed.shares.empty()) placed.shares.resize(std::max(count, llama().llama_max_devices()), 0.0f);
  placed.layers = count == 0 ? 0 : asked.layers;
  return placed;
}

llama_model * load_handle(const ModelRequest & request, const ModelFileFacts & facts, Placed & placed) {
  Progress progress{request};
  llama_model_params params = llama().llama_model_default_params();
  params.vocab_only = request.is_vocab_only;
  params.no_alloc = request.is_measured_only;
  params.progress_callback = on_progress;
  params.progress_callback_user_data = &progress;
  params.devices = placed.handles.data();
  params.n_gpu_layers = placed.layers;
  params.load_mode = request.is_measured_only ? LLAMA_LOAD_MODE_NONE : request.load_mode;
  if (!placed.shares.empty()) params.tensor_split = placed.shares.data();
  if (placed.whole_on >= 0) {
    params.split_mode = LLAMA_SPLIT_MODE_NONE;
    params.main_gpu = placed.whole_on;
  }
  take_llama_message();
  try {
    llama_model * handle = guarded([&] { return llama().llama_model_load_from_file(request.path.c_str(), params); });
    if (handle != nullptr) return handle;
  } catch (const std::exception & error) {
    throw_refused(request, facts, error.what());
  }
  if (progress.was_cancelled) throw_cancelled();
  const std::string said = take_llama_message();
  throw_refused(request, facts, said.empty() ? "it gives no reason" : said);
}

MemoryKind memory_kind(const llama_model * handle) {
  if (llama().llama_model_is_recurrent(handle)) return MemoryKind::recurrent;
  if (llama().llama_model_is_hybrid(handle)) return MemoryKind::hybrid;
  return llama().llama_model_n_swa(handle) > 0 ? MemoryKind::window : MemoryKind::full;
}

void check_fit(const llama_model * handle, const std::string & path) {
  const auto refuse = [&](const char * why) {
    throw Failure("ModelError", "MODEL_UNSUPPORTED",
                  "The model file " + path + " " + why + "; a text-generating decoder is expected.");
  };
  const llama_vocab * vocab = llama().llama_model_get_vocab(handle);
  if (llama().llama_vocab_type(vocab) == LLAMA_VOCAB_TYPE_NONE || llama().llama_vocab_n_tokens(vocab) <= 0) {
    refuse("has no vocabulary");
  }
  if (llama().llama_model_has_encoder(handle)) refuse("holds an encoder");
  if (!llama().llama_model_has_decoder(handle)) refuse("holds no decoder");
  if (llama().llama_model_is_diffusion(handle)) refuse("holds a diffusion model");
}

}  // namespace

const char * memory_text(MemoryKind memory) {
  switch (memory) {
    case MemoryKind::full: return "full";
    case MemoryKind::window: return "window";
    case MemoryKind::recurrent: return "recurrent";
    case MemoryKind::hybrid: return "hybrid";
  }
  return "full";
}

Model::Model(llama_model * handle, bool is_vocab_only)
    : handle_(handle), vocab_(llama().llama_model_get_vocab(handle)), is_vocab_only_(is_vocab_only) {}

Model::~Model() {
  const LogScope scope(log_.get());
  try {
    guarded([&] { llama().llama_model_free(handle_); });
  } catch (...) {
    // Nothing is left to do with a model that can't be freed.
  }
}

std::shared_ptr<Model> Model::load(const ModelRequest & request) {
  const LogScope scope(request.log.get());
  const ModelFileFacts facts = check_model_file(request.path);
  if (!request.is_vocab_only && facts.tensors == 0) {
    throw Failure("ModelError", "MODEL_WITHOUT_WEIGHTS",
                  "The model file " + request.path +
                      " holds a vocabulary and no weights; it can only be opened for its vocabulary.");
  }
  const char * beside = !request.adapters.empty() ? "adapters are" : !request.draft.empty() ? "a draft is" : nullptr;
  if (request.is_vocab_only && beside != nullptr) {
    throw Failure("UsageError", "MODEL_WITHOUT_WEIGHTS",
                  std::string("The model is opened for its vocabulary only and ") + beside +
                      " given; expected one or the other.");
  }
  // Before the weights are read, which may take long.
  std::vector<Adapter> adapters;
  for (const std::string & path : request.adapters) {
    adapters.push_back({path, check_adapter_file(path, request.path, facts)});
  }
  if (request.is_cancelled != nullptr && request.is_cancelled->load()) throw_cancelled();
  Placed placed = place(request.placement, facts);
  std::shared_ptr<Model> draft = request.draft.empty() ? nullptr : load_draft(request);
  std::shared_ptr<Model> model(new Model(load_handle(request, facts, placed), request.is_vocab_only));
  model->is_measured_only_ = request.is_measured_only;
  model->log_ = request.log;
  for (const Device & device : placed.devices) model->devices_.push_back(device.name);
  model->architecture_ = facts.architecture;
  model->has_rank_head_ = facts.has_rank_head;
  model->layers_ = llama().llama_model_n_layer(model->handle_) + 1;
  model->layers_on_devices_ = placed.layers == all_layers ? model->layers_ : placed.layers;
  check_fit(model->handle_, request.path);
  model->adapters_ = std::move(adapters);
  if (!request.is_measured_only) model->load_adapters(request);
  model->memory_ = memory_kind(model->handle_);
  model->vocab_size_ = llama().llama_vocab_n_tokens(model->vocab_);
  if (draft) check_draft(*model, *draft, request);
  model->draft_ = std::move(draft);
  VocabTokens tokens;
  try {
    tokens = guarded([&] { return read_vocab_tokens(model->vocab_); });
    model->tokenizer_ = std::make_unique<Tokenizer>(model->vocab_, tokens);
  } catch (const std::exception & error) {
    throw_refused(request, facts, error.what());
  }
  model->trie_ = build_token_trie(std::move(tokens));
  if (request.is_cancelled != nullptr && request.is_cancelled->load()) throw_cancelled();
  return model;
}

// Before there is a context: one is made with room for what adapters add to its graphs.
void Model::load_adapters(const ModelRequest & request) {
  for (Adapter & adapter : adapters_) {
    std::string why;
    take_llama_message();
    try {
      adapter.handle = guarded([&] { return llama().llama_adapter_lora_init(handle_, adapter.path.c_str()); });
    } catch (const std::exception & error) {
      why = error.what();
    }
    if (adapter.handle == nullptr) {
      if (why.empty()) why = take_llama_message();
      if (is_about_memory(why)) throw std::bad_alloc();
      throw Failure("ModelError", "ADAPTER_DAMAGED",
                    "llama.cpp refuses the adapter " + adapter.path + " for the model " + request.path + ": " +
                        (why.empty() ? "it gives no reason" : why) + ".");
    }
    if (request.is_cancelled != nullptr && request.is_cancelled->load()) throw_cancelled();
  }
}

uint64_t Model::bytes() const {
  uint64_t sum = llama().llama_model_size(handle_);
  for (const Adapter & adapter : adapters_) sum += adapter.bytes;
  if (draft_) sum += draft_->bytes();
  return sum;
}

std::optional<int32_t> Model::own_token(llama_token token) const {
  if (token < 0 || token >= vocab_size_) return std::nullopt;
  return token;
}

std::optional<int32_t> Model::bos() const { return own_token(llama().llama_vocab_bos(vocab_)); }
std::optional<int32_t> Model::eos() const { return own_token(llama().llama_vocab_eos(vocab_)); }
bool Model::adds_bos() const { return bos().has_value() && llama().llama_vocab_get_add_bos(vocab_); }

std::vector<std::pair<std::string, std::string>> Model::metadata() const {
  std::vector<std::pair<std::string, std::string>> entries;
  std::vector<char> buffer(1 << 16);
  const auto text_of = [&](auto call) {
    int32_t length = call(buffer.data(), buffer.size());
    if (length >= static_cast<int32_t>(buffer.size())) {
      buffer.resize(static_cast<size_t>(length) + 1);
      length = call(buffer.data(), buffer.size());
    }
    return length < 0 ? std::string() : std::string(buffer.data(), static_cast<size_t>(length));
  };
  for (int32_t i = 0; i < llama().llama_model_meta_count(handle_); i++) {
    std::string key =
        text_of([&](char * to, size_t size) { return llama().llama_model_meta_key_by_index(handle_, i, to, size); });
    std::string value = text_of(
        [&](char * to, size_t size) { return llama().llama_model_meta_val_str_by_index(handle_, i, to, size); });
    entries.emplace_back(std::move(key), std::move(value));
  }
  return entries;
}

std::optional<std::string> Model::chat_template() const {
  const char * text = llama().llama_model_chat_template(handle_, nullptr);
  return text == nullptr ? std::nullopt : std::optional<std::string>(text);
}

std::string Model::description() const {
  char text[256] = "";
  llama().llama_model_desc(handle_, text, sizeof text);
  return text;
}

}  // namespace espalier
