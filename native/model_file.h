// Looks at a model file before llama.cpp does. Decides whether it is safe to hand on; never what the model means.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

namespace espalier {

struct ModelFileFacts {
  std::string architecture;
  uint64_t tensors = 0;
  int32_t layers = 0;    // 0 where the file does not say
  bool is_whole = true;  // false: others hold the rest of the tensors
  bool has_rank_head = false;
  std::map<std::string, std::array<uint64_t, 4>> shapes;
};

/// Reads the header only. Throws Failure of kind ModelError: what read_gguf_file throws for MODEL, MODEL_DAMAGED.
ModelFileFacts check_model_file(const std::string & path);

}  // namespace espalier
