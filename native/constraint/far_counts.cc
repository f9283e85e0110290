// Why it holds. Without intersections everything that can go on at all can be finished, so a count only matters once
// its repeats are used up, and each takes a byte at least.
//
// x{a,b} beside other conditions may be what rules the rest out: then something must be left that is long enough and
// not too long. Of all texts of at least a characters that the others still allow, the shortest has fewer than
// a + (their states) characters, or a loop could be left out of it. So with b beyond that, b rules out nothing.
#include "far_counts.h"

#include <algorithm>
#include <iterator>

namespace espalier {

namespace {
constexpr int depth_max = 64;
constexpr uint64_t states_max = 512;
constexpr uint64_t unknown_spread = uint64_t{1} << 40;
constexpr size_t memory_of_answer = 40;
}  // namespace

FarCounts::FarCounts(Derivatives & derivatives, size_t reach)
    : derivatives_(derivatives), reach_(static_cast<uint32_t>(std::min<size_t>(reach, 1u << 20))) {}

void FarCounts::forget() {
  const size_t kept = derivatives_.ast().kept();
  const size_t before = opened_.size() + spread_.size() + positions_.size();
  const auto drop = [kept](auto & answers, const auto & is_lost) {
    for (auto at = answers.begin(); at != answers.end();) {
      at = at->first >= kept || is_lost(at->second) ? answers.erase(at) : std::next(at);
    }
  };
  drop(opened_, [kept](RegexNode made) { return made >= kept; });
  drop(spread_, [](uint64_t) { return false; });
  drop(positions_, [](uint64_t) { return false; });
  const size_t after = opened_.size() + spread_.size() + positions_.size();
  derivatives_.ast().budget().drop_memory(memory_of_answer * (before - after));
}

RegexNode FarCounts::opened(RegexNode node, int depth) {
  const RegexAst::Node & at = derivatives_.ast().node(node);
  const bool has_parts = at.op == RegexOp::concat || at.op == RegexOp::alt || at.op == RegexOp::both ||
                         at.op == RegexOp::repeat || at.op == RegexOp::spelled;
  if (!has_parts || depth == depth_max) return node;
  const auto known = opened_.find(node);
  if (known != opened_.end()) return known->second;
  const RegexNode made = make_opened(node, depth + 1);
  derivatives_.ast().budget().add_memory(memory_of_answer);
  opened_.emplace(node, made);
  return made;
}

RegexNode FarCounts::make_opened(RegexNode id, int depth) {
  RegexAst & ast = derivatives_.ast();
  const RegexAst::Node node = ast.node(id);
  switch (node.op) {
    case RegexOp::concat: {
      const RegexNode head = opened(node.a, depth);
      const RegexNode tail = opened(node.b, depth);
      return head == node.a && tail == node.b ? id : ast.concat(head, tail);
    }
    case RegexOp::alt: {
      std::vector<RegexNode> parts(ast.children(node), ast.children(node) + node.b);
      for (RegexNode & part : parts) part = opened(part, depth);
      return ast.alt(parts);
    }
    case RegexOp::both: return opened_both(node);
    case RegexOp::repeat: return opened_repeat(node, depth);
    case RegexOp::spelled: {
      const RegexNode text = opened(node.a, depth);
      return RegexAst::is_after(node) ? ast.spelled_after(text, node.b) : ast.spelled(text, node.b);
    }
    default: return id;
  }
}

RegexNode FarCounts::opened_repeat(const RegexAst::Node & repeat, int depth) {
  const uint32_t min = std::min(repeat.b, reach_ + 1);
  const uint32_t max = repeat.c > reach_ ? RegexAst::unlimited : repeat.c;
  return derivatives_.ast().repeat(opened(repeat.a, depth), min, max);
}

RegexNode FarCounts::opened_both(const RegexAst::Node & both) {
  RegexAst & ast = derivatives_.ast();
  std::vector<RegexNode> parts(ast.children(both), ast.children(both) + both.b);
  std::vector<RegexNode> others = parts;
  const auto length = std::find_if(parts.begin(), parts.end(), [&](RegexNode part) { return ast.is_length(part); });
  if (length == parts.end()) return ast.both(parts);
  const RegexNode limit = *length;
  others.erase(others.begin() + (length - parts.begin()));
  const RegexAst::Node node = ast.node(limit);
  const RegexNode other = ast.both(others);
  const uint64_t needed = uint64_t{reach_} + node.b + spread(other);
  const uint32_t max = node.c >= needed ? RegexAst::unlimited : node.c;
  // A least length that is far stays so.
  const uint32_t min = max == RegexAst::unlimited ? std::min(node.b, reach_ + 1) : node.b;
  std::vector<RegexNode> made = {other, ast.repeat(node.a, min, max)};
  return ast.both(made);
}

/// By how many characters the shortest text of at least some length may be longer than that, wherever one stands.
uint64_t FarCounts::spread(RegexNode node) {
  const auto known = spread_.find(node);
  if (known != spread_.end()) return known->second;
  const RegexAst & ast = derivatives_.ast();
  const RegexAst::Node & at = ast.node(node);
  if (at.op != RegexOp::alt) return at.opaque ? count_states(node) : positions(node, 0) + 1;
  // Each of its texts is one of some alternative, and none of these has alternatives in it at once.
  const std::vector<RegexNode> parts(ast.children(at), ast.children(at) + at.b);
  uint64_t most = 0;
  for (RegexNode part : parts) most = std::max(most, spread(part));
  return most;
}

/// Of what the expression leads to; each of these is one of the same.
uint64_t FarCounts::count_states(RegexNode start) {
  std::vector<RegexNode> found = {start};
  std::unordered_map<RegexNode, bool> seen = {{start, true}};
  uint64_t states = 0;
  for (size_t i = 0; i < found.size() && found.size() <= states_max; ++i) {
    const Derivatives::Runs runs = derivatives_.runs(found[i]);
    const std::vector<Derivatives::Run> copied(runs.begin(), runs.end());
    for (const Derivatives::Run & run : copied) {
      if (seen.emplace(run.target, true).second && !derivatives_.is_empty(run.target)) found.push_back(run.target);
    }
  }
  states = found.size() <= states_max ? found.size() : unknown_spread;
  derivatives_.ast().budget().add_memory(memory_of_answer * found.size());
  if (states == unknown_spread) found.resize(1);
  for (RegexNode node : found) spread_.emplace(node, states);
  return states;
}

/// Sets and literals, those of a repeat as often as it says.
uint64_t FarCounts::positions(RegexNode id, int depth) {
  const RegexAst & ast = derivatives_.ast();
  const RegexAst::Node node = ast.node(id);
  if (depth == depth_max) return unknown_spread;
  if (node.op == RegexOp::set) return 1;
  if (node.op == RegexOp::literal) return node.b;
  if (node.op == RegexOp::nothing || node.op == RegexOp::empty) return 0;
  const auto known = positions_.find(id);
  if (known != positions_.end()) return known->second;
  uint64_t count = 0;
  if (node.op == RegexOp::concat) {
    count = positions(node.a, depth + 1) + positions(node.b, depth + 1);
  } else if (node.op == RegexOp::alt) {
    for (uint32_t i = 0; i < node.b; ++i) count += positions(ast.children(node)[i], depth + 1);
  } else if (node.op == RegexOp::repeat) {
    const uint32_t times = node.c == RegexAst::unlimited ? std::max(node.b, 1u) : node.c;
    count = positions(node.a, depth + 1) * times;
  } else {
    count = unknown_spread;
  }
  count = std::min(count, unknown_spread);
  derivatives_.ast().budget().add_memory(memory_of_answer);
  positions_.emplace(id, count);
  return count;
}

}  // namespace espalier
