// A grammar as it is read: rules with their alternatives, and rules that are sets of members. Decides what they are
// made of; what can be derived is grammar.h's.
#pragma once

#include <cstdint>
#include <vector>

#include "lexer.h"

namespace espalier {

using Rule = uint32_t;
/// The place before one symbol of one alternative.
using Dot = uint32_t;

struct Symbol {
  /// end: the alternative is complete; `id` is its rule. next: a rule that depends on the members before it; `id` is
  /// the element that stands there (member_states.h).
  enum class Kind : uint8_t { lexeme, rule, end, next };
  Kind kind;
  uint32_t id;
};

/// A rule of members in any order: opened, separated, closed. At least one of them stands there.
struct MemberSet {
  enum class Times : uint8_t { any = 0, optional = 1, required = 2 };  // any number, at most once, exactly once
  struct Element {
    Times times;
    uint32_t meets;  // bits of the needs
    Symbol symbol;
    bool is_once() const { return times != Times::any; }
  };
  static constexpr uint32_t unlimited = UINT32_MAX;
  static constexpr uint32_t need_count_max = 8;

  Rule rule;
  Lexeme open;
  Lexeme separator;
  Lexeme close;
  uint32_t min;    // different elements
  uint32_t max;    // members
  uint32_t needs;  // as bits: each is met by some member
  std::vector<Element> elements;
};

struct GrammarRules {
  /// Per rule its alternatives; no `end` symbols in them. None for a set's rule.
  std::vector<std::vector<std::vector<Symbol>>> rules;
  std::vector<MemberSet> sets;
  Rule start;
};

}  // namespace espalier
