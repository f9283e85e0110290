// See ir_words.h. A reader that never looks past the end and names what is wrong where it stands.
#include "ir_words.h"

#include <string>

namespace espalier {

namespace {

constexpr int32_t ir_version = 1;
constexpr size_t word_count_max = size_t{1} << 24;

[[noreturn]] void invalid(const std::string & what) {
  fail("CONSTRAINT_INVALID", "The encoded constraint is not well formed: " + what + ".");
}

class WordReader {
 public:
  WordReader(Budget & budget, const int32_t * words, size_t word_count, size_t byte_count)
      : budget_(budget), words_(words), word_count_(word_count), byte_count_(byte_count) {}

  IrWords read();

 private:
  int32_t take(const char * what);
  uint32_t take_count(const char * what);
  void take_start(uint32_t node_count, uint32_t rule_count);
  void take_nodes(uint32_t node_count);
  void take_node(uint32_t id);
  void take_part(uint32_t id);
  void take_literal();
  void take_ranges(uint32_t count);
  void take_repeat(uint32_t id);
  void take_distinct(uint32_t id);
  void take_rule(uint32_t rule, uint32_t node_count, uint32_t rule_count);
  void take_set(uint32_t rule, uint32_t node_count, uint32_t rule_count);
  uint32_t take_lexeme(uint32_t rule, uint32_t node_count);
  uint32_t take_bits(uint32_t bits, const char * what);
  Symbol take_symbol(uint32_t rule, uint32_t node_count, uint32_t rule_count);

  Budget & budget_;
  const int32_t * words_;
  size_t word_count_;
  size_t byte_count_;
  size_t at_ = 0;
  IrWords read_;
};

int32_t WordReader::take(const char * what) {
  if (at_ >= word_count_) invalid(std::string("it ends where ") + what + " was expected");
  return words_[at_++];
}

uint32_t WordReader::take_count(const char * what) {
  const int32_t count = take(what);
  if (count < 0 || static_cast<size_t>(count) > word_count_ - at_) {
    invalid(std::string(what) + " is " + std::to_string(count) + " with " + std::to_string(word_count_ - at_) +
            " words left");
  }
  return static_cast<uint32_t>(count);
}

void WordReader::take_part(uint32_t id) {
  const int32_t part = take("a node");
  if (part < 0 || static_cast<uint32_t>(part) >= id) {
    invalid("node " + std::to_string(id) + " refers to node " + std::to_string(part) + ", which is not before it");
  }
  ++read_.uses[static_cast<size_t>(part)];
}

void WordReader::take_literal() {
  const int32_t offset = take("an offset");
  const int32_t length = take("a length");
  if (offset < 0 || length < 0 || static_cast<size_t>(offset) + static_cast<size_t>(length) > byte_count_) {
    invalid("a literal at " + std::to_string(offset) + " of " + std::to_string(length) + " bytes, where " +
            std::to_string(byte_count_) + " bytes were given");
  }
}

void WordReader::take_ranges(uint32_t count) {
  int64_t last = -1;
  for (uint32_t i = 0; i < count; ++i) {
    const int64_t from = take("a range");
    const int64_t to = take("a range");
    if (from <= last || to < from || to > 0x10FFFF) invalid("ranges that are not sorted and disjoint");
    last = to;
  }
}

void WordReader::take_repeat(uint32_t id) {
  take_part(id);
  const int32_t min = take("a minimum");
  const int32_t max = take("a maximum");
  if (min < 0 || max < -1 || (max >= 0 && max < min)) {
    invalid("a repeat of " + std::to_string(min) + " to " + std::to_string(max));
  }
}

void WordReader::take_distinct(uint32_t id) {
  take_part(id);
  take_part(id);
  const int32_t min = take("a minimum");
  const int32_t max = take("a maximum");
  if (min < 1 || max < -1 || (max >= 0 && max < min)) {
    invalid(std::to_string(min) + " to " + std::to_string(max) + " distinct items");
  }
}

void WordReader::take_node(uint32_t id) {
  IrNode node = {take("an opcode"), words_ + at_, 0};
  switch (node.op) {
    case ir_empty:
    case ir_nothing: break;
    case ir_bytes: take_literal(); break;
    case ir_class:
      node.count = take_count("the number of ranges");
      node.operands = words_ + at_;
      take_ranges(node.count);
      break;
    case ir_concat:
    case ir_alt:
    case ir_and:
      node.count = take_count("the number of parts");
      node.operands = words_ + at_;
      for (uint32_t i = 0; i < node.count; ++i) take_part(id);
      break;
    case ir_not:
      node.count = 1;
      take_part(id);
      break;
    case ir_repeat:
      node.count = 1;
      take_repeat(id);
      break;
    case ir_spelled:
      node.count = 1;
      take_part(id);
      break;
    case ir_stretch:
      node.count = 1;
      take_part(id);
      if (read_.nodes[node.part()].op != ir_bytes) invalid("a stretch of node " + std::to_string(node.part()));
      break;
    case ir_distinct:
      node.count = 2;
      take_distinct(id);
      break;
    default: invalid("opcode " + std::to_string(node.op));
  }
  read_.nodes.push_back(node);
}

void WordReader::take_nodes(uint32_t node_count) {
  if (node_count > word_count_) invalid("more nodes than words");
  budget_.add_memory(node_count * (sizeof(IrNode) + 3 * sizeof(uint32_t)));
  read_.nodes.reserve(node_count);
  read_.uses.assign(node_count, 0);
  for (uint32_t id = 0; id < node_count; ++id) take_node(id);
}

Symbol WordReader::take_symbol(uint32_t rule, uint32_t node_count, uint32_t rule_count) {
  const int32_t word = take("a symbol");
  const uint32_t id = static_cast<uint32_t>(word) >> 1;
  const bool is_rule = (word & 1) != 0;
  if (word < 0 || id >= (is_rule ? rule_count : node_count)) {
    invalid("symbol " + std::to_string(word) + " of rule " + std::to_string(rule) + " names nothing");
  }
  return {is_rule ? Symbol::Kind::rule : Symbol::Kind::lexeme, id};
}

uint32_t WordReader::take_lexeme(uint32_t rule, uint32_t node_count) {
  const Symbol symbol = take_symbol(rule, node_count, 0);
  return symbol.id;
}

// As bits, none of which is outside of `bits`.
uint32_t WordReader::take_bits(uint32_t bits, const char * what) {
  const uint32_t word = static_cast<uint32_t>(take(what));
  if ((word & ~bits) != 0) invalid(std::string(what) + " are " + std::to_string(word));
  return word;
}

void WordReader::take_set(uint32_t rule, uint32_t node_count, uint32_t rule_count) {
  take("the kind of rule");
  MemberSet set = {};
  set.rule = rule;
  for (Lexeme * lexeme : {&set.open, &set.separator, &set.close}) *lexeme = take_lexeme(rule, node_count);
  const int32_t min = take("a minimum");
  const int32_t max = take("a maximum");
  if (min < 0 || max < -1) invalid(std::to_string(min) + " to " + std::to_string(max) + " members");
  set.min = static_cast<uint32_t>(min);
  set.max = max < 0 ? MemberSet::unlimited : static_cast<uint32_t>(max);
  set.needs = take_bits((1u << MemberSet::need_count_max) - 1, "needs");
  const uint32_t element_count = take_count("the number of elements");
  budget_.add_memory(sizeof(MemberSet) + sizeof(MemberSet::Element) * size_t{element_count});
  set.elements.reserve(element_count);
  for (uint32_t i = 0; i < element_count; ++i) {
    const int32_t times = take("how often an element stands");
    if (times < 0 || times > 2) invalid("an element that stands as of " + std::to_string(times));
    const uint32_t meets = take_bits(set.needs, "needs of an element");
    set.elements.push_back({static_cast<MemberSet::Times>(times), meets, take_symbol(rule, node_count, rule_count)});
  }
  read_.rules.emplace_back();
  read_.sets.push_back(std::move(set));
}

void WordReader::take_rule(uint32_t rule, uint32_t node_count, uint32_t rule_count) {
  if (at_ < word_count_ && words_[at_] == ir_members) return take_set(rule, node_count, rule_count);
  const uint32_t alternative_count = take_count("the number of alternatives");
  budget_.add_memory(32 + 32 * size_t{alternative_count});
  read_.rules.emplace_back();
  for (uint32_t i = 0; i < alternative_count; ++i) {
    const uint32_t symbol_count = take_count("the number of symbols");
    budget_.add_memory(sizeof(Symbol) * size_t{symbol_count});
    std::vector<Symbol> symbols;
    symbols.reserve(symbol_count);
    for (uint32_t k = 0; k < symbol_count; ++k) symbols.push_back(take_symbol(rule, node_count, rule_count));
    read_.rules.back().push_back(std::move(symbols));
  }
}

void WordReader::take_start(uint32_t node_count, uint32_t rule_count) {
  const int32_t kind = take("the kind of start");
  const int32_t start = take("the start");
  read_.starts_with_rule = kind == 1;
  read_.start = static_cast<uint32_t>(start);
  if (kind < 0 || kind > 1 || start < 0 || read_.start >= (read_.starts_with_rule ? rule_count : node_count)) {
    invalid("start " + std::to_string(start) + " of kind " + std::to_string(kind) + " names nothing");
  }
}

IrWords WordReader::read() {
  if (word_count_ > word_count_max) {
    fail("CONSTRAINT_TOO_COMPLEX", "The encoded constraint has " + std::to_string(word_count_) + " words; at most " +
                                       std::to_string(word_count_max) + " are taken.");
  }
  if (take("the version") != ir_version) {
    invalid("version " + std::to_string(words_[0]) + " where " + std::to_string(ir_version) + " was expected");
  }
  const uint32_t node_count = take_count("the number of nodes");
  const uint32_t rule_count = take_count("the number of rules");
  take_start(node_count, rule_count);
  take_nodes(node_count);
  for (uint32_t rule = 0; rule < rule_count; ++rule) take_rule(rule, node_count, rule_count);
  if (at_ != word_count_) invalid(std::to_string(word_count_ - at_) + " words follow its end");
  return std::move(read_);
}

}  // namespace

IrWords read_words(Budget & budget, const int32_t * words, size_t word_count, size_t byte_count) {
  return WordReader(budget, words, word_count, byte_count).read();
}

}  // namespace espalier
