// See byte_classes.h. One class of all bytes is refined by every set; afterwards two bytes share a number exactly where
// no set separates them.
#include "byte_classes.h"

#include <algorithm>

namespace espalier {

namespace {

class Refinement {
 public:
  uint16_t count = 1;
  uint16_t number[256] = {};
  uint16_t size[256] = {256};

  void by(const ByteSet & set) {
    uint16_t inside[256] = {};
    uint16_t split[256];
    for (unsigned byte = 0; byte < 256; ++byte) {
      if (set.has(static_cast<uint8_t>(byte))) ++inside[number[byte]];
    }
    const uint16_t known = count;
    for (uint16_t name = 0; name < known; ++name) {
      split[name] = name;
      if (inside[name] == 0 || inside[name] == size[name]) continue;
      split[name] = count;
      size[count++] = inside[name];
      size[name] = static_cast<uint16_t>(size[name] - inside[name]);
    }
    if (count == known) return;
    for (unsigned byte = 0; byte < 256; ++byte) {
      if (set.has(static_cast<uint8_t>(byte))) number[byte] = split[number[byte]];
    }
  }

  void by_one(uint8_t byte) {
    uint16_t & members = size[number[byte]];
    if (members == 1) return;
    --members;
    number[byte] = count;
    size[count++] = 1;
  }
};

ByteClasses numbered(const Refinement & refined) {
  ByteClasses classes;
  uint16_t names[256];
  std::fill(names, names + 256, UINT16_MAX);
  for (unsigned byte = 0; byte < 256; ++byte) {
    uint16_t & name = names[refined.number[byte]];
    if (name == UINT16_MAX) {
      name = classes.count++;
      classes.member[name] = static_cast<uint8_t>(byte);
      classes.width[name] = 0;
    }
    ++classes.width[name];
    classes.class_of[byte] = static_cast<uint8_t>(name);
  }
  return classes;
}

}  // namespace

ByteClasses byte_classes_of(RegexAst & ast) {
  Refinement refined;
  for (size_t i = 0; i < ast.set_count() && refined.count < 256; ++i) {
    ast.budget().spend(16);
    refined.by(ast.set_at(i));
  }
  if (ast.json_text() != nullptr) {
    for (const ByteSet & group : ast.json_text()->groups()) {
      if (refined.count == 256) break;
      ast.budget().spend(16);
      refined.by(group);
    }
  }
  ByteSet literal_bytes;
  for (char c : ast.text()) literal_bytes.add(static_cast<uint8_t>(c));
  for (unsigned byte = 0; byte < 256; ++byte) {
    if (literal_bytes.has(static_cast<uint8_t>(byte))) refined.by_one(static_cast<uint8_t>(byte));
  }
  return numbered(refined);
}

ByteClasses single_bytes() {
  Refinement refined;
  for (unsigned byte = 0; byte < 256; ++byte) refined.by(ByteSet::range(byte, byte));
  return numbered(refined);
}

}  // namespace espalier
