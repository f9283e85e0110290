// Texts among the nodes of a constraint: what is spelled in JSON, and what it tells apart.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "ir_words.h"
#include "json_text.h"
#include "regex_ast.h"

namespace espalier {

std::vector<CodePointRange> ranges_of(const IrNode & class_node);

/// Sets of characters that the nodes `is_text` tell apart: their classes, and every character of their literals; none
/// where there are no such nodes. Throws ConstraintFailure CONSTRAINT_INVALID where one of them is no text.
std::optional<std::vector<std::vector<CodePointRange>>> sets_told_apart(const IrWords & ir,
                                                                        const std::vector<bool> & is_text,
                                                                        std::string_view bytes);

/// A text in the symbols of the constraint's alphabet, one after the other.
RegexNode symbols_of(RegexAst & ast, std::string_view text);

/// Of valid UTF-8.
template <typename Visit>
void each_code_point(std::string_view bytes, Visit visit) {
  for (size_t i = 0; i < bytes.size();) {
    const auto lead = static_cast<uint8_t>(bytes[i++]);
    const int more = lead < 0x80 ? 0 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
    uint32_t point = more == 0 ? lead : lead & (0x3Fu >> more);
    for (int k = 0; k < more; ++k) point = point << 6 | (static_cast<uint8_t>(bytes[i++]) & 0x3Fu);
    visit(point);
  }
}

}  // namespace espalier
