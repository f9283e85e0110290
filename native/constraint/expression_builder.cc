// See expression_builder.h. Decides how each opcode is lowered.
#include "expression_builder.h"

#include <algorithm>

#include "ir_texts.h"
#include "literal_trie.h"
#include "utf8.h"

namespace espalier {

void ExpressionBuilder::build_node(uint32_t id) {
  const IrNode & node = ir_.nodes[id];
  RegexNode made = RegexAst::nothing;
  bool valid = true;
  switch (node.op) {
    case ir_empty: made = RegexAst::empty; break;
    case ir_nothing: break;
    case ir_bytes:
      made = build_literal(node);
      valid = is_valid_utf8(bytes_of(node));
      break;
    case ir_class: made = build_class(node); break;
    case ir_concat: made = build_concat(id); break;
    case ir_alt: made = build_alt(id); break;
    case ir_and: made = build_and(id); break;
    case ir_not: made = build_not(node); break;
    case ir_stretch: made = build_stretch(ir_.nodes[node.part()]); break;
    case ir_distinct: made = build_distinct(node); break;
    case ir_spelled: made = ast_.spelled(text_side_.built[node.part()]); break;
    case ir_repeat: {
      const uint32_t part = static_cast<uint32_t>(node.operands[0]);
      const int32_t max = node.operands[2];
      made = ast_.repeat(side_->built[part], static_cast<uint32_t>(node.operands[1]),
                         max < 0 ? RegexAst::unlimited : static_cast<uint32_t>(max));
      valid = side_->is_text[part];
      break;
    }
  }
  has_list_[id] = node.op == ir_distinct || (node.op == ir_repeat && has_list_[node.part()]);
  if (node.has_parts()) {
    has_list_[id] = std::any_of(parts_.begin(), parts_.end(), [this](uint32_t part) { return has_list_[part]; });
    const auto is_valid = [this](uint32_t part) { return side_->is_text[part]; };
    valid = node.op == ir_and ? std::any_of(parts_.begin(), parts_.end(), is_valid)
                              : std::all_of(parts_.begin(), parts_.end(), is_valid);
  }
  side_->built[id] = made;
  side_->is_text[id] = valid;
}

// Among texts an ASCII character is its own symbol, and so is every byte where there are no symbols.
RegexNode ExpressionBuilder::build_literal(const IrNode & node) {
  const std::string_view bytes = bytes_of(node);
  const bool is_ascii = std::all_of(bytes.begin(), bytes.end(), [](char c) { return (c & 0x80) == 0; });
  if (side_ == &bytes_side_ || is_ascii || !ast_.json_text()->has_symbols()) {
    return ast_.literal(static_cast<uint32_t>(node.operands[0]), static_cast<uint32_t>(node.operands[1]));
  }
  return symbols_of(ast_, bytes);
}

RegexNode ExpressionBuilder::build_stretch(const IrNode & source) {
  const std::string_view bytes = bytes_of(source);
  if (!is_valid_utf8(bytes)) {
    fail("CONSTRAINT_INVALID", "The encoded constraint has a stretch of bytes that are no UTF-8.");
  }
  if (bytes.empty()) return RegexAst::nothing;
  return ast_.stretch_of(static_cast<uint32_t>(source.operands[0]), static_cast<uint32_t>(bytes.size()));
}

// What a complement or another list would make of items that aren't known yet can't be told.
void ExpressionBuilder::refuse_list_in(uint32_t id, const char * where) const {
  if (!has_list_[id]) return;
  fail("CONSTRAINT_INVALID", std::string("The encoded constraint has a list of distinct items in ") + where + ".");
}

RegexNode ExpressionBuilder::build_distinct(const IrNode & node) {
  for (int i = 0; i < 2; ++i) {
    const auto part = static_cast<uint32_t>(node.operands[i]);
    refuse_list_in(part, "another one");
    if (ast_.node(side_->built[part]).nullable || !side_->is_text[part]) {
      fail("CONSTRAINT_INVALID", "The encoded constraint has a list whose items or commas may be empty or no UTF-8.");
    }
  }
  const int32_t max = node.operands[3];
  const uint32_t most = max < 0 ? RegexAst::unlimited : static_cast<uint32_t>(max);
  const uint32_t list = ast_.add_list({side_->built[node.part()], side_->built[static_cast<size_t>(node.operands[1])],
                                       static_cast<uint32_t>(node.operands[2]), most, true});
  return ast_.distinct(list, ValueTrie::none, 0);
}

RegexNode ExpressionBuilder::build_not(const IrNode & node) {
  refuse_list_in(node.part(), "a complement");
  const IrNode & part = ir_.nodes[node.part()];
  const bool is_double = part.op == ir_not;
  std::vector<RegexNode> parts = {side_->any_text,
                                  is_double ? side_->built[part.part()] : ast_.complement(side_->built[node.part()])};
  return ast_.both(parts);
}

RegexNode ExpressionBuilder::build_class(const IrNode & node) {
  const bool has_symbols = side_ == &text_side_ && ast_.json_text()->has_symbols();
  return has_symbols ? ast_.set(ast_.json_text()->symbols_in(ranges_of(node)))
                     : code_point_class(ast_, ranges_of(node));
}

RegexNode ExpressionBuilder::build_concat(uint32_t id) {
  flatten(id);
  RegexNode made = RegexAst::empty;
  for (auto part = parts_.rbegin(); part != parts_.rend(); ++part) made = ast_.concat(side_->built[*part], made);
  return made;
}

RegexNode ExpressionBuilder::build_alt(uint32_t id) {
  flatten(id);
  std::vector<RegexNode> parts;
  parts.reserve(parts_.size());
  for (uint32_t part : parts_) parts.push_back(side_->built[part]);
  share_literal_beginnings(ast_, parts);
  return ast_.alt(parts);
}

// A complement beside a part that is valid UTF-8 anyway needs no intersection with all text of its own.
RegexNode ExpressionBuilder::build_and(uint32_t id) {
  flatten(id);
  const bool has_text = std::any_of(parts_.begin(), parts_.end(), [this](uint32_t part) {
    return ir_.nodes[part].op != ir_not && side_->is_text[part];
  });
  std::vector<RegexNode> parts;
  for (uint32_t part : parts_) {
    const bool bare = has_text && ir_.nodes[part].op == ir_not;
    parts.push_back(bare ? ast_.complement(side_->built[ir_.nodes[part].part()]) : side_->built[part]);
  }
  if (parts_.empty()) return side_->any_text;
  return ast_.both(parts);
}

}  // namespace espalier
