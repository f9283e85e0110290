// Reads the words of lib/constraint/ir/ir.ts. Decides whether they are well formed, and refuses them if not: they may
// come from anywhere. Builds the lexemes' expressions and the grammar's rules.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "grammar.h"
#include "regex_ast.h"

namespace espalier {

struct ReadConstraint {
  /// The expressions in use; a constraint of one lexeme has one and no grammar.
  std::vector<RegexNode> lexemes;
  std::optional<GrammarRules> grammar;
};

ReadConstraint read_ir(RegexAst & ast, const int32_t * words, size_t word_count, std::string_view bytes);

}  // namespace espalier
