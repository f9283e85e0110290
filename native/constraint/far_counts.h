// Counts that no token reaches. Decides when x{a,b} may stand as x{a,} while one token is looked for: what the token's
// bytes can do, and whether anything is left to come after them, is then the same. So a length limit does not multiply
// the states that masks are made of: positions that differ in far counts alone share them.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "derivative.h"

namespace espalier {

class FarCounts {
 public:
  /// `reach`: bytes of the longest token.
  FarCounts(Derivatives & derivatives, size_t reach);

  /// The expression with its far counts open, or as it is where it has none or that can't be told.
  /// Where there are lists of distinct items all stay as they are: what was seen is told from the rest by its length.
  RegexNode opened(RegexNode node) { return derivatives_.ast().lists().empty() ? opened(node, 0) : node; }
  /// Works out ahead what depends on how many states an expression has.
  void learn(RegexNode node) { opened(node); }
  /// Nodes but those kept for good are numbered anew.
  void forget();

 private:
  RegexNode opened(RegexNode node, int depth);
  RegexNode make_opened(RegexNode node, int depth);
  RegexNode opened_repeat(const RegexAst::Node & repeat, int depth);
  RegexNode opened_both(const RegexAst::Node & both);
  uint64_t spread(RegexNode node);
  uint64_t count_states(RegexNode node);
  uint64_t positions(RegexNode node, int depth);

  Derivatives & derivatives_;
  const uint32_t reach_;
  std::unordered_map<RegexNode, RegexNode> opened_;
  std::unordered_map<RegexNode, uint64_t> spread_;
  std::unordered_map<RegexNode, uint64_t> positions_;
};

}  // namespace espalier
