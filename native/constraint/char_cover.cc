// See char_cover.h. Recursion is as deep as a character has bytes, or as a fixed bound allows.
#include "char_cover.h"

#include <algorithm>

namespace espalier {

namespace {
constexpr size_t memory_of_answer = 32;
}

const std::vector<CharSteps::Step> & CharSteps::from(CharKind kind, uint8_t char_state) {
  const size_t index = static_cast<size_t>(kind);
  if (!made_[index]) {
    const CharAutomaton & chars = SliceTables::automaton(kind);
    for (int state = 0; state < CharAutomaton::state_count; ++state) {
      bool seen[256][CharAutomaton::state_count] = {};
      for (unsigned byte = 0; byte < 256; ++byte) {
        const uint8_t target = chars.next[state][byte];
        const uint8_t byte_class = classes_.class_of[byte];
        if (target == CharAutomaton::dead || seen[byte_class][target]) continue;
        seen[byte_class][target] = true;
        steps_[index][state].push_back({byte_class, target});
      }
    }
    made_[index] = true;
  }
  return steps_[index][char_state];
}

const std::vector<CharSteps::Step> & CharSteps::among_symbols(const JsonText & json, CharKind kind) {
  std::vector<Step> & steps = symbol_steps_[static_cast<size_t>(kind)];
  if (!steps.empty()) return steps;
  const CharAutomaton & chars = SliceTables::automaton(kind);
  bool seen[256] = {};
  for (unsigned symbol = 0; symbol < 256; ++symbol) {
    if (!json.all_symbols().has(static_cast<uint8_t>(symbol))) continue;
    // All kinds have all characters beyond ASCII or none of them, as far as strings can be of the kind.
    const bool is_ascii = symbol < 0x80;
    const bool is_inside = is_ascii ? chars.next[0][symbol] == 0 : chars.next[0][0xC3] != CharAutomaton::dead;
    const uint8_t symbol_class = classes_.class_of[symbol];
    if (!is_inside || seen[symbol_class]) continue;
    seen[symbol_class] = true;
    steps.push_back({symbol_class, 0});
  }
  return steps;
}

uint32_t CharCover::chars_allowed_spelled(const RegexAst::Node & spelled, CharKind kind) {
  // Characters of the other kinds have to be escaped.
  if (kind == CharKind::any || kind == CharKind::line || spelled.b != JsonText::boundary) return 0;
  const bool has_symbols = derivatives_.ast().json_text()->has_symbols();
  return chars_allowed(spelled.a, kind, has_symbols ? Written::symbols : Written::bytes);
}

uint32_t CharCover::chars_allowed(RegexNode id, CharKind kind, Written written) {
  constexpr uint32_t alternatives_max = 8;
  const RegexAst & ast = derivatives_.ast();
  const RegexAst::Node node = ast.node(id);
  if (node.op == RegexOp::alt) {
    uint32_t most = 0;
    for (uint32_t i = 0; i < std::min(node.b, alternatives_max); ++i) {
      const RegexNode part = ast.children(ast.node(id))[i];
      // An alternative with an intersection inside may be empty of strings.
      if (!ast.node(part).opaque) most = std::max(most, chars_allowed(part, kind, written));
    }
    return most;
  }
  const RegexAst::Node head = node.op == RegexOp::concat ? ast.node(node.a) : node;
  if (head.op == RegexOp::both) return chars_outside(head, kind, written);
  return chars_begun(head, kind, written);
}

// Of what begins with a repeat or a spelled text.
uint32_t CharCover::chars_begun(const RegexAst::Node & head, CharKind kind, Written written) {
  if (head.op == RegexOp::spelled) return chars_allowed_spelled(head, kind);
  if (head.op != RegexOp::repeat || !takes_every(head.a, kind, written)) return 0;
  return head.c;
}

// One part that takes any characters, maybe with something behind, and complements of finite languages only. Where the
// characters have no end, longer strings are always left; else some are, while there are more of the same length than
// values to leave out.
uint32_t CharCover::chars_outside(const RegexAst::Node & both, CharKind kind, Written written) {
  constexpr uint64_t chars_least = 26;
  RegexAst & ast = derivatives_.ast();
  uint32_t most = 0;
  uint64_t left_out = 0;
  bool is_counted = true;
  for (uint32_t i = 0; i < both.b; ++i) {
    const RegexAst::Node part = ast.node(ast.children(both)[i]);
    if (part.op == RegexOp::complement) {
      if (!is_finite(part.a, 0)) return 0;
      const RegexAst::Node & inner = ast.node(part.a);
      is_counted = is_counted && inner.op == RegexOp::seen;
      if (is_counted) left_out += ast.values().count(inner.a);
      continue;
    }
    const bool has_tail = part.op == RegexOp::concat;
    const RegexAst::Node head = has_tail ? ast.node(part.a) : part;
    if (most != 0 || (has_tail && ast.node(part.b).opaque)) return 0;
    most = chars_begun(head, kind, written);
    if (most == 0) return 0;
  }
  if (most == unlimited || most == 0) return most;
  if (!is_counted) return 0;
  uint32_t spare = 1;
  for (uint64_t choices = chars_least; choices <= left_out; choices *= chars_least) ++spare;
  return most > spare ? most - spare : 0;
}

// False also where that takes too long to see.
bool CharCover::is_finite(RegexNode id, int depth) {
  constexpr int depth_max = 64;
  const RegexAst & ast = derivatives_.ast();
  const RegexAst::Node node = ast.node(id);
  if (node.op == RegexOp::nothing || node.op == RegexOp::empty || node.op == RegexOp::set) return true;
  if (node.op == RegexOp::literal || node.op == RegexOp::stretch || node.op == RegexOp::seen) return true;
  if (node.op == RegexOp::both || node.op == RegexOp::complement || depth == depth_max) return false;
  if (node.op == RegexOp::spelled) return is_finite(node.a, depth + 1);
  const auto known = known_finite_.find(id);
  if (known != known_finite_.end()) return known->second;
  bool finite = true;
  if (node.op == RegexOp::concat) {
    finite = is_finite(node.a, depth + 1) && is_finite(node.b, depth + 1);
  } else if (node.op == RegexOp::repeat) {
    finite = node.c != RegexAst::unlimited && is_finite(node.a, depth + 1);
  } else {
    for (uint32_t i = 0; finite && i < node.b; ++i) finite = is_finite(ast.children(node)[i], depth + 1);
  }
  derivatives_.ast().budget().spend(1);
  derivatives_.ast().budget().add_memory(memory_of_answer);
  known_finite_.emplace(id, finite);
  return finite;
}

void CharCover::forget() {
  derivatives_.ast().budget().drop_memory(memory_of_answer * (known_.size() + known_finite_.size()));
  known_.clear();
  known_finite_.clear();
}

bool CharCover::takes_every(RegexNode node, CharKind kind, Written written) {
  const uint64_t key = uint64_t{node} << 8 | static_cast<uint64_t>(written) << 7 | static_cast<uint8_t>(kind);
  const auto known = known_.find(key);
  if (known != known_.end()) return known->second;
  const bool takes = takes_every_from(node, kind, written, 0);
  derivatives_.ast().budget().add_memory(memory_of_answer);
  known_.emplace(key, takes);
  return takes;
}

bool CharCover::takes_every_from(RegexNode node, CharKind kind, Written written, uint8_t char_state) {
  const std::vector<CharSteps::Step> & steps = written == Written::bytes
                                                   ? steps_.from(kind, char_state)
                                                   : steps_.among_symbols(*derivatives_.ast().json_text(), kind);
  for (const CharSteps::Step & step : steps) {
    const Derivatives::Runs runs = derivatives_.runs(node);
    const auto run = std::find_if(runs.begin(), runs.end(), [&](const Derivatives::Run & candidate) {
      return candidate.from <= step.byte_class && step.byte_class < candidate.until;
    });
    if (run == runs.end()) return false;
    const RegexNode rest = run->target;
    const bool goes_on = step.char_state == 0 ? derivatives_.ast().node(rest).nullable
                                              : takes_every_from(rest, kind, written, step.char_state);
    if (!goes_on) return false;
  }
  return true;
}

}  // namespace espalier
