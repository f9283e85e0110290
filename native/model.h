// A model file opened by llama.cpp. Decides which models are fit for a causal decode loop and how they are loaded.
// No N-API here. Threads: loading may run on any thread; a loaded Model is immutable, and contexts share it.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "constraint/matcher.h"
#include "llama/api.h"
#include "llama/devices.h"
#include "llama/log.h"
#include "model_tokenizer.h"

namespace espalier {

enum class MemoryKind { full, window, recurrent, hybrid };
const char * memory_text(MemoryKind memory);

constexpr int32_t all_layers = -1;

/// A LoRA whose file was checked. llama.cpp frees it with its model.
struct Adapter {
  std::string path;
  uint64_t bytes = 0;
  llama_adapter_lora * handle = nullptr;  // null where nothing was to be loaded
};

/// Where a model's layers go.
struct Placement {
  bool uses_devices = true;  // false: everything stays on the CPU
  DeviceChoice choice;
  int32_t layers = all_layers;  // so many of the last ones leave the CPU; the output counts as one
  std::string whole_on;         // name of the one device that holds all of them; empty: they are spread
  std::vector<float> shares;    // a number for each device chosen; empty: by their free memory
};

struct ModelRequest {
  std::string path;  // UTF-8
  bool is_vocab_only = false;
  bool is_measured_only = false;  // says what it would take, and takes next to nothing
  Placement placement;
  llama_load_mode load_mode = LLAMA_LOAD_MODE_AUTO;
  std::vector<std::string> adapters;       // paths, UTF-8
  std::string draft;                       // path of a model that drafts for it, UTF-8; empty: none does
  std::function<void(float)> on_progress;  // on the loading thread, 0..1
  const std::atomic<bool> * is_cancelled = nullptr;
  std::shared_ptr<LogQueue> log;  // null: nobody hears what llama.cpp says of this model
};

class Model {
 public:
  /// Throws Failure: what check_model_file and check_adapter_file throw, MODEL_ARCHITECTURE_UNKNOWN, MODEL_DAMAGED,
  /// MODEL_UNSUPPORTED, ADAPTER_DAMAGED, what load_draft and check_draft throw, and of kind AbortError where
  /// `is_cancelled` became true.
  static std::shared_ptr<Model> load(const ModelRequest & request);
  ~Model();
  Model(const Model &) = delete;
  Model & operator=(const Model &) = delete;

  llama_model * handle() const { return handle_; }
  const std::shared_ptr<const TokenTrie> & trie() const { return trie_; }
  const Tokenizer & tokenizer() const { return *tokenizer_; }
  int32_t vocab_size() const { return vocab_size_; }
  bool is_vocab_only() const { return is_vocab_only_; }
  bool is_measured_only() const { return is_measured_only_; }
  /// Null where nobody listens.
  LogQueue * log() const { return log_.get(); }
  MemoryKind memory() const { return memory_; }
  /// Names of the devices its layers were spread over.
  const std::vector<std::string> & devices() const { return devices_; }
  const std::vector<Adapter> & adapters() const { return adapters_; }
  /// The one that drafts for it; null: none does.
  const Model * draft() const { return draft_.get(); }
  /// Of the weights, those of adapters and of the draft model included.
  uint64_t bytes() const;
  /// Layers with the output, and those of them that are on these devices.
  int32_t layers() const { return layers_; }
  int32_t layers_on_devices() const { return layers_on_devices_; }
  const std::string & architecture() const { return architecture_; }
  /// Whether the file has the weights that make a score of a text.
  bool has_rank_head() const { return has_rank_head_; }
  std::optional<int32_t> bos() const;
  std::optional<int32_t> eos() const;
  bool adds_bos() const;
  bool is_eog(int32_t token) const { return llama().llama_vocab_is_eog(vocab_, token); }
  std::vector<std::pair<std::string, std::string>> metadata() const;
  std::optional<std::string> chat_template() const;
  std::string description() const;

 private:
  Model(llama_model * handle, bool is_vocab_only);
  void load_adapters(const ModelRequest & request);
  std::optional<int32_t> own_token(llama_token token) const;

  llama_model * handle_;
  const llama_vocab * vocab_;
  int32_t vocab_size_ = 0;
  bool is_vocab_only_;
  bool is_measured_only_ = false;
  std::shared_ptr<LogQueue> log_;
  MemoryKind memory_ = MemoryKind::full;
  std::vector<std::string> devices_;
  std::string architecture_;
  bool has_rank_head_ = false;
  std::vector<Adapter> adapters_;
  std::shared_ptr<Model> draft_;
  int32_t layers_ = 0;
  int32_t layers_on_devices_ = 0;
  std::shared_ptr<const TokenTrie> trie_;
  std::unique_ptr<Tokenizer> tokenizer_;
};

}  // namespace espalier
