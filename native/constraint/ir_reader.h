// The lexemes' expressions and the grammar's rules that a constraint's words stand for. What refuses words that are not
// well formed is ir_words.h.
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
