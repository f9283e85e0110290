// From nodes and rules to expressions. Decides which nodes are built and in which order; nested concatenations and
// alternatives are flattened first, so that neither their depth nor their order costs more than their size.
#include "ir_reader.h"

#include <algorithm>

#include "expression_builder.h"
#include "ir_texts.h"
#include "utf8.h"

namespace espalier {

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
  } else if (at.op == ir_distinct) {
    need(at.part());
    need(static_cast<uint32_t>(at.operands[1]));
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
  has_list_.assign(node_count, false);
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

ReadConstraint read_ir(RegexAst & ast, const int32_t * words, size_t word_count, std::string_view bytes) {
  return ExpressionBuilder(ast, read_words(ast.budget(), words, word_count, bytes.size()), bytes).build();
}

}  // namespace espalier
