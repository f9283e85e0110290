// Looks at a GGUF file before llama.cpp does. Decides whether the file is whole and makes sense as a container; never
// what the model means. llama.cpp ends the process on some damage (two equal tokens, a division by a zero size), so
// nothing that fails here may reach it.
#pragma once

#include <cstdint>
#include <string>

namespace espalier {

struct ModelFileFacts {
  std::string architecture;
  uint64_t tensors = 0;
  int32_t layers = 0;  // 0 where the file does not say
  bool has_rank_head = false;
};

/// Reads the header only. Throws Failure of kind ModelError: MODEL_NOT_FOUND, MODEL_NOT_A_FILE, MODEL_UNREADABLE,
/// MODEL_EMPTY, MODEL_NOT_GGUF, MODEL_VERSION, MODEL_TRUNCATED, MODEL_DAMAGED. Needs open_llama before.
ModelFileFacts check_model_file(const std::string & path);

}  // namespace espalier
