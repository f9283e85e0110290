// Limits of a text's length beside what else is asked of it. Decides where several of them are one, so that texts are
// told apart by what they are or by how long they are, not by each pair of the two more often than there is need.
#include <algorithm>

#include "regex_ast.h"

namespace espalier {

bool RegexAst::is_length(RegexNode id) const {
  const Node & node = nodes_[id];
  if (node.op != RegexOp::repeat || !json_text_.has_value() || !json_text_->has_symbols()) return false;
  const Node & part = nodes_[node.a];
  return part.op == RegexOp::set && bytes(part) == json_text_->all_symbols();
}

RegexNode RegexAst::length_in(RegexNode id) const {
  if (is_length(id)) return id;
  const Node & node = nodes_[id];
  if (node.op != RegexOp::both) return nothing;
  const RegexNode * const end = children(node) + node.b;
  const RegexNode * const found = std::find_if(children(node), end, [this](RegexNode part) { return is_length(part); });
  return found == end ? static_cast<RegexNode>(nothing) : *found;
}

// Alternatives with the same limit of the length are alternatives within one: where texts come to the same but for what
// they have been, they would else be told apart at each length.
void RegexAst::share_lengths(std::vector<RegexNode> & parts) {
  std::vector<std::pair<RegexNode, RegexNode>> limited;  // by their length
  std::vector<RegexNode> others;
  for (RegexNode part : parts) {
    const RegexNode length = length_in(part);
    if (length == nothing) {
      others.push_back(part);
    } else {
      limited.emplace_back(length, part);
    }
  }
  if (limited.size() < 2) return;
  std::sort(limited.begin(), limited.end());
  parts = std::move(others);
  for (size_t i = 0; i < limited.size();) {
    const RegexNode length = limited[i].first;
    const size_t first = i;
    std::vector<RegexNode> within;
    for (; i < limited.size() && limited[i].first == length; ++i) within.push_back(without(limited[i].second, length));
    if (i - first == 1) {
      parts.push_back(limited[first].second);
      continue;
    }
    // These have no limit of the length, so that this goes no deeper.
    std::vector<RegexNode> shared = {alt(within), length};
    parts.push_back(both(shared));
  }
  sort_unique(parts);
}

/// An intersection without one of its parts, which may be all of it.
RegexNode RegexAst::without(RegexNode id, RegexNode part) {
  if (id == part) return all_;
  const Node & node = nodes_[id];
  std::vector<RegexNode> rest(children(node), children(node) + node.b);
  rest.erase(std::find(rest.begin(), rest.end(), part));
  return both(rest);
}

// Limits of the length are one.
void RegexAst::meet_lengths(std::vector<RegexNode> & parts) {
  const auto first = std::find_if(parts.begin(), parts.end(), [this](RegexNode part) { return is_length(part); });
  if (first == parts.end()) return;
  const auto is_other = [this](RegexNode part) { return is_length(part); };
  if (std::none_of(first + 1, parts.end(), is_other)) return;
  const RegexNode character = nodes_[*first].a;
  uint32_t min = 0;
  uint32_t max = unlimited;
  for (RegexNode part : parts) {
    if (!is_length(part)) continue;
    min = std::max(min, nodes_[part].b);
    max = std::min(max, nodes_[part].c);
  }
  parts.erase(std::remove_if(parts.begin(), parts.end(), is_other), parts.end());
  const RegexNode length = min > max ? static_cast<RegexNode>(nothing) : repeat(character, min, max);
  parts.insert(std::lower_bound(parts.begin(), parts.end(), length), length);
}

}  // namespace espalier
