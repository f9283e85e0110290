// See model_file.h. Decides which numbers of a model would end the process later.
#include "model_file.h"

#include "failure.h"
#include "gguf_file.h"

namespace espalier {

namespace {

// Numbers that ggml asserts on while computing, on threads that no handler of ours reaches.
void check_numbers(const std::string & path, const GgufFile & file) {
  const std::string ending = "_epsilon";
  for (const auto & [key, value] : file.numbers) {
    const bool is_epsilon =
        key.size() > ending.size() && key.compare(key.size() - ending.size(), ending.size(), ending) == 0;
    if (!is_epsilon || (value >= 0 && value < 1)) continue;
    throw Failure("ModelError", "MODEL_DAMAGED",
                  "The model file " + path + " is damaged: the value of " + key + " is not between 0 and 1.");
  }
}

int32_t layers_of(const GgufFile & file, const std::string & architecture) {
  const auto found = file.numbers.find(architecture + ".block_count");
  const bool is_sound = found != file.numbers.end() && found->second >= 0 && found->second < (1 << 20);
  return is_sound ? static_cast<int32_t>(found->second) : 0;
}

}  // namespace

ModelFileFacts check_model_file(const std::string & path) {
  const GgufFile file = read_gguf_file(path, {"MODEL", "model file"});
  check_numbers(path, file);
  ModelFileFacts facts;
  facts.architecture = file.texts.at("general.architecture");
  facts.tensors = file.tensors.size();
  facts.layers = layers_of(file, facts.architecture);
  const auto parts = file.numbers.find("split.count");
  facts.is_whole = parts == file.numbers.end() || parts->second <= 1;
  for (const GgufTensor & tensor : file.tensors) facts.shapes[tensor.name] = tensor.sizes;
  // Of two layers or of one; the first of two makes no score by itself.
  const auto head = facts.shapes.find("cls.weight");
  facts.has_rank_head =
      facts.shapes.count("cls.output.weight") > 0 || (head != facts.shapes.end() && head->second[1] == 1);
  return facts;
}

}  // namespace espalier
