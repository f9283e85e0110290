// What an encoded constraint becomes: its nodes as expressions, of bytes and of texts that are spelled in JSON. Decides
// which nodes are needed at all; ir_reader.cc reads and marks, expression_builder.cc lowers one opcode each.
#pragma once

#include <string_view>
#include <unordered_map>
#include <vector>

#include "ir_reader.h"
#include "ir_words.h"

namespace espalier {

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
  RegexNode build_distinct(const IrNode & node);
  void refuse_list_in(uint32_t id, const char * where) const;
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
  std::vector<bool> has_list_;   // a list of distinct items is inside; only among bytes
  std::vector<uint32_t> parts_;  // of the node being built, flattened
  std::vector<uint32_t> stack_;
  std::unordered_map<uint32_t, Lexeme> lexeme_of_node_;
  std::vector<uint32_t> lexeme_nodes_;
};

}  // namespace espalier
