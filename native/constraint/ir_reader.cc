// From words to expressions and rules. Decides how each opcode is lowered; nested concatenations and alternatives are
// flattened first, so that neither their depth nor their order costs more than their size.
#include "ir_reader.h"

#include <algorithm>
#include <unordered_map>

#include "literal_trie.h"
#include "utf8.h"

namespace espalier {

namespace {

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
};

constexpr int32_t ir_version = 1;
constexpr size_t word_count_max = size_t{1} << 24;

[[noreturn]] void invalid(const std::string & what) {
  fail("CONSTRAINT_INVALID", "The encoded constraint is not well formed: " + what + ".");
}

class IrReader {
 public:
  IrReader(RegexAst & ast, const int32_t * words, size_t word_count, std::string_view bytes)
      : ast_(ast), words_(words), word_count_(word_count), bytes_(bytes) {}

  ReadConstraint read();

 private:
  struct NodeView {
    int32_t op;
    const int32_t * operands;  // after the count, for ops that have one
    uint32_t count;            // operands, or ranges of a class
  };

  int32_t take(const char * what);
  uint32_t take_count(const char * what);
  void scan_nodes(uint32_t node_count);
  void scan_node(uint32_t id);
  void flatten(uint32_t id);
  void build(uint32_t id);
  RegexNode build_concat(uint32_t id);
  RegexNode build_alt(uint32_t id);
  RegexNode build_and(uint32_t id);
  RegexNode build_class(const NodeView & node);
  std::vector<std::vector<std::vector<Symbol>>> read_rules(uint32_t rule_count, uint32_t node_count);
  Lexeme lexeme_of(uint32_t id);
  bool is_child_list(int32_t op) const { return op == ir_concat || op == ir_alt || op == ir_and; }

  RegexAst & ast_;
  const int32_t * words_;
  size_t word_count_;
  size_t at_ = 0;
  std::string_view bytes_;
  std::vector<NodeView> nodes_;
  std::vector<uint32_t> uses_;
  std::vector<bool> needed_;
  std::vector<RegexNode> built_;
  std::vector<bool> valid_utf8_;  // every string of the node is valid UTF-8
  std::vector<uint32_t> parts_;   // of the node being built, flattened
  std::vector<uint32_t> stack_;
  RegexNode any_text_ = RegexAst::nothing;
  std::unordered_map<uint32_t, Lexeme> lexeme_of_node_;
  std::vector<uint32_t> lexeme_nodes_;
};

int32_t IrReader::take(const char * what) {
  if (at_ >= word_count_) invalid(std::string("it ends where ") + what + " was expected");
  return words_[at_++];
}

uint32_t IrReader::take_count(const char * what) {
  const int32_t count = take(what);
  if (count < 0 || static_cast<size_t>(count) > word_count_ - at_) {
    invalid(std::string(what) + " is " + std::to_string(count) + " with " + std::to_string(word_count_ - at_) +
            " words left");
  }
  return static_cast<uint32_t>(count);
}

void IrReader::scan_node(uint32_t id) {
  NodeView node = {take("an opcode"), words_ + at_, 0};
  const auto check_child = [&](int32_t child) {
    if (child < 0 || static_cast<uint32_t>(child) >= id) {
      invalid("node " + std::to_string(id) + " refers to node " + std::to_string(child) + ", which is not before it");
    }
    ++uses_[child];
  };
  switch (node.op) {
    case ir_empty:
    case ir_nothing:
      break;
    case ir_bytes: {
      const int32_t offset = take("an offset");
      const int32_t length = take("a length");
      if (offset < 0 || length < 0 || static_cast<size_t>(offset) + static_cast<size_t>(length) > bytes_.size()) {
        invalid("a literal at " + std::to_string(offset) + " of " + std::to_string(length) + " bytes, where " +
                std::to_string(bytes_.size()) + " bytes were given");
      }
      break;
    }
    case ir_class: {
      node.count = take_count("the number of ranges");
      node.operands = words_ + at_;
      int64_t last = -1;
      for (uint32_t i = 0; i < node.count; ++i) {
        const int64_t from = take("a range");
        const int64_t to = take("a range");
        if (from <= last || to < from || to > 0x10FFFF) invalid("ranges that are not sorted and disjoint");
        last = to;
      }
      break;
    }
    case ir_concat:
    case ir_alt:
    case ir_and:
      node.count = take_count("the number of parts");
      node.operands = words_ + at_;
      for (uint32_t i = 0; i < node.count; ++i) check_child(take("a node"));
      break;
    case ir_not:
      node.count = 1;
      check_child(take("a node"));
      break;
    case ir_repeat: {
      node.count = 1;
      check_child(take("a node"));
      const int32_t min = take("a minimum");
      const int32_t max = take("a maximum");
      if (min < 0 || max < -1 || (max >= 0 && max < min)) {
        invalid("a repeat of " + std::to_string(min) + " to " + std::to_string(max));
      }
      break;
    }
    default:
      invalid("opcode " + std::to_string(node.op));
  }
  nodes_.push_back(node);
}

void IrReader::scan_nodes(uint32_t node_count) {
  if (node_count > word_count_) invalid("more nodes than words");
  ast_.budget().add_memory(node_count * (sizeof(NodeView) + 3 * sizeof(uint32_t)));
  nodes_.reserve(node_count);
  uses_.assign(node_count, 0);
  for (uint32_t id = 0; id < node_count; ++id) scan_node(id);
  needed_.assign(node_count, false);
  built_.assign(node_count, RegexAst::nothing);
  valid_utf8_.assign(node_count, false);
}

// The node's parts; a part of the same kind that nothing else uses is replaced by its own parts, in order.
void IrReader::flatten(uint32_t id) {
  parts_.clear();
  const int32_t op = nodes_[id].op;
  stack_.clear();
  const auto push_parts = [&](const NodeView & node) {
    for (uint32_t i = node.count; i > 0; --i) stack_.push_back(static_cast<uint32_t>(node.operands[i - 1]));
  };
  push_parts(nodes_[id]);
  while (!stack_.empty()) {
    const uint32_t part = stack_.back();
    stack_.pop_back();
    if (nodes_[part].op == op && uses_[part] == 1) {
      push_parts(nodes_[part]);
    } else {
      parts_.push_back(part);
    }
  }
  ast_.budget().spend(1 + parts_.size());
}

void IrReader::build(uint32_t id) {
  const NodeView & node = nodes_[id];
  RegexNode made = RegexAst::nothing;
  bool valid = true;
  switch (node.op) {
    case ir_empty:
      made = RegexAst::empty;
      break;
    case ir_nothing:
      break;
    case ir_bytes: {
      const uint32_t offset = static_cast<uint32_t>(node.operands[0]);
      const uint32_t length = static_cast<uint32_t>(node.operands[1]);
      made = ast_.literal(offset, length);
      valid = is_valid_utf8(bytes_.substr(offset, length));
      break;
    }
    case ir_class:
      made = build_class(node);
      break;
    case ir_concat:
      made = build_concat(id);
      break;
    case ir_alt:
      made = build_alt(id);
      break;
    case ir_and:
      made = build_and(id);
      break;
    case ir_not: {
      const uint32_t part = static_cast<uint32_t>(node.operands[0]);
      const bool is_double = nodes_[part].op == ir_not;
      const RegexNode rest = is_double ? built_[nodes_[part].operands[0]] : ast_.complement(built_[part]);
      std::vector<RegexNode> parts = {any_text_, rest};
      made = ast_.both(parts);
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
  if (is_child_list(node.op)) {
    const auto is_valid = [this](uint32_t part) { return valid_utf8_[part]; };
    valid = node.op == ir_and ? std::any_of(parts_.begin(), parts_.end(), is_valid)
                              : std::all_of(parts_.begin(), parts_.end(), is_valid);
  }
  built_[id] = made;
  valid_utf8_[id] = valid;
}

RegexNode IrReader::build_class(const NodeView & node) {
  std::vector<CodePointRange> ranges;
  ranges.reserve(node.count);
  for (uint32_t i = 0; i < node.count; ++i) {
    ranges.emplace_back(static_cast<uint32_t>(node.operands[2 * i]), static_cast<uint32_t>(node.operands[2 * i + 1]));
  }
  return code_point_class(ast_, ranges);
}

RegexNode IrReader::build_concat(uint32_t id) {
  flatten(id);
  RegexNode made = RegexAst::empty;
  for (auto part = parts_.rbegin(); part != parts_.rend(); ++part) made = ast_.concat(built_[*part], made);
  return made;
}

RegexNode IrReader::build_alt(uint32_t id) {
  flatten(id);
  std::vector<RegexNode> parts;
  parts.reserve(parts_.size());
  for (uint32_t part : parts_) parts.push_back(built_[part]);
  share_literal_beginnings(ast_, parts);
  return ast_.alt(parts);
}

// A complement beside a part that is valid UTF-8 anyway needs no intersection with all text of its own.
RegexNode IrReader::build_and(uint32_t id) {
  flatten(id);
  const bool has_text = std::any_of(parts_.begin(), parts_.end(), [this](uint32_t part) {
    return nodes_[part].op != ir_not && valid_utf8_[part];
  });
  std::vector<RegexNode> parts;
  for (uint32_t part : parts_) {
    const bool bare = has_text && nodes_[part].op == ir_not;
    parts.push_back(bare ? ast_.complement(built_[nodes_[part].operands[0]]) : built_[part]);
  }
  if (parts_.empty()) return any_text_;
  return ast_.both(parts);
}

Lexeme IrReader::lexeme_of(uint32_t id) {
  const auto [it, fresh] = lexeme_of_node_.emplace(id, static_cast<Lexeme>(lexeme_nodes_.size()));
  if (fresh) {
    lexeme_nodes_.push_back(id);
    uses_[id] += 2;  // a node of its own, not to be flattened away
  }
  return it->second;
}

std::vector<std::vector<std::vector<Symbol>>> IrReader::read_rules(uint32_t rule_count, uint32_t node_count) {
  std::vector<std::vector<std::vector<Symbol>>> rules;
  for (uint32_t rule = 0; rule < rule_count; ++rule) {
    const uint32_t alternative_count = take_count("the number of alternatives");
    ast_.budget().add_memory(32 + 32 * size_t{alternative_count});
    rules.emplace_back();
    for (uint32_t i = 0; i < alternative_count; ++i) {
      const uint32_t symbol_count = take_count("the number of symbols");
      ast_.budget().add_memory(sizeof(Symbol) * size_t{symbol_count});
      std::vector<Symbol> symbols;
      symbols.reserve(symbol_count);
      for (uint32_t k = 0; k < symbol_count; ++k) {
        const int32_t word = take("a symbol");
        const uint32_t id = static_cast<uint32_t>(word) >> 1;
        const bool is_rule = (word & 1) != 0;
        if (word < 0 || id >= (is_rule ? rule_count : node_count)) {
          invalid("symbol " + std::to_string(word) + " of rule " + std::to_string(rule) + " names nothing");
        }
        symbols.push_back(is_rule ? Symbol{Symbol::Kind::rule, id} : Symbol{Symbol::Kind::lexeme, lexeme_of(id)});
      }
      rules.back().push_back(std::move(symbols));
    }
  }
  return rules;
}

ReadConstraint IrReader::read() {
  if (word_count_ > word_count_max) {
    fail("CONSTRAINT_TOO_COMPLEX", "The encoded constraint has " + std::to_string(word_count_) + " words; at most " +
                                       std::to_string(word_count_max) + " are taken.");
  }
  if (take("the version") != ir_version) {
    invalid("version " + std::to_string(words_[0]) + " where " + std::to_string(ir_version) + " was expected");
  }
  const uint32_t node_count = take_count("the number of nodes");
  const uint32_t rule_count = take_count("the number of rules");
  const int32_t start_kind = take("the kind of start");
  const int32_t start = take("the start");
  const bool starts_with_rule = start_kind == 1;
  if (start_kind < 0 || start_kind > 1 || start < 0 ||
      static_cast<uint32_t>(start) >= (starts_with_rule ? rule_count : node_count)) {
    invalid("start " + std::to_string(start) + " of kind " + std::to_string(start_kind) + " names nothing");
  }
  scan_nodes(node_count);
  auto rules = read_rules(rule_count, node_count);
  if (at_ != word_count_) invalid(std::to_string(word_count_ - at_) + " words follow its end");
  uint32_t rule_start = starts_with_rule ? static_cast<uint32_t>(start) : 0;
  bool is_lexeme = !starts_with_rule;
  uint32_t lexeme_node = static_cast<uint32_t>(start);
  if (starts_with_rule && rules[rule_start].size() == 1 && rules[rule_start][0].size() == 1 &&
      rules[rule_start][0][0].kind == Symbol::Kind::lexeme) {
    is_lexeme = true;
    lexeme_node = lexeme_nodes_[rules[rule_start][0][0].id];
  }
  if (is_lexeme) {
    lexeme_nodes_.assign(1, lexeme_node);
    uses_[lexeme_node] += 2;
  }
  // Largest ids first: parts have smaller ids than the whole.
  const auto need_below_not = [this](uint32_t node) {
    if (nodes_[node].op == ir_not) needed_[nodes_[node].operands[0]] = true;
  };
  for (uint32_t node : lexeme_nodes_) needed_[node] = true;
  for (uint32_t id = node_count; id > 0; --id) {
    const uint32_t node = id - 1;
    if (!needed_[node]) continue;
    if (is_child_list(nodes_[node].op)) {
      flatten(node);
      for (uint32_t part : parts_) needed_[part] = true;
      if (nodes_[node].op == ir_and) {
        // build_and looks below complements.
        for (uint32_t part : parts_) need_below_not(part);
      }
    } else if (nodes_[node].op == ir_not || nodes_[node].op == ir_repeat) {
      needed_[nodes_[node].operands[0]] = true;
      need_below_not(static_cast<uint32_t>(nodes_[node].operands[0]));
    }
  }
  ast_.set_text(std::string(bytes_));
  ast_.budget().add_memory(bytes_.size());
  any_text_ = any_text(ast_);
  for (uint32_t id = 0; id < node_count; ++id) {
    if (needed_[id]) build(id);
  }
  ReadConstraint result;
  for (uint32_t node : lexeme_nodes_) result.lexemes.push_back(built_[node]);
  if (!is_lexeme) result.grammar = GrammarRules{std::move(rules), rule_start};
  return result;
}

}  // namespace

ReadConstraint read_ir(RegexAst & ast, const int32_t * words, size_t word_count, std::string_view bytes) {
  return IrReader(ast, words, word_count, bytes).read();
}

}  // namespace espalier
