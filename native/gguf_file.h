// A GGUF file's header, read front to back without trusting a number in it. Decides whether the file is whole and makes
// sense as a container; never what it means. llama.cpp ends the process on some damage (two equal tokens, a division by
// a zero size), so nothing that fails here may reach it.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace espalier {

/// What a file is opened as: the beginning of the errors' codes, and the noun in their sentences.
struct FileKind {
  const char * codes;
  const char * noun;
};

struct GgufTensor {
  std::string name;
  std::array<uint64_t, 4> sizes;
  uint32_t type;
  uint64_t offset;
  uint64_t bytes;
};

struct GgufFile {
  std::map<std::string, double> numbers;
  std::map<std::string, std::string> texts;
  std::set<std::string> singles;  // keys of numbers in single precision
  std::set<std::string> arrays;   // keys of arrays, whose entries are not kept
  std::vector<GgufTensor> tensors;
};

/// Throws Failure of kind ModelError whose code is `kind.codes` and one of _NOT_FOUND, _NOT_A_FILE, _UNREADABLE,
/// _EMPTY, _NOT_GGUF, _VERSION, _TRUNCATED, _DAMAGED. What is returned names an architecture. Needs open_llama before.
GgufFile read_gguf_file(const std::string & path, const FileKind & kind);

}  // namespace espalier
