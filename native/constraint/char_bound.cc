// How many of a slice's characters an expression can begin with at most. Decides what is seen at a glance: bounds that
// are written in it. Each byte counts as a character and each symbol of a text as one, so that what is found is never
// too low.
#include <algorithm>

#include "char_cover.h"

namespace espalier {

namespace {
/// Nodes that are looked at, one that is shared each time: parts of parts may be more than anybody can walk.
constexpr int nodes_max = 256;

uint32_t product(uint32_t a, uint32_t b) {
  const uint64_t wide = uint64_t{a} * b;
  return wide < CharCover::unlimited ? static_cast<uint32_t>(wide) : CharCover::unlimited;
}

uint32_t sum(uint32_t a, uint32_t b) {
  const uint64_t wide = uint64_t{a} + b;
  return wide < CharCover::unlimited ? static_cast<uint32_t>(wide) : CharCover::unlimited;
}

bool begins_character(CharKind kind, uint8_t byte) {
  return SliceTables::automaton(kind).next[0][byte] != CharAutomaton::dead;
}
}  // namespace

uint32_t CharCover::chars_most(RegexNode node, CharKind kind) const {
  int nodes_left = nodes_max;
  const Beginning found = beginning_of(node, kind, Written::bytes, nodes_left);
  return found.stops ? found.most : unlimited;
}

CharCover::Beginning CharCover::beginning_of(RegexNode id, CharKind kind, Written written, int & nodes_left) const {
  const RegexAst & ast = derivatives_.ast();
  const RegexAst::Node & node = ast.node(id);
  const auto part = [&](RegexNode of) { return beginning_of(of, kind, written, nodes_left); };
  if (--nodes_left < 0) return {unlimited, false};
  switch (node.op) {
    case RegexOp::empty: return {0, false};
    case RegexOp::set: {
      if (written == Written::symbols) return {1, false};
      bool begins = false;
      for (unsigned byte = 0; byte < 256; ++byte) {
        const uint8_t at = static_cast<uint8_t>(byte);
        begins = begins || (ast.bytes(node).has(at) && begins_character(kind, at));
      }
      return begins ? Beginning{1, false} : Beginning{0, true};
    }
    case RegexOp::literal: {
      const bool stops = written == Written::bytes && !begins_character(kind, static_cast<uint8_t>(ast.text()[node.a]));
      return stops ? Beginning{0, true} : Beginning{node.b, false};
    }
    case RegexOp::concat: {
      const Beginning head = part(node.a);
      if (head.stops || head.most == unlimited) return head;
      const Beginning tail = part(node.b);
      return {sum(head.most, tail.most), tail.stops};
    }
    case RegexOp::repeat: return beginning_of_repeat(node, part(node.a));
    case RegexOp::alt:
    case RegexOp::both: {
      if (node.b > static_cast<uint32_t>(nodes_left)) return {unlimited, false};
      const bool is_either = node.op == RegexOp::alt;
      Beginning all = part(ast.children(node)[0]);
      for (uint32_t i = 1; i < node.b; ++i) {
        const Beginning next = part(ast.children(node)[i]);
        all.most = is_either ? std::max(all.most, next.most) : std::min(all.most, next.most);
        all.stops = is_either ? all.stops && next.stops : all.stops || next.stops;
      }
      return all;
    }
    case RegexOp::spelled: {
      // Escapes are several characters of the other kinds.
      if (kind == CharKind::any || kind == CharKind::line || node.b != JsonText::boundary) return {unlimited, false};
      const Written inside = ast.json_text()->has_symbols() ? Written::symbols : Written::bytes;
      return {beginning_of(node.a, kind, inside, nodes_left).most, false};
    }
    default: return {unlimited, false};
  }
}

CharCover::Beginning CharCover::beginning_of_repeat(const RegexAst::Node & repeat, Beginning part) const {
  if (part.stops) return {part.most, repeat.b > 0};
  if (part.most == 0) return part;
  return {repeat.c == unlimited ? unlimited : product(part.most, repeat.c), false};
}

}  // namespace espalier
