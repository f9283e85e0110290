// The words of a constraint's flat form (lib/constraint/ir/ir.ts) as a list of nodes and rules. Decides whether they
// are well formed, and refuses them if not: they may come from anywhere. What the nodes mean is ir_reader's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "budget.h"
#include "grammar_rules.h"

namespace espalier {

enum IrOp : int32_t {
  ir_empty = 0,
  ir_nothing = 1,
  ir_bytes = 2,
  ir_class = 3,
  ir_concat = 4,
  ir_alt = 5,
  ir_and = 6,
  ir_not = 7,
  ir_repeat = 8,
  ir_stretch = 9,
  ir_distinct = 10,
  ir_spelled = 11,
};

struct IrNode {
  int32_t op;
  const int32_t * operands;  // after the count, for ops that have one; into the words that were given
  uint32_t count;            // operands, or ranges of a class

  bool has_parts() const { return op == ir_concat || op == ir_alt || op == ir_and; }
  /// The node it refers to, for ops with one.
  uint32_t part() const { return static_cast<uint32_t>(operands[0]); }
};

/// Where a rule's number of alternatives would stand: it is a set of members.
constexpr int32_t ir_members = -1;

/// Of a rule: its alternatives, each a list of symbols; none for a set.
using IrRule = std::vector<std::vector<Symbol>>;

struct IrWords {
  std::vector<IrNode> nodes;   // parts before what they are parts of
  std::vector<uint32_t> uses;  // per node, how often others refer to it
  std::vector<IrRule> rules;   // lexemes are named by node, here and in sets
  std::vector<MemberSet> sets;
  bool starts_with_rule = false;
  uint32_t start = 0;  // a rule or a node
};

/// Throws ConstraintFailure CONSTRAINT_INVALID, CONSTRAINT_TOO_COMPLEX. `byte_count`: of the literals beside the words.
IrWords read_words(Budget & budget, const int32_t * words, size_t word_count, size_t byte_count);

}  // namespace espalier
