// Sorts the literals and folds them into a trie from the deepest branch up. Uses an explicit stack: literals may be a
// megabyte long.
#include "literal_trie.h"

#include <algorithm>
#include <string_view>

namespace espalier {

namespace {

struct Word {
  uint32_t offset;
  uint32_t length;
  RegexNode tail;  // what follows the literal
};

// A place in the trie on the path to the last word: `depth` bytes from the root, `parts` = what may follow here.
struct Branch {
  uint32_t depth;
  std::vector<RegexNode> parts;
};

std::string_view text_of(const RegexAst & ast, const Word & word) {
  return std::string_view(ast.text()).substr(word.offset, word.length);
}

// Closes branches deeper than `depth`; each becomes one part of the branch above it (made at `depth` if need be).
void close_branches(RegexAst & ast, std::vector<Branch> & path, uint32_t depth, uint32_t word_offset) {
  while (path.back().depth > depth) {
    Branch deep = std::move(path.back());
    path.pop_back();
    const uint32_t above = std::max(path.back().depth, depth);
    if (path.back().depth < depth) path.push_back({depth, {}});
    const RegexNode bytes = ast.literal(word_offset + above, deep.depth - above);
    path.back().parts.push_back(ast.concat(bytes, ast.alt(deep.parts)));
  }
}

}  // namespace

void share_literal_beginnings(RegexAst & ast, std::vector<RegexNode> & parts) {
  std::vector<Word> words;
  std::vector<RegexNode> others;
  for (RegexNode part : parts) {
    const RegexAst::Node & node = ast.node(part);
    const RegexNode head = node.op == RegexOp::concat ? node.a : part;
    if (ast.node(head).op == RegexOp::literal) {
      words.push_back({ast.node(head).a, ast.node(head).b,
                       node.op == RegexOp::concat ? node.b : static_cast<RegexNode>(RegexAst::empty)});
    } else {
      others.push_back(part);
    }
  }
  if (words.size() < 2) return;
  std::sort(words.begin(), words.end(),
            [&ast](const Word & x, const Word & y) { return text_of(ast, x) < text_of(ast, y); });
  std::vector<Branch> path = {{0, {}}};
  for (size_t i = 0; i < words.size(); ++i) {
    const std::string_view text = text_of(ast, words[i]);
    if (i > 0) {
      const std::string_view previous = text_of(ast, words[i - 1]);
      uint32_t common = 0;
      while (common < text.size() && common < previous.size() && text[common] == previous[common]) ++common;
      ast.budget().spend(1 + common / 16);
      close_branches(ast, path, common, words[i - 1].offset);
    }
    if (path.back().depth < text.size()) path.push_back({static_cast<uint32_t>(text.size()), {}});
    path.back().parts.push_back(words[i].tail);
  }
  close_branches(ast, path, 0, words.back().offset);
  parts = std::move(others);
  parts.insert(parts.end(), path.back().parts.begin(), path.back().parts.end());
}

}  // namespace espalier
