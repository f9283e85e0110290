// Alternatives that begin with literals, rearranged so that shared beginnings are written once. Decides only the shape:
// the language stays the same, and a choice among 100,000 words becomes a small automaton at once.
#pragma once

#include <vector>

#include "regex_ast.h"

namespace espalier {

/// Replaces the parts that are or begin with a literal by at most 256 parts with distinct first bytes.
void share_literal_beginnings(RegexAst & ast, std::vector<RegexNode> & parts);

}  // namespace espalier
