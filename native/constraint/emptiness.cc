// Whether an expression has any string, and one that is not empty. Only intersections and complements can lack strings
// without being `nothing`: these are searched through their derivatives, all others follow from their parts.
#include "derivative.h"

#include <algorithm>

namespace espalier {

namespace {

/// Nodes that a search has found, each once, and from where.
class Found {
 public:
  struct Seen {
    RegexNode node;
    size_t from;
    bool is_left;
  };

  void add(RegexNode node, size_t from) {
    last_.push_back(seen_.size());
    seen_.push_back({node, from, false});
  }

  /// What to go on from: by turns the first found and the last found, since some strings are near beside others that
  /// never end, and some are long where most ways lead to one. The number of nodes found where all are done.
  size_t take() {
    takes_first_ = !takes_first_;
    while (first_ < seen_.size() && seen_[first_].is_left) ++first_;
    while (!last_.empty() && seen_[last_.back()].is_left) last_.pop_back();
    const size_t at = takes_first_ || last_.empty() ? first_ : last_.back();
    if (at < seen_.size()) seen_[at].is_left = true;
    return at;
  }

  const std::vector<Seen> & seen() const { return seen_; }

 private:
  std::vector<Seen> seen_;
  std::vector<size_t> last_;
  size_t first_ = 0;
  bool takes_first_ = false;
};

}  // namespace

Derivatives::Emptiness Derivatives::known_emptiness(RegexNode node) const {
  const RegexAst::Node & at = ast_.node(node);
  if (node == RegexAst::nothing) return Emptiness::empty;
  if (at.nullable || !at.opaque) return Emptiness::inhabited;
  // Each list has enough values, so that as long as there must be another item, there is one.
  if (at.op == RegexOp::behind) return Emptiness::inhabited;
  return node < emptiness_.size() ? emptiness_[node] : Emptiness::unknown;
}

void Derivatives::set_emptiness(RegexNode node, Emptiness value) {
  if (emptiness_.size() <= node) emptiness_.resize(ast_.size(), Emptiness::unknown);
  emptiness_[node] = value;
}

// Whether the emptiness of the node's parts decides its own.
bool Derivatives::has_parts(RegexNode node) const {
  return ast_.node(node).op != RegexOp::both && ast_.node(node).op != RegexOp::complement;
}

bool Derivatives::is_empty(RegexNode wanted) {
  // Deeper nesting is only met in hostile expressions; the search alone is right for all of them.
  constexpr int depth_max = 64;
  const Emptiness known = known_emptiness(wanted);
  if (known != Emptiness::unknown) return known == Emptiness::empty;
  const RegexAst::Node node = ast_.node(wanted);
  if (!has_parts(wanted) || emptiness_depth_ == depth_max) return is_empty_by_search(wanted);
  ast_.budget().spend(1);
  ++emptiness_depth_;
  bool empty = false;
  try {
    const bool is_list = node.op == RegexOp::distinct || node.op == RegexOp::unsettled;
    empty = is_list ? is_list_empty(wanted) : is_empty_by_parts(node);
  } catch (...) {
    --emptiness_depth_;
    throw;
  }
  --emptiness_depth_;
  set_emptiness(wanted, empty ? Emptiness::empty : Emptiness::inhabited);
  return empty;
}

bool Derivatives::is_list_empty(RegexNode list) {
  return !ast_.lists()[ast_.node(list).a].has_enough || is_empty(ast_.first_item(list));
}

// A concatenation, alternatives or a repeat: no derivative is needed.
bool Derivatives::is_empty_by_parts(const RegexAst::Node & node) {
  if (node.op == RegexOp::alt) {
    // What is known of one of them may spare a long search in another.
    for (uint32_t i = 0; i < node.b; ++i) {
      if (known_emptiness(ast_.children(node)[i]) == Emptiness::inhabited) return false;
    }
    for (uint32_t i = 0; i < node.b; ++i) {
      if (!is_empty(ast_.children(node)[i])) return false;
    }
    return true;
  }
  if (node.op == RegexOp::repeat) return is_empty(node.a);
  if (node.op == RegexOp::spelled) return is_spelled_empty(node);
  RegexAst::Node at = node;
  for (;;) {
    if (is_empty(at.a)) return true;
    const RegexNode tail = at.b;
    if (known_emptiness(tail) != Emptiness::unknown || ast_.node(tail).op != RegexOp::concat) return is_empty(tail);
    at = ast_.node(tail);
  }
}

// Within a character: whether some text goes on with one that it may become.
bool Derivatives::is_spelled_empty(const RegexAst::Node & node) {
  if (node.b == JsonText::boundary || RegexAst::is_after(node)) return is_empty(node.a);
  const Runs all = runs(node.a);
  // is_empty may move the runs' pool.
  const std::vector<Run> copied(all.begin(), all.end());
  const std::vector<uint8_t> & reach = reach_[node.b];
  return std::all_of(copied.begin(), copied.end(), [&](const Run & run) {
    const bool is_near =
        std::any_of(reach.begin(), reach.end(), [&run](uint8_t at) { return run.from <= at && at < run.until; });
    return !is_near || is_empty(run.target);
  });
}

// Whether a derivative of the node has a string, as far as is known or, where asked for, as its parts say; else those
// of which nothing is known.
bool Derivatives::leads_to_some(RegexNode node, bool asks_parts, std::vector<RegexNode> & unknown) {
  // is_empty may move the runs' pool.
  std::vector<RegexNode> targets;
  for (const Run & run : runs(node)) targets.push_back(run.target);
  ast_.budget().spend(1 + targets.size());
  const auto is_surely = [this](RegexNode target) { return known_emptiness(target) == Emptiness::inhabited; };
  if (std::any_of(targets.begin(), targets.end(), is_surely)) return true;
  unknown.clear();
  for (RegexNode target : targets) {
    if (known_emptiness(target) != Emptiness::unknown) continue;
    if (!asks_parts || !has_parts(target)) {
      unknown.push_back(target);
    } else if (!is_empty(target)) {
      return true;
    }
  }
  return false;
}

// Over what derivatives lead to. If an inhabited node turns up, the whole path to it is inhabited; if none does, every
// node seen is empty. What an intersection or complement leads to is another one, or one of its operands' derivatives:
// nested less deeply in them, it never leads back here, so its parts can be asked while this search goes on.
bool Derivatives::is_empty_by_search(RegexNode wanted) {
  Found found;
  std::vector<RegexNode> unknown;
  found.add(wanted, 0);
  set_emptiness(wanted, Emptiness::empty);  // provisional: also says "seen"
  const auto undo = [&] {
    for (const Found::Seen & one : found.seen()) set_emptiness(one.node, Emptiness::unknown);
  };
  try {
    for (size_t at = found.take(); at < found.seen().size(); at = found.take()) {
      if (!leads_to_some(found.seen()[at].node, !has_parts(wanted), unknown)) {
        for (RegexNode target : unknown) {
          if (known_emptiness(target) != Emptiness::unknown) continue;
          set_emptiness(target, Emptiness::empty);
          found.add(target, at);
        }
        continue;
      }
      // Nodes that were left before this one was found stay undecided.
      undo();
      for (size_t node = at; node != 0; node = found.seen()[node].from) {
        set_emptiness(found.seen()[node].node, Emptiness::inhabited);
      }
      set_emptiness(wanted, Emptiness::inhabited);
      return false;
    }
  } catch (...) {
    undo();
    throw;
  }
  return true;
}

bool Derivatives::is_extendable(RegexNode node) {
  if (node == RegexAst::nothing || node == RegexAst::empty) return false;
  if (!ast_.node(node).opaque) return true;
  // A string that isn't empty must be there if one is at all.
  if (!ast_.node(node).nullable) return !is_empty(node);
  const Runs all = runs(node);
  for (uint32_t i = 0; i < all.count; ++i) {
    // runs() may move the pool inside is_empty, so it is asked for again.
    if (!is_empty(runs(node).first[i].target)) return true;
  }
  return false;
}

}  // namespace espalier
