// Lists of distinct items, see regex_ast.h. Decides what of a list a node says: how many items came, as far as that
// makes a difference, and which values they were.
//
// The automaton is shared by all texts, so that it can't know what an item was that has just ended. What comes behind
// it is worked out as if its value were still free, and marked (`unsettled`); who knows the text puts the value among
// the others then (Derivatives::settled). So whatever a list allows is allowed by its unsettled form, too.
#include <algorithm>

#include "regex_ast.h"

namespace espalier {

uint8_t RegexAst::marks_of(const Node & node, const std::vector<RegexNode> * children) const {
  constexpr uint8_t anywhere = mark_within | mark_unsettled;
  switch (node.op) {
    case RegexOp::distinct: return mark_begins;
    case RegexOp::unsettled: return mark_begins | mark_unsettled;
    case RegexOp::behind: return mark_ends | mark_within;
    case RegexOp::repeat: return nodes_[node.a].marks;
    case RegexOp::concat: {
      const uint8_t rest = nodes_[node.b].marks;
      return nodes_[node.a].marks | (nodes_[node.a].nullable ? rest : rest & anywhere);
    }
    case RegexOp::alt:
    case RegexOp::both: {
      uint8_t marks = 0;
      for (RegexNode part : *children) marks |= nodes_[part].marks;
      return marks;
    }
    default: return 0;
  }
}

uint32_t RegexAst::add_list(const DistinctList & list) {
  budget_.add_memory(sizeof(DistinctList));
  lists_.push_back(list);
  return static_cast<uint32_t>(lists_.size() - 1);
}

RegexNode RegexAst::distinct(uint32_t list, ValueSet values, uint32_t count) {
  const DistinctList & at = lists_[list];
  const uint32_t last = at.max == unlimited ? at.min : at.max;
  return intern({RegexOp::distinct, false, true, 0, list, values, std::min(count, last)}, nullptr);
}

RegexNode RegexAst::unsettled(uint32_t list, ValueSet values, uint32_t count) {
  return intern({RegexOp::unsettled, false, true, 0, list, values, count}, nullptr);
}

RegexNode RegexAst::first_item(RegexNode id) {
  const Node node = nodes_[id];
  const RegexNode item = lists_[node.a].item;
  if (node.b == ValueTrie::none) return item;
  std::vector<RegexNode> parts = {item, complement(seen(node.b, 0, 0))};
  return both(parts);
}

RegexNode RegexAst::opened(RegexNode id) {
  const Node node = nodes_[id];
  const DistinctList & list = lists_[node.a];
  const uint32_t last = list.max == unlimited ? list.min : list.max;
  const uint32_t count = std::min(node.c + 1, last);
  const RegexNode rest = intern({RegexOp::behind, count >= list.min, true, 0, node.a, node.b, count}, nullptr);
  return concat(first_item(id), rest);
}

RegexNode RegexAst::seen(ValueSet values, uint32_t pending_length, uint32_t pending) {
  if (values == ValueTrie::none) return nothing;
  if (values == ValueTrie::end) return empty;
  const bool nullable = pending_length == 0 && values_.has_end(values);
  return intern({RegexOp::seen, nullable, false, 0, values, pending_length, pending}, nullptr);
}

}  // namespace espalier
