// Reads a GGUF header front to back, trusting no number in it.
//
//   magic  version  tensor count  value count | key type value ... | name dims type offset ... | padding | tensor bytes
#include "gguf_file.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <unordered_set>
#include <vector>

#include "gguf_reader.h"
#include "llama/api.h"

namespace espalier {

namespace {

constexpr uint64_t key_bytes_max = 65535;
constexpr uint64_t name_bytes_max = 63;

enum class ValueType : uint32_t { u8, i8, u16, i16, u32, i32, f32, boolean, string, array, u64, i64, f64, count };

size_t value_bytes(ValueType type) {
  switch (type) {
    case ValueType::u8:
    case ValueType::i8:
    case ValueType::boolean: return 1;
    case ValueType::u16:
    case ValueType::i16: return 2;
    case ValueType::u32:
    case ValueType::i32:
    case ValueType::f32: return 4;
    case ValueType::u64:
    case ValueType::i64:
    case ValueType::f64: return 8;
    default: return 0;
  }
}

double read_number(GgufReader & reader, ValueType type) {
  switch (type) {
    case ValueType::u8: return reader.number<uint8_t>("a value");
    case ValueType::i8: return reader.number<int8_t>("a value");
    case ValueType::u16: return reader.number<uint16_t>("a value");
    case ValueType::i16: return reader.number<int16_t>("a value");
    case ValueType::u32: return reader.number<uint32_t>("a value");
    case ValueType::i32: return reader.number<int32_t>("a value");
    case ValueType::f32: return reader.number<float>("a value");
    case ValueType::u64: return static_cast<double>(reader.number<uint64_t>("a value"));
    case ValueType::i64: return static_cast<double>(reader.number<int64_t>("a value"));
    case ValueType::f64: return reader.number<double>("a value");
    default: return reader.number<uint8_t>("a value");
  }
}

ValueType read_type(GgufReader & reader) {
  const uint32_t type = reader.number<uint32_t>("a value's type");
  if (type >= static_cast<uint32_t>(ValueType::count))
    reader.damaged("value type " + std::to_string(type) + " does not exist");
  return static_cast<ValueType>(type);
}

// llama.cpp keeps a map from text to token and aborts where it is smaller than the list. An empty token is renamed by
// it to [EMPTY_<id>].
void check_tokens(GgufReader & reader, uint64_t count) {
  std::unordered_set<std::string> seen;
  seen.reserve(std::min<uint64_t>(count, 1 << 20));
  for (uint64_t i = 0; i < count; i++) {
    std::string token = reader.string(reader.size(), "a token of the vocabulary");
    if (token.empty()) token = "[EMPTY_" + std::to_string(i) + "]";
    if (!seen.insert(token).second) {
      reader.damaged("token " + std::to_string(i) + " of the vocabulary, \"" + token + "\", is there twice");
    }
  }
}

void read_array(GgufReader & reader, const std::string & key) {
  const ValueType type = read_type(reader);
  const uint64_t count = reader.number<uint64_t>("an array's length");
  if (type == ValueType::array) reader.damaged("the array " + key + " holds arrays");
  const size_t each = type == ValueType::string ? sizeof(uint64_t) : value_bytes(type);
  if (count > reader.size() / each)
    reader.damaged("the array " + key + " claims " + std::to_string(count) + " entries");
  if (type != ValueType::string) return reader.skip(count * each, "an array");
  if (key == "tokenizer.ggml.tokens") return check_tokens(reader, count);
  for (uint64_t i = 0; i < count; i++) {
    const uint64_t length = reader.number<uint64_t>("a text in an array");
    reader.skip(length, "a text in an array");
  }
}

void read_values(GgufReader & reader, uint64_t count, GgufFile & values) {
  std::unordered_set<std::string> keys;
  for (uint64_t i = 0; i < count; i++) {
    const std::string key = reader.string(key_bytes_max, "a key");
    if (key.empty() || !keys.insert(key).second) reader.damaged("the key \"" + key + "\" is empty or there twice");
    const ValueType type = read_type(reader);
    if (type == ValueType::f32) values.singles.insert(key);
    if (type == ValueType::array) values.arrays.insert(key), read_array(reader, key);
    else if (type == ValueType::string) values.texts[key] = reader.string(reader.size(), "a text");
    else values.numbers[key] = read_number(reader, type);
  }
}

uint64_t alignment_of(const GgufReader & reader, const GgufFile & values) {
  const auto found = values.numbers.find("general.alignment");
  if (found == values.numbers.end()) return 32;
  const double value = found->second;
  const bool sound = value >= 1 && value <= (1 << 20) && value == static_cast<uint64_t>(value);
  const uint64_t alignment = sound ? static_cast<uint64_t>(value) : 0;
  if (alignment == 0 || (alignment & (alignment - 1)) != 0) reader.damaged("the alignment is not a power of two");
  return alignment;
}

uint64_t tensor_bytes(const GgufReader & reader, const std::array<uint64_t, 4> & sizes, uint32_t type,
                      const std::string & name) {
  // Types that were taken back have a size of 0.
  if (type >= GGML_TYPE_COUNT) reader.damaged("tensor " + name + " has type " + std::to_string(type));
  const int64_t block = llama().ggml_blck_size(static_cast<ggml_type>(type));
  const uint64_t bytes = llama().ggml_type_size(static_cast<ggml_type>(type));
  if (block <= 0 || bytes == 0) reader.damaged("tensor " + name + " has type " + std::to_string(type));
  if (sizes[0] % static_cast<uint64_t>(block) != 0)
    reader.damaged("tensor " + name + " has rows that are no whole blocks");
  uint64_t total = sizes[0] / static_cast<uint64_t>(block);
  if (total > UINT64_MAX / 2 / bytes) reader.damaged("tensor " + name + " is impossibly large");
  total *= bytes;
  for (int i = 1; i < 4; i++) {
    if (sizes[i] != 0 && total > UINT64_MAX / 2 / sizes[i]) reader.damaged("tensor " + name + " is impossibly large");
    total *= sizes[i];
  }
  return total;
}

std::vector<GgufTensor> read_tensors(GgufReader & reader, uint64_t count, uint64_t alignment) {
  std::vector<GgufTensor> tensors;
  for (uint64_t i = 0; i < count; i++) {
    const std::string name = reader.string(name_bytes_max, "a tensor's name");
    const uint32_t dimensions = reader.number<uint32_t>("a tensor's dimensions");
    if (dimensions > 4) reader.damaged("tensor " + name + " has " + std::to_string(dimensions) + " dimensions");
    std::array<uint64_t, 4> sizes = {1, 1, 1, 1};
    for (uint32_t d = 0; d < dimensions; d++) {
      sizes[d] = reader.number<uint64_t>("a tensor's size");
      if (sizes[d] == 0 || sizes[d] > INT64_MAX / 2) reader.damaged("tensor " + name + " has an impossible size");
    }
    const uint32_t type = reader.number<uint32_t>("a tensor's type");
    const uint64_t offset = reader.number<uint64_t>("a tensor's offset");
    if (offset % alignment != 0) reader.damaged("tensor " + name + " is not aligned");
    tensors.push_back({name, sizes, type, offset, tensor_bytes(reader, sizes, type, name)});
  }
  return tensors;
}

uint64_t checked_size(const std::string & path, const FileKind & kind) {
  const std::string noun = kind.noun;
  namespace fs = std::filesystem;
  std::error_code failed;
  const fs::path file = fs::u8path(path);
  const fs::file_status status = fs::status(file, failed);
  if (!fs::exists(status)) gguf_fail(kind, "_NOT_FOUND", "There is no " + noun + " at " + path + ".");
  if (!fs::is_regular_file(status))
    gguf_fail(kind, "_NOT_A_FILE", path + " is a folder or a device; a GGUF file is expected.");
  const uint64_t size = fs::file_size(file, failed);
  if (failed) gguf_fail(kind, "_UNREADABLE", "The " + noun + " " + path + " exists but can't be read.");
  if (size == 0)
    gguf_fail(kind, "_EMPTY", "The " + noun + " " + path + " is empty (0 bytes); a GGUF file is expected.");
  return size;
}

void read_magic(GgufReader & reader) {
  char magic[4] = {0, 0, 0, 0};
  if (reader.size() >= sizeof magic) reader.read(magic, sizeof magic, "the magic");
  if (std::memcmp(magic, "GGUF", 4) != 0) {
    gguf_fail(reader.kind(), "_NOT_GGUF",
              reader.named() + " is not a GGUF file: it doesn't begin with the letters GGUF.");
  }
  const uint32_t version = reader.number<uint32_t>("the version");
  if (version != 2 && version != 3) {
    gguf_fail(reader.kind(), "_VERSION",
              reader.named() + " has GGUF version " + std::to_string(version) + "; 2 and 3 (little-endian) are known.");
  }
}

}  // namespace

GgufFile read_gguf_file(const std::string & path, const FileKind & kind) {
  GgufReader reader(path, kind, checked_size(path, kind));
  read_magic(reader);
  const uint64_t tensor_count = reader.number<uint64_t>("the tensor count");
  const uint64_t value_count = reader.number<uint64_t>("the value count");
  if (tensor_count > reader.size() / 25 || value_count > reader.size() / 13) {
    reader.damaged("it claims " + std::to_string(tensor_count) + " tensors and " + std::to_string(value_count) +
                   " values");
  }
  GgufFile file;
  read_values(reader, value_count, file);
  const uint64_t alignment = alignment_of(reader, file);
  file.tensors = read_tensors(reader, tensor_count, alignment);
  const uint64_t start = (reader.at() + alignment - 1) / alignment * alignment;
  for (const GgufTensor & tensor : file.tensors) {
    if (tensor.offset <= reader.size() && tensor.bytes <= reader.size() &&
        start + tensor.offset + tensor.bytes <= reader.size()) {
      continue;
    }
    gguf_fail(kind, "_TRUNCATED",
              reader.named() + " has " + std::to_string(reader.size()) + " bytes, but tensor " + tensor.name +
                  " ends at byte " + std::to_string(start + tensor.offset + tensor.bytes) + ".");
  }
  if (file.texts.count("general.architecture") == 0) reader.damaged("it names no architecture (general.architecture)");
  return file;
}

}  // namespace espalier
