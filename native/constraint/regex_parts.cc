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

void sort_unique(std::vector<RegexNode> & parts) {
  std::sort(parts.begin(), parts.end());
  parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
}

}  // namespace

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

RegexNode RegexAst::alt(std::vector<RegexNode> & parts) {
  flatten(parts, RegexOp::alt);
  if (!parts.empty() && parts.front() == nothing) parts.erase(parts.begin());
  if (parts.size() > 1) {
    merge_alternatives(parts);
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
  if (node.op != RegexOp::alt) return std::binary_search(parts.begin(), parts.end(), excluded);
  budget_.spend(node.b / 4);
  const RegexNode * from = children(node);
  return std::any_of(from, from + node.b,
                     [&parts](RegexNode part) { return std::binary_search(parts.begin(), parts.end(), part); });
}

RegexNode RegexAst::both(std::vector<RegexNode> & parts) {
  flatten(parts, RegexOp::both);
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
