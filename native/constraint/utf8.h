// Code points as bytes. Decides how a class of code points becomes a byte expression.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "json_text.h"
#include "regex_ast.h"

namespace espalier {

/// One code point out of the ranges (sorted, disjoint, at most 0x10FFFF); surrogates are left out.
RegexNode code_point_class(RegexAst & ast, const std::vector<CodePointRange> & ranges);

/// Every valid UTF-8 string.
RegexNode any_text(RegexAst & ast);

bool is_valid_utf8(std::string_view bytes);

}  // namespace espalier
