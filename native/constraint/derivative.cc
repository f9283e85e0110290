// Brzozowski derivatives, all bytes at once: a node's runs say for every byte class what is left after it. Decides the
// order of work with an explicit stack, since hostile expressions are nested deeply.
#include "derivative.h"

#include <algorithm>

namespace espalier {

void Derivatives::freeze_classes() {
  // Values that came must be told from others, byte by byte.
  classes_ = ast_.lists().empty() ? byte_classes_of(ast_) : single_bytes();
  targets_.resize(classes_.count);
  if (ast_.json_text() == nullptr) return;
  reach_.resize(ast_.json_text()->state_count());
  for (uint32_t state = 0; state < reach_.size(); ++state) {
    const ByteSet & symbols = ast_.json_text()->reach(state);
    for (unsigned symbol = 0; symbol < 256; ++symbol) {
      if (symbols.has(static_cast<uint8_t>(symbol))) reach_[state].push_back(classes_.class_of[symbol]);
    }
    std::sort(reach_[state].begin(), reach_[state].end());
    reach_[state].erase(std::unique(reach_[state].begin(), reach_[state].end()), reach_[state].end());
  }
}

void Derivatives::keep_all() {
  ast_.keep_all();
  kept_runs_ = pool_.size();
  kept_nodes_ = ast_.size();
}

std::vector<RegexNode> Derivatives::collect(const std::vector<RegexNode> & roots) {
  const size_t nodes = ast_.size();
  emptiness_.resize(std::max(emptiness_.size(), nodes), Emptiness::unknown);
  while (spans_.size() < nodes) spans_.push_back({UINT32_MAX, 0});
  std::vector<RegexNode> numbers = ast_.collect(roots);
  for (size_t id = 0; id < nodes; ++id) {
    Span & span = spans_[id];
    const bool is_kept = id < kept_nodes_ && span.first != UINT32_MAX && span.first + span.count <= kept_runs_;
    if (!is_kept && span.first != UINT32_MAX) {
      ast_.budget().drop_memory(span.count * sizeof(Run) + sizeof(Span));
      span = {UINT32_MAX, 0};
    }
    // Where the node is dropped, its number is that of `nothing`, of which nobody asks.
    if (id >= kept_nodes_) emptiness_[numbers[id]] = emptiness_[id];
  }
  spans_.shrink(ast_.size());
  emptiness_.resize(ast_.size(), Emptiness::unknown);
  pool_.resize(kept_runs_, {0, 0, RegexAst::nothing});
  return numbers;
}

Derivatives::Runs Derivatives::runs(RegexNode wanted) {
  if (!is_done(wanted)) {
    stack_.assign(1, wanted);
    while (!stack_.empty()) {
      const RegexNode node = stack_.back();
      if (is_done(node)) {
        stack_.pop_back();
        continue;
      }
      // Parts first; `derive` runs when all of them are there.
      const size_t before = stack_.size();
      const RegexAst::Node & at = ast_.node(node);
      const auto need = [this](RegexNode part) {
        if (!is_done(part)) stack_.push_back(part);
      };
      if (at.op == RegexOp::alt || at.op == RegexOp::both) {
        for (uint32_t i = 0; i < at.b; ++i) need(ast_.children(at)[i]);
      } else if (at.op == RegexOp::concat) {
        need(at.a);
        if (ast_.node(at.a).nullable) need(at.b);
      } else if (at.op == RegexOp::complement || at.op == RegexOp::repeat ||
                 (at.op == RegexOp::spelled && !RegexAst::is_after(at))) {
        need(at.a);
      } else if (at.op == RegexOp::distinct || at.op == RegexOp::unsettled) {
        need(ast_.opened(node));
      } else if (at.op == RegexOp::behind) {
        need(ast_.lists()[at.a].comma);
      }
      if (stack_.size() > before) continue;
      derive(node);
      stack_.pop_back();
    }
  }
  return {pool_.data() + spans_[wanted].first, spans_[wanted].count};
}

void Derivatives::emit(uint16_t from, uint16_t until, RegexNode target) {
  if (target == RegexAst::nothing || from == until) return;
  if (!made_.empty() && made_.back().until == from && made_.back().target == target) {
    made_.back().until = until;
  } else {
    made_.push_back({from, until, target});
  }
}

void Derivatives::derive(RegexNode id) {
  const RegexAst::Node node = ast_.node(id);
  made_.clear();
  switch (node.op) {
    case RegexOp::nothing:
    case RegexOp::empty: break;
    case RegexOp::set: derive_set(node); break;
    case RegexOp::literal: {
      const uint8_t first = classes_.class_of[static_cast<uint8_t>(ast_.text()[node.a])];
      emit(first, first + 1, ast_.literal(node.a + 1, node.b - 1));
      break;
    }
    case RegexOp::concat: derive_concat(node); break;
    case RegexOp::complement: derive_complement(node); break;
    case RegexOp::repeat: derive_repeat(node); break;
    case RegexOp::stretch: derive_stretch(node); break;
    case RegexOp::spelled: derive_spelled(node); break;
    case RegexOp::seen: derive_seen(node); break;
    case RegexOp::behind: derive_behind(node); break;
    case RegexOp::distinct:
    case RegexOp::unsettled: {
      const Span opened = spans_[ast_.opened(id)];
      for (uint32_t i = 0; i < opened.count; ++i) made_.push_back(pool_[opened.first + i]);
      break;
    }
    case RegexOp::alt:
    case RegexOp::both: {
      std::vector<Span> lists(node.b);
      for (uint32_t i = 0; i < node.b; ++i) lists[i] = spans_[ast_.children(node)[i]];
      derive_joined(node.op, lists);
      break;
    }
  }
  ast_.budget().spend(1 + made_.size());
  while (spans_.size() <= id) spans_.push_back({UINT32_MAX, 0});
  make_room(pool_, made_.size());
  ast_.budget().add_memory(made_.size() * sizeof(Run) + sizeof(Span));
  spans_[id] = {static_cast<uint32_t>(pool_.size()), static_cast<uint32_t>(made_.size())};
  pool_.insert(pool_.end(), made_.begin(), made_.end());
}

void Derivatives::derive_set(const RegexAst::Node & node) {
  const ByteSet & bytes = ast_.bytes(node);
  for (uint16_t c = 0; c < classes_.count; ++c) {
    if (bytes.has(classes_.member[c])) emit(c, c + 1, RegexAst::empty);
  }
}

void Derivatives::derive_concat(const RegexAst::Node & node) {
  const bool through = ast_.node(node.a).nullable;
  const Span head = spans_[node.a];
  RegexNode target = RegexAst::nothing;  // the last run's, since runs often repeat it
  RegexNode joined = RegexAst::nothing;
  for (uint32_t i = 0; i < head.count; ++i) {
    const Run run = pool_[head.first + i];
    if (run.target != target) {
      target = run.target;
      joined = ast_.concat(target, node.b);
    }
    emit(run.from, run.until, joined);
  }
  if (!through) return;
  // The head's runs, now with the tail, and the tail's own runs are two alternatives.
  const Span own = {static_cast<uint32_t>(pool_.size()), static_cast<uint32_t>(made_.size())};
  pool_.insert(pool_.end(), made_.begin(), made_.end());
  made_.clear();
  derive_joined(RegexOp::alt, {own, spans_[node.b]});
  pool_.resize(own.first);
}

void Derivatives::derive_repeat(const RegexAst::Node & node) {
  const uint32_t min = node.b == 0 ? 0 : node.b - 1;
  const uint32_t max = node.c == RegexAst::unlimited ? node.c : node.c - 1;
  const RegexNode rest = ast_.repeat(node.a, min, max);
  const Span part = spans_[node.a];
  for (uint32_t i = 0; i < part.count; ++i) {
    const Run run = pool_[part.first + i];
    emit(run.from, run.until, ast_.concat(run.target, rest));
  }
}

void Derivatives::derive_stretch(const RegexAst::Node & node) {
  const SuffixAutomaton & automaton = ast_.automaton_of(node);
  const bool is_start = node.a == SuffixAutomaton::start;
  std::vector<std::pair<uint16_t, uint32_t>> edges;
  for (uint32_t at = automaton.first_edge(node.a); at != SuffixAutomaton::none; at = automaton.edge(at).next) {
    const SuffixAutomaton::Edge & edge = automaton.edge(at);
    // No stretch begins within a character.
    if (is_start && (edge.byte & 0xC0) == 0x80) continue;
    edges.emplace_back(classes_.class_of[edge.byte], edge.to);
  }
  std::sort(edges.begin(), edges.end());
  for (const auto & [byte_class, to] : edges) emit(byte_class, byte_class + 1, ast_.stretch(to, node.b));
}

void Derivatives::derive_spelled(const RegexAst::Node & node) {
  const JsonText & json = *ast_.json_text();
  RegexNode after[256] = {};  // per class of the text's symbols
  if (RegexAst::is_after(node)) {
    std::fill(after, after + 256, node.a);
  } else {
    for (uint32_t i = 0; i < spans_[node.a].count; ++i) {
      const Run run = pool_[spans_[node.a].first + i];
      std::fill(after + run.from, after + run.until, run.target);
    }
  }
  for (uint16_t c = 0; c < classes_.count; ++c) {
    const JsonText::Target target = json.next(node.b, classes_.member[c]);
    if (target == JsonText::dead) continue;
    if (JsonText::is_symbol(target)) {
      emit(c, c + 1, ast_.spelled(after[classes_.class_of[JsonText::symbol_of(target)]]));
      continue;
    }
    // Where all that the character may become leads to the same, it does not matter what came before.
    const uint32_t state = static_cast<uint32_t>(target);
    const std::vector<uint8_t> & reach = reach_[state];
    const RegexNode first = after[reach.front()];
    const bool is_one = std::all_of(reach.begin(), reach.end(), [&](uint8_t at) { return after[at] == first; });
    emit(c, c + 1, is_one ? ast_.spelled_after(first, state) : ast_.spelled(node.a, state));
  }
}

void Derivatives::derive_complement(const RegexAst::Node & node) {
  const Span part = spans_[node.a];
  uint16_t next = 0;
  for (uint32_t i = 0; i < part.count; ++i) {
    const Run run = pool_[part.first + i];
    emit(next, run.from, ast_.all());
    emit(run.from, run.until, ast_.complement(run.target));
    next = run.until;
  }
  emit(next, classes_.count, ast_.all());
}

}  // namespace espalier
