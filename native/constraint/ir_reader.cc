// From nodes and rules to expressions. Decides how each opcode is lowered; nested concatenations and alternatives are
// flattened first, so that neither their depth nor their order costs more than their size.
#include "ir_reader.h"

#include <algorithm>
#include <unordered_map>

#include "ir_words.h"
#include "literal_trie.h"
#include "utf8.h"

namespace espalier {

namespace {

class ExpressionBuilder {
 public:
  ExpressionBuilder(RegexAst & ast, IrWords words, std::string_view bytes)
      : ast_(ast), ir_(std::move(words)), bytes_(bytes) {}

  ReadConstraint build();

 private:
  Lexeme lexeme_of(uint32_t id);
  void name_lexemes();
  bool start_is_lexeme();
  void mark_needed();
  void need(uint32_t id);
  void flatten(uint32_t id);
  void build_node(uint32_t id);
  RegexNode build_concat(uint32_t id);
  RegexNode build_alt(uint32_t id);
  RegexNode build_and(uint32_t id);
  RegexNode build_not(const IrNode & node);
  RegexNode build_class(const IrNode & node);
  RegexNode build_distinct(const IrNode & node);
  void refuse_list_in(uint32_t id, const char * where) const;

  RegexAst & ast_;
  IrWords ir_;
  std::string_view bytes_;
  std::vector<bool> needed_;
  std::vector<RegexNode> built_;
  std::vector<bool> valid_utf8_;  // every string of the node is valid UTF-8
  std::vector<bool> has_list_;    // a list of distinct items is inside
  std::vector<uint32_t> parts_;   // of the node being built, flattened
  std::vector<uint32_t> stack_;
  RegexNode any_text_ = RegexAst::nothing;
  std::unordered_map<uint32_t, Lexeme> lexeme_of_node_;
  std::vector<uint32_t> lexeme_nodes_;
};

Lexeme ExpressionBuilder::lexeme_of(uint32_t id) {
  const auto [it, fresh] = lexeme_of_node_.emplace(id, static_cast<Lexeme>(lexeme_nodes_.size()));
  if (fresh) {
    lexeme_nodes_.push_back(id);
    ir_.uses[id] += 2;  // a node of its own, not to be flattened away
  }
  return it->second;
}

// In the rules lexemes are named by node; from here on by their own numbers.
void ExpressionBuilder::name_lexemes() {
  for (IrRule & rule : ir_.rules) {
    for (std::vector<Symbol> & symbols : rule) {
      for (Symbol & symbol : symbols) {
        if (symbol.kind == Symbol::Kind::lexeme) symbol.id = lexeme_of(symbol.id);
      }
    }
  }
}

// Where it starts with one lexeme, directly or by a rule of nothing else, that is the only lexeme.
bool ExpressionBuilder::start_is_lexeme() {
  uint32_t node = ir_.start;
  if (ir_.starts_with_rule) {
    const IrRule & rule = ir_.rules[ir_.start];
    const bool is_one = rule.size() == 1 && rule[0].size() == 1 && rule[0][0].kind == Symbol::Kind::lexeme;
    if (!is_one) return false;
    node = lexeme_nodes_[rule[0][0].id];
  }
  lexeme_nodes_.assign(1, node);
  ir_.uses[node] += 2;
  return true;
}

void ExpressionBuilder::need(uint32_t id) {
  needed_[id] = true;
  // build_not and build_and look below a complement, too.
  if (ir_.nodes[id].op == ir_not) needed_[ir_.nodes[id].part()] = true;
}

// Largest ids first: parts have smaller ids than the whole.
void ExpressionBuilder::mark_needed() {
  for (uint32_t node : lexeme_nodes_) needed_[node] = true;
  for (size_t id = ir_.nodes.size(); id > 0; --id) {
    const auto node = static_cast<uint32_t>(id - 1);
    if (!needed_[node]) continue;
    const IrNode & at = ir_.nodes[node];
    if (at.has_parts()) {
      flatten(node);
      for (uint32_t part : parts_) {
        if (at.op == ir_and) need(part);
        else needed_[part] = true;
      }
    } else if (at.op == ir_not || at.op == ir_repeat) {
      need(at.part());
    } else if (at.op == ir_distinct) {
      need(at.part());
      need(static_cast<uint32_t>(at.operands[1]));
    }
  }
}

ReadConstraint ExpressionBuilder::build() {
  const size_t node_count = ir_.nodes.size();
  needed_.assign(node_count, false);
  built_.assign(node_count, RegexAst::nothing);
  valid_utf8_.assign(node_count, false);
  has_list_.assign(node_count, false);
  name_lexemes();
  const bool is_lexeme = start_is_lexeme();
  mark_needed();
  ast_.set_text(std::string(bytes_));
  ast_.budget().add_memory(bytes_.size());
  any_text_ = any_text(ast_);
  for (uint32_t id = 0; id < node_count; ++id) {
    if (needed_[id]) build_node(id);
  }
  ReadConstraint result;
  for (uint32_t node : lexeme_nodes_) result.lexemes.push_back(built_[node]);
  if (!is_lexeme) result.grammar = GrammarRules{std::move(ir_.rules), ir_.start};
  return result;
}

// The node's parts; a part of the same kind that nothing else uses is replaced by its own parts, in order.
void ExpressionBuilder::flatten(uint32_t id) {
  parts_.clear();
  const int32_t op = ir_.nodes[id].op;
  stack_.clear();
  const auto push_parts = [&](const IrNode & node) {
    for (uint32_t i = node.count; i > 0; --i) stack_.push_back(static_cast<uint32_t>(node.operands[i - 1]));
  };
  push_parts(ir_.nodes[id]);
  while (!stack_.empty()) {
    const uint32_t part = stack_.back();
    stack_.pop_back();
    if (ir_.nodes[part].op == op && ir_.uses[part] == 1) {
      push_parts(ir_.nodes[part]);
    } else {
      parts_.push_back(part);
    }
  }
  ast_.budget().spend(1 + parts_.size());
}

void ExpressionBuilder::build_node(uint32_t id) {
  const IrNode & node = ir_.nodes[id];
  RegexNode made = RegexAst::nothing;
  bool valid = true;
  switch (node.op) {
    case ir_empty: made = RegexAst::empty; break;
    case ir_nothing: break;
    case ir_bytes: {
      const uint32_t offset = static_cast<uint32_t>(node.operands[0]);
      const uint32_t length = static_cast<uint32_t>(node.operands[1]);
      made = ast_.literal(offset, length);
      valid = is_valid_utf8(bytes_.substr(offset, length));
      break;
    }
    case ir_class: made = build_class(node); break;
    case ir_concat: made = build_concat(id); break;
    case ir_alt: made = build_alt(id); break;
    case ir_and: made = build_and(id); break;
    case ir_not: made = build_not(node); break;
    case ir_stretch: {
      const IrNode & source = ir_.nodes[node.part()];
      const uint32_t offset = static_cast<uint32_t>(source.operands[0]);
      const uint32_t length = static_cast<uint32_t>(source.operands[1]);
      if (!is_valid_utf8(bytes_.substr(offset, length))) {
        fail("CONSTRAINT_INVALID", "The encoded constraint has a stretch of bytes that are no UTF-8.");
      }
      made = length == 0 ? RegexAst::nothing : ast_.stretch_of(offset, length);
      break;
    }
    case ir_repeat: {
      const uint32_t part = static_cast<uint32_t>(node.operands[0]);
      const int32_t max = node.operands[2];
      made = ast_.repeat(built_[part], static_cast<uint32_t>(node.operands[1]),
                         max < 0 ? RegexAst::unlimited : static_cast<uint32_t>(max));
      valid = valid_utf8_[part];
      break;
    }
  }
  if (node.op == ir_distinct) {
    made = build_distinct(node);
    valid = true;
  }
  has_list_[id] = node.op == ir_distinct || (node.op == ir_repeat && has_list_[node.part()]);
  if (node.has_parts()) {
    has_list_[id] = std::any_of(parts_.begin(), parts_.end(), [this](uint32_t part) { return has_list_[part]; });
    const auto is_valid = [this](uint32_t part) { return valid_utf8_[part]; };
    valid = node.op == ir_and ? std::any_of(parts_.begin(), parts_.end(), is_valid)
                              : std::all_of(parts_.begin(), parts_.end(), is_valid);
  }
  built_[id] = made;
  valid_utf8_[id] = valid;
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
    if (ast_.node(built_[part]).nullable || !valid_utf8_[part]) {
      fail("CONSTRAINT_INVALID", "The encoded constraint has a list whose items or commas may be empty or no UTF-8.");
    }
  }
  const int32_t max = node.operands[3];
  const uint32_t most = max < 0 ? RegexAst::unlimited : static_cast<uint32_t>(max);
  const uint32_t list = ast_.add_list({built_[node.part()], built_[static_cast<size_t>(node.operands[1])],
                                       static_cast<uint32_t>(node.operands[2]), most, true});
  return ast_.distinct(list, ValueTrie::none, 0);
}

RegexNode ExpressionBuilder::build_not(const IrNode & node) {
  refuse_list_in(node.part(), "a complement");
  const IrNode & part = ir_.nodes[node.part()];
  const RegexNode rest = part.op == ir_not ? built_[part.part()] : ast_.complement(built_[node.part()]);
  std::vector<RegexNode> parts = {any_text_, rest};
  return ast_.both(parts);
}

RegexNode ExpressionBuilder::build_class(const IrNode & node) {
  std::vector<CodePointRange> ranges;
  ranges.reserve(node.count);
  for (uint32_t i = 0; i < node.count; ++i) {
    ranges.emplace_back(static_cast<uint32_t>(node.operands[2 * i]), static_cast<uint32_t>(node.operands[2 * i + 1]));
  }
  return code_point_class(ast_, ranges);
}

RegexNode ExpressionBuilder::build_concat(uint32_t id) {
  flatten(id);
  RegexNode made = RegexAst::empty;
  for (auto part = parts_.rbegin(); part != parts_.rend(); ++part) made = ast_.concat(built_[*part], made);
  return made;
}

RegexNode ExpressionBuilder::build_alt(uint32_t id) {
  flatten(id);
  std::vector<RegexNode> parts;
  parts.reserve(parts_.size());
  for (uint32_t part : parts_) parts.push_back(built_[part]);
  share_literal_beginnings(ast_, parts);
  return ast_.alt(parts);
}

// A complement beside a part that is valid UTF-8 anyway needs no intersection with all text of its own.
RegexNode ExpressionBuilder::build_and(uint32_t id) {
  flatten(id);
  const bool has_text = std::any_of(parts_.begin(), parts_.end(), [this](uint32_t part) {
    return ir_.nodes[part].op != ir_not && valid_utf8_[part];
  });
  std::vector<RegexNode> parts;
  for (uint32_t part : parts_) {
    const bool bare = has_text && ir_.nodes[part].op == ir_not;
    parts.push_back(bare ? ast_.complement(built_[ir_.nodes[part].operands[0]]) : built_[part]);
  }
  if (parts_.empty()) return any_text_;
  return ast_.both(parts);
}

}  // namespace

ReadConstraint read_ir(RegexAst & ast, const int32_t * words, size_t word_count, std::string_view bytes) {
  return ExpressionBuilder(ast, read_words(ast.budget(), words, word_count, bytes.size()), bytes).build();
}

}  // namespace espalier
