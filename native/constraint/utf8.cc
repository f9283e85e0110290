// Code-point classes to byte expressions. Decides the shape: sets of lead bytes over shared tails, so that a class with
// hundreds of ranges stays a small automaton.
#include "utf8.h"

#include <algorithm>

#include "slices.h"

namespace espalier {

namespace {

// Values of `levels` continuation bytes, six bits each, that lie in the ranges. `first_lead` is added to the leading
// six bits (or to what is left of them) to give the byte. Depth of recursion: at most 3.
RegexNode tails(RegexAst & ast, const std::vector<CodePointRange> & ranges, int levels, uint32_t first_lead) {
  if (levels == 0) return RegexAst::empty;
  const int shift = 6 * (levels - 1);
  const uint32_t low = (uint32_t{1} << shift) - 1;
  std::vector<std::pair<RegexNode, ByteSet>> groups;
  const auto add = [&](uint32_t lead, RegexNode tail) {
    for (auto & group : groups) {
      if (group.first == tail) return group.second.add(static_cast<uint8_t>(first_lead + lead));
    }
    groups.emplace_back(tail, ByteSet{});
    groups.back().second.add(static_cast<uint8_t>(first_lead + lead));
  };
  const auto tail_of = [&](const std::vector<CodePointRange> & below) { return tails(ast, below, levels - 1, 0x80); };
  const RegexNode full = tail_of({{0, low}});
  uint32_t open_lead = UINT32_MAX;  // the lead whose ranges are being gathered
  std::vector<CodePointRange> open;
  const auto close = [&] {
    if (open_lead != UINT32_MAX) add(open_lead, tail_of(open));
    open.clear();
    open_lead = UINT32_MAX;
  };
  for (const CodePointRange & range : ranges) {
    for (uint32_t lead = range.first >> shift; lead <= range.second >> shift; ++lead) {
      const uint32_t from = std::max(range.first, lead << shift) & low;
      const uint32_t to = std::min(range.second, (lead << shift) | low) & low;
      if (lead != open_lead) close();
      if (from == 0 && to == low) {
        add(lead, full);
        continue;
      }
      open_lead = lead;
      open.emplace_back(from, to);
    }
  }
  close();
  std::vector<RegexNode> parts;
  for (const auto & group : groups) parts.push_back(ast.concat(ast.set(group.second), group.first));
  return ast.alt(parts);
}

}  // namespace

RegexNode code_point_class(RegexAst & ast, const std::vector<CodePointRange> & ranges) {
  struct Length {
    uint32_t from;
    uint32_t to;
    int levels;
    uint32_t first_lead;
  };
  // The surrogates' gap splits the three-byte code points.
  static constexpr Length lengths[] = {{0x0, 0x7F, 1, 0x00},
                                       {0x80, 0x7FF, 2, 0xC0},
                                       {0x800, 0xD7FF, 3, 0xE0},
                                       {0xE000, 0xFFFF, 3, 0xE0},
                                       {0x10000, 0x10FFFF, 4, 0xF0}};
  std::vector<RegexNode> parts;
  for (const Length & length : lengths) {
    std::vector<CodePointRange> inside;
    for (const CodePointRange & range : ranges) {
      const uint32_t from = std::max(range.first, length.from);
      const uint32_t to = std::min(range.second, length.to);
      if (from <= to) inside.emplace_back(from, to);
    }
    ast.budget().spend(ranges.size());
    if (inside.empty()) continue;
    if (length.levels == 1) {
      ByteSet set;
      for (const CodePointRange & range : inside) set = set | ByteSet::range(range.first, range.second);
      parts.push_back(ast.set(set));
    } else {
      parts.push_back(tails(ast, inside, length.levels, length.first_lead));
    }
  }
  return ast.alt(parts);
}

RegexNode any_text(RegexAst & ast) {
  return ast.repeat(code_point_class(ast, {{0, 0x10FFFF}}), 0, RegexAst::unlimited);
}

bool is_valid_utf8(std::string_view bytes) {
  return bytes.empty() || whole_chars(SliceTables::automaton(CharKind::any), bytes) > 0;
}

}  // namespace espalier
