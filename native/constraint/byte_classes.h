// Which bytes the expressions of a constraint can't tell apart. Derivatives are worked out once for all bytes of a
// class.
#pragma once

#include <cstdint>

#include "regex_ast.h"

namespace espalier {

/// Bytes that no set or literal of a constraint tells apart share a class.
struct ByteClasses {
  uint8_t class_of[256];
  uint16_t count = 0;
  /// One byte of each class.
  uint8_t member[256];
  /// How many bytes each class has.
  uint16_t width[256];
};

/// Of all expressions that were made so far. By first byte, so that ranges of bytes are mostly ranges of classes.
ByteClasses byte_classes_of(RegexAst & ast);
/// Every byte by itself.
ByteClasses single_bytes();

}  // namespace espalier
