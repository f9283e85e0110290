// Counted repeats that a state consists of. Decides when two states differ in nothing but their counts.
#include "lexer.h"

namespace espalier {

std::optional<Lexer::Counted> Lexer::counted(State state) const {
  if (spans_[state].count != 1) return std::nullopt;
  const RegexAst & ast = derivatives_.ast();
  const RegexNode whole = begin(state)->rest;
  const RegexAst::Node & node = ast.node(whole);
  const bool has_tail = node.op == RegexOp::concat;
  const RegexAst::Node & head = has_tail ? ast.node(node.a) : node;
  if (head.op != RegexOp::repeat || head.c == RegexAst::unlimited) return std::nullopt;
  return Counted{head.a, has_tail ? node.b : static_cast<RegexNode>(RegexAst::empty), head.b, head.c};
}

std::optional<State> Lexer::with_counts(State state, int64_t by) {
  const std::optional<Counted> from = counted(state);
  if (!from.has_value()) return std::nullopt;
  const int64_t min = from->min == 0 ? 0 : from->min + by;
  const int64_t max = from->max + by;
  if (min < 0 || max < 2 || max >= RegexAst::unlimited) return std::nullopt;
  RegexAst & ast = derivatives_.ast();
  const RegexNode head = ast.repeat(from->part, static_cast<uint32_t>(min), static_cast<uint32_t>(max));
  const State made = intern({{begin(state)->lexeme, ast.concat(head, from->tail)}});
  const std::optional<Counted> to = counted(made);
  const bool is_same = to.has_value() && to->part == from->part && to->tail == from->tail && to->max == max;
  return is_same ? std::optional<State>(made) : std::nullopt;
}

bool Lexer::is_same_repeat(State before, State later) const {
  const std::optional<Counted> from = counted(before);
  const std::optional<Counted> to = counted(later);
  return from.has_value() && to.has_value() && from->part == to->part && from->tail == to->tail &&
         to->max <= from->max && (from->min == 0) == (to->min == 0) && begin(before)->lexeme == begin(later)->lexeme;
}

bool Lexer::is_counted_alone(const Counted & counted) {
  const auto known = counted_alone_.find(counted.part);
  if (known != counted_alone_.end()) return known->second;
  const RegexAst & ast = derivatives_.ast();
  size_t repeats = 0;
  for (RegexNode id = 0; id < ast.kept() && repeats < 2; ++id) {
    const RegexAst::Node & node = ast.node(id);
    if (node.op == RegexOp::repeat && node.a == counted.part && node.c != RegexAst::unlimited) ++repeats;
  }
  // A part made later has no number that lasts.
  const bool is_alone = repeats == 1 && counted.part < ast.kept();
  if (counted.part < ast.kept()) counted_alone_.emplace(counted.part, is_alone);
  return is_alone;
}

}  // namespace espalier
