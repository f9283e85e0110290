// Dropping regex nodes that nothing refers to any more. Decides their new numbers: in the same order as before, so that
// sorted parts stay sorted. Parts always have smaller numbers than the whole, so one pass down and one up will do.
#include "regex_ast.h"

namespace espalier {

void RegexAst::keep_all() {
  kept_nodes_ = nodes_.size();
  kept_children_ = children_.size();
  kept_sets_ = sets_.size();
  values_.keep_all();
}

template <typename Visit>
void RegexAst::each_part(const Node & node, Visit visit) const {
  switch (node.op) {
    case RegexOp::alt:
    case RegexOp::both:
      for (uint32_t i = 0; i < node.b; ++i) visit(children(node)[i]);
      break;
    case RegexOp::concat:
      visit(node.a);
      visit(node.b);
      break;
    case RegexOp::complement:
    case RegexOp::repeat:
    case RegexOp::spelled: visit(node.a); break;
    default: break;
  }
}

std::vector<RegexNode> RegexAst::collect(const std::vector<RegexNode> & roots) {
  std::vector<bool> is_live(nodes_.size(), false);
  std::vector<bool> is_set_live(sets_.size(), false);
  std::vector<bool> are_values_live(values_.size(), false);
  for (RegexNode root : roots) is_live[root] = true;
  size_t live = kept_nodes_;
  for (size_t id = nodes_.size(); id > kept_nodes_; --id) {
    if (!is_live[id - 1]) continue;
    ++live;
    const Node & node = nodes_[id - 1];
    if (node.op == RegexOp::set) is_set_live[node.a] = true;
    if (node.op == RegexOp::seen) are_values_live[node.a] = true;
    if (has_values(node)) are_values_live[node.b] = true;
    each_part(node, [&](RegexNode part) { is_live[part] = true; });
  }
  std::vector<RegexNode> numbers(nodes_.size(), nothing);
  std::vector<uint32_t> set_numbers(sets_.size(), 0);
  IdTable known;
  known.reset(live);
  std::vector<uint32_t> set_table(set_table_.size(), 0);
  values_.mark_below(are_values_live);
  // Nothing below allocates.
  const std::vector<ValueSet> value_numbers = values_.collect(are_values_live);
  size_t next_set = 0;
  for (size_t i = 0; i < sets_.size(); ++i) {
    if (i >= kept_sets_ && !is_set_live[i]) continue;
    set_numbers[i] = static_cast<uint32_t>(next_set);
    sets_[next_set++] = sets_[i];
  }
  budget_.drop_memory((sets_.size() - next_set) * memory_of_set);
  sets_.resize(next_set);
  fill_set_table(std::move(set_table));
  for (RegexNode id = 0; id < kept_nodes_; ++id) numbers[id] = id;
  size_t next = kept_nodes_;
  size_t next_child = kept_children_;
  for (size_t id = kept_nodes_; id < nodes_.size(); ++id) {
    const Node node = nodes_[id];
    if (!is_live[id]) {
      budget_.drop_memory(memory_of(node));
      continue;
    }
    Node & moved = nodes_[next] = node;
    if (node.op == RegexOp::set) {
      moved.a = set_numbers[node.a];
    } else if (has_children(node)) {
      moved.a = static_cast<uint32_t>(next_child);
      for (uint32_t i = 0; i < node.b; ++i) children_[next_child++] = numbers[children_[node.a + i]];
    } else if (node.op == RegexOp::seen) {
      moved.a = value_numbers[node.a];
    } else if (has_values(node)) {
      moved.b = value_numbers[node.b];
    } else if (!has_no_parts(node)) {
      moved.a = numbers[node.a];
      if (node.op == RegexOp::concat) moved.b = numbers[node.b];
    }
    within_[next] = within_[id];
    numbers[id] = static_cast<RegexNode>(next++);
  }
  nodes_.shrink(next);
  within_.shrink(next);
  children_.resize(next_child);
  known_ = std::move(known);
  for (RegexNode id = 0; id < nodes_.size(); ++id) {
    known_.add(hash_of(nodes_[id], has_children(nodes_[id]) ? children(nodes_[id]) : nullptr), id);
  }
  return numbers;
}

}  // namespace espalier
