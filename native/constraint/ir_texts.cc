// See ir_texts.h. Reads nodes that are well formed already.
#include "ir_texts.h"

#include <algorithm>
#include <set>

#include "utf8.h"

namespace espalier {

std::vector<CodePointRange> ranges_of(const IrNode & node) {
  std::vector<CodePointRange> ranges;
  ranges.reserve(node.count);
  for (uint32_t i = 0; i < node.count; ++i) {
    ranges.emplace_back(static_cast<uint32_t>(node.operands[2 * i]), static_cast<uint32_t>(node.operands[2 * i + 1]));
  }
  return ranges;
}

RegexNode symbols_of(RegexAst & ast, std::string_view text) {
  std::vector<RegexNode> symbols;
  each_code_point(text, [&](uint32_t point) {
    const uint8_t symbol = ast.json_text()->symbol(point);
    symbols.push_back(ast.set(ByteSet::range(symbol, symbol)));
  });
  RegexNode made = RegexAst::empty;
  for (auto symbol = symbols.rbegin(); symbol != symbols.rend(); ++symbol) made = ast.concat(*symbol, made);
  return made;
}

std::optional<std::vector<std::vector<CodePointRange>>> sets_told_apart(const IrWords & ir,
                                                                        const std::vector<bool> & is_text,
                                                                        std::string_view bytes) {
  if (std::find(is_text.begin(), is_text.end(), true) == is_text.end()) return std::nullopt;
  std::vector<std::vector<CodePointRange>> sets;
  std::set<uint32_t> characters;
  for (uint32_t id = 0; id < ir.nodes.size(); ++id) {
    if (!is_text[id]) continue;
    const IrNode & node = ir.nodes[id];
    if (node.op == ir_class) sets.push_back(ranges_of(node));
    if (node.op != ir_bytes && node.op != ir_stretch && node.op != ir_spelled && node.op != ir_distinct) continue;
    const std::string_view text = node.op == ir_bytes ? bytes.substr(static_cast<uint32_t>(node.operands[0]),
                                                                     static_cast<uint32_t>(node.operands[1]))
                                                      : std::string_view();
    if (node.op != ir_bytes || !is_valid_utf8(text)) {
      fail("CONSTRAINT_INVALID", "The encoded constraint spells in JSON what is no text.");
    }
    each_code_point(text, [&](uint32_t point) { characters.insert(point); });
  }
  for (uint32_t point : characters) sets.push_back({{point, point}});
  return sets;
}

}  // namespace espalier
