// From nodes and rules to expressions. Decides how each opcode is lowered; nested concatenations and alternatives are
// flattened first, so that neither their depth nor their order costs more than their size.
#include "ir_reader.h"

#include <algorithm>
#include <unordered_map>

#include "ir_texts.h"
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
  void mark_parts(uint32_t id);
  void set_alphabet();
  void flatten(uint32_t id);
  void build_node(uint32_t id);
  RegexNode build_literal(const IrNode & node);
  RegexNode build_concat(uint32_t id);
  RegexNode build_alt(uint32_t id);
  RegexNode build_and(uint32_t id);
  RegexNode build_not(const IrNode & node);
  RegexNode build_class(const IrNode & node);
  RegexNode build_stretch(const IrNode & node);
  std::string_view bytes_of(const IrNode & node) const {
    return bytes_.substr(static_cast<uint32_t>(node.operands[0]), static_cast<uint32_t>(node.operands[1]));
  }

  RegexAst & ast_;
  IrWords ir_;
  std::string_view bytes_;
  // A node may stand among bytes, and among the texts that are spelled in JSON: it is another expression in each.
  struct Side {
    std::vector<bool> needed;
    std::vector<RegexNode> built;
    std::vector<bool> is_text;  // every string of the node is text: valid UTF-8, or symbols of the alphabet
    RegexNode any_text = RegexAst::nothing;
  };
  Side bytes_side_;
  Side text_side_;
  Side * side_ = &bytes_side_;   // the one being marked or built
  std::vector<uint32_t> parts_;  // of the node being built, flattened
  std::vector<uint32_t> stack_;
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
  for (MemberSet & set : ir_.sets) {
    for (Lexeme * lexeme : {&set.open, &set.separator, &set.close}) *lexeme = lexeme_of(*lexeme);
    for (MemberSet::Element & element : set.elements) {
      if (element.symbol.kind == Symbol::Kind::lexeme) element.symbol.id = lexeme_of(element.symbol.id);
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
  side_->needed[id] = true;
  // build_not and build_and look below a complement, too.
  if (ir_.nodes[id].op == ir_not) side_->needed[ir_.nodes[id].part()] = true;
}

void ExpressionBuilder::mark_parts(uint32_t id) {
  const IrNode & at = ir_.nodes[id];
  if (at.has_parts()) {
    flatten(id);
    for (uint32_t part : parts_) {
      if (at.op == ir_and) need(part);
      else side_->needed[part] = true;
    }
  } else if (at.op == ir_not || at.op == ir_repeat) {
    need(at.part());
  } else if (at.op == ir_spelled) {
    text_side_.needed[at.part()] = true;
  }
}

// Largest ids first: parts have smaller ids than the whole.
void ExpressionBuilder::mark_needed() {
  for (uint32_t node : lexeme_nodes_) bytes_side_.needed[node] = true;
  for (size_t id = ir_.nodes.size(); id > 0; --id) {
    for (Side * side : {&bytes_side_, &text_side_}) {
      side_ = side;
      if (side->needed[id - 1]) mark_parts(static_cast<uint32_t>(id - 1));
    }
  }
}

void ExpressionBuilder::set_alphabet() {
  const auto sets = sets_told_apart(ir_, text_side_.needed, bytes_);
  if (!sets.has_value()) return;
  for (const auto & set : *sets) ast_.budget().spend(set.size());
  JsonText alphabet(*sets);
  ast_.budget().add_memory(alphabet.bytes());
  text_side_.any_text = alphabet.has_symbols() ? ast_.repeat(ast_.set(alphabet.all_symbols()), 0, RegexAst::unlimited)
                                               : bytes_side_.any_text;
  ast_.set_json_text(std::move(alphabet));
}

ReadConstraint ExpressionBuilder::build() {
  const size_t node_count = ir_.nodes.size();
  for (Side * side : {&bytes_side_, &text_side_}) {
    side->needed.assign(node_count, false);
    side->built.assign(node_count, RegexAst::nothing);
    side->is_text.assign(node_count, false);
  }
  name_lexemes();
  const bool is_lexeme = start_is_lexeme();
  mark_needed();
  ast_.set_text(std::string(bytes_));
  ast_.budget().add_memory(bytes_.size());
  bytes_side_.any_text = any_text(ast_);
  set_alphabet();
  for (uint32_t id = 0; id < node_count; ++id) {
    for (Side * side : {&text_side_, &bytes_side_}) {
      side_ = side;
      if (side->needed[id]) build_node(id);
    }
  }
  ReadConstraint result;
  for (uint32_t node : lexeme_nodes_) result.lexemes.push_back(bytes_side_.built[node]);
  if (!is_lexeme) result.grammar = GrammarRules{std::move(ir_.rules), std::move(ir_.sets), ir_.start};
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
  if (node.has_parts()) {
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

RegexNode ExpressionBuilder::build_not(const IrNode & node) {
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

}  // namespace

ReadConstraint read_ir(RegexAst & ast, const int32_t * words, size_t word_count, std::string_view bytes) {
  return ExpressionBuilder(ast, read_words(ast.budget(), words, word_count, bytes.size()), bytes).build();
}

}  // namespace espalier
