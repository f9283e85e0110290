// Looks at a LoRA file before llama.cpp does. Decides whether it is one for this model that llama.cpp can compute with:
// what does not fit would otherwise show in the middle of a decode, where it ends a context or the process.
#pragma once

#include <cstdint>
#include <string>

#include "model_file.h"

namespace espalier {

/// Reads the header only; returns how many bytes its tensors take. Throws Failure of kind ModelError: what
/// read_gguf_file throws for ADAPTER, ADAPTER_UNSUPPORTED, ADAPTER_MISMATCH.
uint64_t check_adapter_file(const std::string & path, const std::string & model_path, const ModelFileFacts & model);

}  // namespace espalier
