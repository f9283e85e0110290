// What goes up from lexemes to the rules made of them. Decides with counting worklists, linear in the grammar's size,
// since grammars with 100,000 rules come in.
#pragma once

#include <vector>

#include "grammar_rules.h"

namespace espalier {

/// The rules that derive some text, where each lexeme of `derives` does.
std::vector<bool> productive_rules(const GrammarRules & rules, const std::vector<bool> & derives);
/// The rules that derive the empty text, where each lexeme of `nullable` does. Sets never do.
std::vector<bool> nullable_rules(const GrammarRules & rules, const std::vector<bool> & nullable);

}  // namespace espalier
