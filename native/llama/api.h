// llama.cpp bound at run time: a table of the functions we call, filled from the libraries of a platform package.
// Decides which llama.cpp may run in this process; never decides what is done with it. No N-API here.
//
// The table is filled once a process and shared by every worker's env; the libraries are never closed again.
#pragma once

#include <llama.h>

#include <functional>
#include <optional>
#include <string>

#include "failure.h"
#include "llama/buffers.h"

namespace espalier {

#define ESPALIER_LLAMA_FUNCTIONS(X)    \
  X(llama_version)                     \
  X(llama_backend_init)                \
  X(llama_log_set)                     \
  X(llama_model_default_params)        \
  X(llama_context_default_params)      \
  X(llama_model_load_from_file)        \
  X(llama_model_free)                  \
  X(llama_adapter_lora_init)           \
  X(llama_set_adapters_lora)           \
  X(llama_init_from_model)             \
  X(llama_free)                        \
  X(llama_model_get_vocab)             \
  X(llama_model_n_ctx_train)           \
  X(llama_model_n_swa)                 \
  X(llama_model_n_layer)               \
  X(llama_model_desc)                  \
  X(llama_model_size)                  \
  X(llama_model_n_params)              \
  X(llama_model_chat_template)         \
  X(llama_model_has_encoder)           \
  X(llama_model_has_decoder)           \
  X(llama_model_is_recurrent)          \
  X(llama_model_is_hybrid)             \
  X(llama_model_is_diffusion)          \
  X(llama_model_meta_count)            \
  X(llama_model_meta_key_by_index)     \
  X(llama_model_meta_val_str_by_index) \
  X(llama_n_ctx)                       \
  X(llama_n_batch)                     \
  X(llama_n_seq_max)                   \
  X(llama_max_devices)                 \
  X(llama_get_memory)                  \
  X(llama_memory_seq_rm)               \
  X(llama_memory_seq_cp)               \
  X(llama_memory_seq_add)              \
  X(llama_memory_seq_pos_min)          \
  X(llama_memory_seq_pos_max)          \
  X(llama_memory_can_shift)            \
  X(llama_state_seq_get_size_ext)      \
  X(llama_state_seq_get_data_ext)      \
  X(llama_state_seq_set_data_ext)      \
  X(llama_decode)                      \
  X(llama_synchronize)                 \
  X(llama_get_logits_ith)              \
  X(llama_get_embeddings_seq)          \
  X(llama_pooling_type)                \
  X(llama_model_n_embd_out)            \
  X(llama_model_n_cls_out)             \
  X(llama_attach_threadpool)           \
  X(llama_detach_threadpool)           \
  X(llama_set_n_threads)               \
  X(llama_vocab_type)                  \
  X(llama_vocab_n_tokens)              \
  X(llama_vocab_get_text)              \
  X(llama_vocab_get_attr)              \
  X(llama_vocab_is_eog)                \
  X(llama_vocab_bos)                   \
  X(llama_vocab_eos)                   \
  X(llama_vocab_sep)                   \
  X(llama_vocab_get_add_bos)           \
  X(llama_vocab_get_add_eos)           \
  X(llama_vocab_get_add_sep)           \
  X(llama_tokenize)                    \
  X(llama_token_to_piece)

#define ESPALIER_GGML_FUNCTIONS(X)   \
  X(ggml_backend_load_all_from_path) \
  X(ggml_backend_dev_count)          \
  X(ggml_backend_dev_get)            \
  X(ggml_backend_dev_by_type)

#define ESPALIER_GGML_BASE_FUNCTIONS(X) \
  X(ggml_backend_dev_type)              \
  X(ggml_backend_dev_backend_reg)       \
  X(ggml_backend_dev_get_props)         \
  X(ggml_backend_reg_name)              \
  X(ggml_backend_reg_get_proc_address)  \
  X(ggml_threadpool_params_default)     \
  X(ggml_blck_size)                     \
  X(ggml_type_size)                     \
  X(ggml_set_abort_callback)

struct LlamaApi {
#define X(name) decltype(&::name) name = nullptr;
  ESPALIER_LLAMA_FUNCTIONS(X)
  ESPALIER_GGML_FUNCTIONS(X)
  ESPALIER_GGML_BASE_FUNCTIONS(X)
#undef X
};

/// Absolute paths, UTF-8.
struct LlamaLibraries {
  std::string folder;
  std::string llama;
  std::string ggml;
  std::string ggml_base;
};

/// Opens the libraries, or does nothing if the same ones are open already. Throws Failure LLAMA_*.
void open_llama(const LlamaLibraries & libraries);

/// Folder of the libraries in use; none before open_llama.
std::optional<std::string> opened_folder();

/// The table. Throws Failure LLAMA_NOT_OPEN before open_llama.
const LlamaApi & llama();

/// First error line llama.cpp logged on this thread since the last call; empty if none.
std::string take_llama_message();

/// While it lives, `told` is called on this thread for each buffer that llama.cpp logs it has taken. It logs that
/// before it first writes to a cache. Of several listeners on a thread only the innermost is called. `told` must not
/// throw.
class BufferListener {
 public:
  using Told = std::function<void(const TakenBuffer &)>;
  explicit BufferListener(Told told);
  ~BufferListener();
  BufferListener(const BufferListener &) = delete;
  BufferListener & operator=(const BufferListener &) = delete;

 private:
  Told told_;
  const Told * outer_;
};

/// Whether llama.cpp said on this thread since the last call that it goes without flash attention.
bool take_flash_refusal();

}  // namespace espalier
