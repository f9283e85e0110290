// Opens llama.cpp's libraries and fills the table of functions. Decides which versions are allowed.
#include "llama/api.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <cstdlib>
#include <mutex>
#include <new>
#include <optional>
#include <string_view>

#include "llama/guard.h"
#include "llama/loaded.h"
#include "llama/log.h"

#if defined(_WIN32)
#include <windows.h>
#else
#include <dlfcn.h>
#endif

namespace espalier {

namespace {

// Structures we pass by value are equal in these; any other version has to be looked at before it is listed
// (scripts/llama-differences.mjs), here and in package.json, which a test holds equal.
constexpr std::array<std::string_view, 2> versions_allowed = {"0.5.0", "0.4.0"};

// "v0.5.0 and v0.4.0"
std::string allowed_text() {
  std::string text;
  for (const std::string_view version : versions_allowed) {
    text += (text.empty() ? "v" : " and v") + std::string(version);
  }
  return text;
}

// "v0.5.0", "0.5.0" and "0.5.0-dev" (built from the tag without its release flag) are one version.
std::string plain_version(std::string text) {
  if (!text.empty() && text.front() == 'v') text.erase(0, 1);
  return text.substr(0, text.find('-'));
}

struct Opened {
  std::mutex mutex;
  bool done = false;
  LlamaLibraries libraries;
  LlamaApi api;
};

// Never destroyed: threads may outlive static destruction.
Opened & opened() {
  static Opened * instance = new Opened();
  return *instance;
}

// No std::string: the first touch of one in a thread asks for memory to note its end by, and glibc ends the process
// where there is none.
thread_local std::array<char, 512> first_message = {};
thread_local bool was_flash_refused = false;
thread_local const BufferListener::Told * on_buffer = nullptr;

// Under llama.cpp's own frames, so nothing may leave it.
void on_log(ggml_log_level level, const char * text, void *) noexcept {
  if (text == nullptr) return;
  hear_log(level, text);
  if (on_buffer != nullptr) {
    if (const auto taken = taken_buffer(text)) (*on_buffer)(*taken);
  }
  if (level == GGML_LOG_LEVEL_WARN) {
    const std::string_view line = text;
    const bool is_about =
        line.find("Flash Attention") != std::string_view::npos || line.find("flash_attn") != std::string_view::npos;
    was_flash_refused = was_flash_refused || is_about;
  }
  if (level != GGML_LOG_LEVEL_ERROR) return;
  std::string_view line = text;
  while (!line.empty() && (line.back() == '\n' || line.back() == ' ')) line.remove_suffix(1);
  // The first error names the cause; what follows only says that loading failed.
  if (line.empty() || first_message[0] != '\0') return;
  const size_t length = line.copy(first_message.data(), first_message.size() - 1);
  first_message[length] = '\0';
}

#if defined(_WIN32)

void * open_library(const std::string & path) {
  const std::wstring wide = std::filesystem::u8path(path).wstring();
  void * library = LoadLibraryExW(wide.c_str(), nullptr, LOAD_WITH_ALTERED_SEARCH_PATH);
  if (library == nullptr) {
    throw Failure("ModelError", "LLAMA_UNLOADABLE",
                  "The library " + path + " could not be opened: Windows error " + std::to_string(GetLastError()) +
                      ". The Visual C++ runtime (VC_redist) may be missing.");
  }
  return library;
}

void * find_symbol(void * library, const char * name) {
  return reinterpret_cast<void *>(GetProcAddress(static_cast<HMODULE>(library), name));
}

#else

void * open_library(const std::string & path) {
  void * library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char * why = dlerror();
    throw Failure("ModelError", "LLAMA_UNLOADABLE",
                  "The library " + path + " could not be opened: " + (why != nullptr ? why : "unknown reason") + ".");
  }
  return library;
}

void * find_symbol(void * library, const char * name) { return dlsym(library, name); }

#endif

template <class Function>
void fill(Function & slot, void * library, const char * name, const std::string & path) {
  void * symbol = find_symbol(library, name);
  if (symbol == nullptr) {
    throw Failure("ModelError", "LLAMA_VERSION",
                  "The library " + path + " has no function " + name + "; espalier works with llama.cpp " +
                      allowed_text() + ".");
  }
  slot = reinterpret_cast<Function>(symbol);
}

void refuse_other_ggml(const LlamaLibraries & libraries) {
  const std::string ours = resolved_path(libraries.ggml_base);
  for (const std::string & path : loaded_ggml_bases()) {
    if (path == ours) continue;
    throw Failure("ModelError", "LLAMA_CLASH",
                  "Another llama.cpp is loaded in this process (" + path +
                      "), and the two would share one ggml-base; " + "espalier needs " + ours +
                      ". Load only one of them in a process, or use a child process.");
  }
}

// The structures must mean what the headers said when this addon was compiled.
void check_defaults(const LlamaApi & api) {
  const llama_context_params context = api.llama_context_default_params();
  const llama_model_params model = api.llama_model_default_params();
  const bool sound = context.n_ctx == 512 && context.n_batch == 2048 && context.n_ubatch == 512 &&
                     context.n_seq_max == 1 && context.n_threads > 0 && context.n_threads < 4096 &&
                     context.pooling_type == LLAMA_POOLING_TYPE_UNSPECIFIED && context.type_k == GGML_TYPE_F16 &&
                     context.type_v == GGML_TYPE_F16 && context.abort_callback == nullptr && !context.embeddings &&
                     context.offload_kqv && !context.kv_unified && context.samplers == nullptr &&
                     context.ctx_other == nullptr && !model.vocab_only && model.progress_callback == nullptr &&
                     model.kv_overrides == nullptr && model.split_mode == LLAMA_SPLIT_MODE_LAYER;
  if (!sound) {
    throw Failure("ModelError", "LLAMA_VERSION",
                  "The llama.cpp that was loaded lays out its parameters in another way than " + allowed_text() +
                      " do.");
  }
}

void fill_table(LlamaApi & api, const LlamaLibraries & libraries) {
  // ggml-base first, by its absolute path: the others then find this one and no other.
  void * base = open_library(libraries.ggml_base);
  void * ggml = open_library(libraries.ggml);
  void * llama_library = open_library(libraries.llama);
#define X(name) fill(api.name, llama_library, #name, libraries.llama);
  ESPALIER_LLAMA_FUNCTIONS(X)
#undef X
#define X(name) fill(api.name, ggml, #name, libraries.ggml);
  ESPALIER_GGML_FUNCTIONS(X)
#undef X
#define X(name) fill(api.name, base, #name, libraries.ggml_base);
  ESPALIER_GGML_BASE_FUNCTIONS(X)
#undef X
}

}  // namespace

void open_llama(const LlamaLibraries & libraries) {
  Opened & state = opened();
  std::lock_guard<std::mutex> lock(state.mutex);
  if (state.done) {
    if (resolved_path(libraries.llama) == resolved_path(state.libraries.llama)) return;
    throw Failure("ModelError", "LLAMA_CLASH",
                  "llama.cpp is already loaded in this process from " + state.libraries.folder +
                      "; it can't be loaded from " + libraries.folder + " as well.");
  }
  refuse_other_ggml(libraries);
  LlamaApi api;
  fill_table(api, libraries);
  const std::string version = api.llama_version();
  const auto known = std::find(versions_allowed.begin(), versions_allowed.end(), plain_version(version));
  if (known == versions_allowed.end()) {
    throw Failure("ModelError", "LLAMA_VERSION",
                  "The library " + libraries.llama + " is llama.cpp " + version + "; espalier works with " +
                      allowed_text() + ".");
  }
  check_defaults(api);
  pin_this_library();
  api.llama_log_set(on_log, nullptr);
  api.ggml_set_abort_callback(guard::on_abort);
  api.llama_backend_init();
  api.ggml_backend_load_all_from_path(libraries.folder.c_str());
  if (api.ggml_backend_dev_count() == 0) {
    throw Failure("ModelError", "LLAMA_NO_DEVICE",
                  "llama.cpp found no device in " + libraries.folder +
                      ", not even a CPU; a backend library is missing there.");
  }
  state.api = api;
  state.libraries = libraries;
  state.done = true;
}

std::optional<std::string> opened_folder() {
  Opened & state = opened();
  std::lock_guard<std::mutex> lock(state.mutex);
  return state.done ? std::optional<std::string>(state.libraries.folder) : std::nullopt;
}

const LlamaApi & llama() {
  Opened & state = opened();
  if (!state.done) {
    throw Failure("ModelError", "LLAMA_NOT_OPEN",
                  "llama.cpp has not been loaded; open a model through espalier/native.");
  }
  return state.api;
}

std::string take_llama_message() {
  std::string message = first_message.data();
  first_message[0] = '\0';
  return message;
}

BufferListener::BufferListener(Told told) : told_(std::move(told)), outer_(on_buffer) { on_buffer = &told_; }

BufferListener::~BufferListener() { on_buffer = outer_; }

bool take_flash_refusal() {
  const bool was_refused = was_flash_refused;
  was_flash_refused = false;
  return was_refused;
}

}  // namespace espalier
