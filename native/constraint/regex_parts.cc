// Smart constructors of alternatives and intersections, see regex_ast.h. Decides in which order parts stand and which
// of them become one; each rule preserves the language exactly. Nothing here recurses.
#include <algorithm>

#include "regex_ast.h"

namespace espalier {

namespace {

/// An alternative by what it begins with, `base{min,max}` or a set, and what follows that.
struct Beginning {
  RegexNode tail;
  RegexNode base;  // `nothing` for a set
  uint32_t min;
  uint32_t max;
  uint32_t set;
  bool nullable;
};

bool before(const Beginning & x, const Beginning & y) {
  if (x.tail != y.tail) return x.tail < y.tail;
  if (x.base != y.base) return x.base < y.base;
  return x.min < y.min;
}

}  // namespace

void RegexAst::sort_unique(std::vector<RegexNode> & parts) {
  std::sort(parts.begin(), parts.end());
  parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
}

// Replaces children of the same operation by their children, sorts, drops repetitions.
void RegexAst::flatten(std::vector<RegexNode> & parts, RegexOp op) {
  const size_t count = parts.size();
  for (size_t i = 0; i < count; ++i) {
    const Node & node = nodes_[parts[i]];
    if (node.op != op) continue;
    budget_.spend(node.b);
    const RegexNode * from = children(node);
    parts[i] = from[0];
    for (uint32_t k = 1; k < node.b; ++k) parts.push_back(from[k]);
  }
  sort_unique(parts);
}

// Over a common tail T: aT|bT = [ab]T, x{a,b}T|x{c,d}T = one repeat where the ranges touch, and T is dropped beside hT
// with nullable h. Without these, counted repeats of ambiguous parts would make a new state at every byte.
void RegexAst::merge_alternatives(std::vector<RegexNode> & parts) {
  std::vector<Beginning> entries;
  std::vector<RegexNode> others;
  for (RegexNode part : parts) {
    const Node & node = nodes_[part];
    const RegexNode head = node.op == RegexOp::concat ? node.a : part;
    const RegexNode tail = node.op == RegexOp::concat ? node.b : static_cast<RegexNode>(empty);
    const Node & h = nodes_[head];
    if (h.op == RegexOp::set) {
      entries.push_back({tail, nothing, 1, 1, h.a, false});
    } else if (h.op == RegexOp::repeat) {
      entries.push_back({tail, h.a, h.b, h.c, 0, h.nullable});
    } else {
      others.push_back(part);
    }
  }
  if (entries.empty()) return;
  std::sort(entries.begin(), entries.end(), before);
  parts = std::move(others);
  std::vector<RegexNode> absorbed;
  for (size_t i = 0; i < entries.size();) {
    Beginning merged = entries[i];
    ByteSet bytes = merged.base == nothing ? sets_[merged.set] : ByteSet{};
    for (++i; i < entries.size() && entries[i].tail == merged.tail && entries[i].base == merged.base; ++i) {
      if (merged.base == nothing) {
        bytes = bytes | sets_[entries[i].set];
        continue;
      }
      if (merged.max != unlimited && entries[i].min > merged.max + 1) break;
      merged.max = std::max(merged.max, entries[i].max);
      merged.nullable = merged.nullable || entries[i].nullable;
    }
    const RegexNode head = merged.base == nothing ? set(bytes) : repeat(merged.base, merged.min, merged.max);
    parts.push_back(concat(head, merged.tail));
    if (merged.nullable && merged.tail != empty) absorbed.push_back(merged.tail);
  }
  sort_unique(parts);
  for (RegexNode tail : absorbed) {
    const auto found = std::lower_bound(parts.begin(), parts.end(), tail);
    if (found != parts.end() && *found == tail) parts.erase(found);
  }
}

// Spelled texts at one place of a character and with the same tail are one spelled text of either.
void RegexAst::merge_spelled(std::vector<RegexNode> & parts) {
  struct Entry {
    RegexNode tail;
    uint32_t state;
    uint32_t after;
    RegexNode text;
    bool goes_with(const Entry & other) const {
      return tail == other.tail && state == other.state && after == other.after;
    }
  };
  std::vector<Entry> entries;
  std::vector<RegexNode> others;
  for (RegexNode part : parts) {
    const Node & node = nodes_[part];
    const Node & head = node.op == RegexOp::concat ? nodes_[node.a] : node;
    if (head.op == RegexOp::spelled) {
      entries.push_back({node.op == RegexOp::concat ? node.b : static_cast<RegexNode>(empty), head.b, head.c, head.a});
    } else {
      others.push_back(part);
    }
  }
  if (entries.size() < 2) return;
  std::sort(entries.begin(), entries.end(), [](const Entry & x, const Entry & y) {
    if (x.tail != y.tail) return x.tail < y.tail;
    return x.state != y.state ? x.state < y.state : x.after < y.after;
  });
  parts = std::move(others);
  for (size_t i = 0; i < entries.size();) {
    const Entry first = entries[i];
    std::vector<RegexNode> texts;
    for (; i < entries.size() && entries[i].goes_with(first); ++i) texts.push_back(entries[i].text);
    // Texts hold nothing spelled, so that this goes no deeper.
    parts.push_back(concat(spelled(alt(texts), first.state, first.after), first.tail));
  }
  sort_unique(parts);
}

// Whether the node is u* or u* and something more, with a set u.
bool RegexAst::is_loop(RegexNode id) const {
  const Node & node = nodes_[id];
  const Node & head = node.op == RegexOp::concat ? nodes_[node.a] : node;
  return head.op == RegexOp::repeat && head.b == 0 && head.c == unlimited && nodes_[head.a].op == RegexOp::set;
}

// Whether `part` is x T and `wider` is u* T (or T is empty), with all strings of x made of what u takes.
bool RegexAst::is_absorbed(RegexNode part, RegexNode wider) const {
  constexpr int spine_max = 16;
  const Node & node = nodes_[wider];
  const ByteSet & set = sets_[nodes_[nodes_[node.op == RegexOp::concat ? node.a : wider].a].a];
  const auto is_within = [&](RegexNode id) { return (within_[id] & set) == within_[id]; };
  if (node.op == RegexOp::repeat) return is_within(part);
  for (int i = 0; i < spine_max && nodes_[part].op == RegexOp::concat && is_within(nodes_[part].a); ++i) {
    part = nodes_[part].b;
    if (part == wider) return true;
  }
  return false;
}

// Drops alternatives that a loop among the others holds: what is left of a search once it has found something would
// otherwise go on searching.
void RegexAst::absorb(std::vector<RegexNode> & parts) {
  constexpr size_t parts_max = 64;
  if (parts.size() > parts_max) return;
  for (size_t i = 0; i < parts.size(); ++i) {
    const RegexNode wider = parts[i];
    if (!is_loop(wider)) continue;
    const auto rest = std::remove_if(parts.begin(), parts.end(),
                                     [&](RegexNode part) { return part != wider && is_absorbed(part, wider); });
    if (rest == parts.end()) continue;
    parts.erase(rest, parts.end());
    i = static_cast<size_t>(std::find(parts.begin(), parts.end(), wider) - parts.begin());
  }
  budget_.spend(parts.size());
}

RegexNode RegexAst::alt(std::vector<RegexNode> & parts) {
  flatten(parts, RegexOp::alt);
  if (!parts.empty() && parts.front() == nothing) parts.erase(parts.begin());
  if (parts.size() > 1) {
    if (json_text_.has_value()) merge_spelled(parts);
    merge_alternatives(parts);
    if (json_text_.has_value()) share_lengths(parts);
    absorb(parts);
    if (std::binary_search(parts.begin(), parts.end(), all_)) return all_;
    if (parts.front() == empty) {
      const bool covered =
          std::any_of(parts.begin() + 1, parts.end(), [this](RegexNode part) { return nodes_[part].nullable; });
      if (covered) parts.erase(parts.begin());
    }
  }
  if (parts.empty()) return nothing;
  if (parts.size() == 1) return parts.front();
  bool nullable = false;
  bool opaque = false;
  for (RegexNode part : parts) {
    nullable = nullable || nodes_[part].nullable;
    opaque = opaque || nodes_[part].opaque;
  }
  return intern({RegexOp::alt, nullable, opaque, 0, 0, 0, 0}, &parts);
}

// Whether a part is `excluded` or one of its alternatives. Found at once, since what is left of a broken exclusion
// would otherwise be walked to its end beside everything it stands with.
bool RegexAst::excludes_one_of(RegexNode excluded, const std::vector<RegexNode> & parts) {
  const Node & node = nodes_[excluded];
  const auto holds_one = [&](RegexNode id) {
    if (std::binary_search(parts.begin(), parts.end(), id)) return true;
    if (!is_loop(id)) return false;
    return std::any_of(parts.begin(), parts.end(), [&](RegexNode part) { return is_absorbed(part, id); });
  };
  if (node.op != RegexOp::alt) return holds_one(excluded);
  budget_.spend(node.b / 4);
  const RegexNode * from = children(node);
  return std::any_of(from, from + node.b, holds_one);
}

RegexNode RegexAst::both(std::vector<RegexNode> & parts) {
  flatten(parts, RegexOp::both);
  if (json_text_.has_value()) meet_lengths(parts);
  if (!parts.empty() && parts.front() == nothing) return nothing;
  parts.erase(std::remove(parts.begin(), parts.end(), all_), parts.end());
  if (parts.empty()) return all_;
  bool nullable = true;
  ByteSet bytes = ByteSet::range(0, 255);
  bool has_set = false;
  for (RegexNode part : parts) {
    const Node & node = nodes_[part];
    nullable = nullable && node.nullable;
    if (node.op == RegexOp::set) {
      bytes = bytes & sets_[node.a];
      has_set = true;
    }
    if (node.op == RegexOp::complement && excludes_one_of(node.a, parts)) return nothing;
  }
  if (parts.front() == empty) return nullable ? empty : nothing;
  if (has_set) {
    parts.erase(
        std::remove_if(parts.begin(), parts.end(), [this](RegexNode part) { return nodes_[part].op == RegexOp::set; }),
        parts.end());
    const RegexNode merged = set(bytes);
    if (merged == nothing) return nothing;
    parts.insert(std::lower_bound(parts.begin(), parts.end(), merged), merged);
  }
  if (parts.size() == 1) return parts.front();
  return intern({RegexOp::both, nullable, true, 0, 0, 0, 0}, &parts);
}

}  // namespace espalier
