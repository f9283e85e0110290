// Smart constructors of regex nodes. Decides the normal form; each rule here preserves the language exactly. Nothing
// here recurses: expressions may be nested arbitrarily deep.
#include "regex_ast.h"

#include <algorithm>

namespace espalier {

namespace {

uint64_t hash_set(const ByteSet & set) {
  return mix(mix(mix(mix(0x5E7, set.words[0]), set.words[1]), set.words[2]), set.words[3]);
}

// min and max of a sum or product of repeat counts; unlimited absorbs. False where the finite result does not fit.
bool add_counts(uint32_t a, uint32_t b, uint32_t & sum) {
  if (a == RegexAst::unlimited || b == RegexAst::unlimited) {
    sum = RegexAst::unlimited;
    return true;
  }
  const uint64_t wide = uint64_t{a} + b;
  sum = static_cast<uint32_t>(wide);
  return wide < RegexAst::unlimited;
}

}  // namespace

uint64_t RegexAst::hash_of(const Node & node, const RegexNode * children) {
  uint64_t hash = mix(0x51ED, static_cast<uint64_t>(node.op));
  if (children == nullptr) return mix(mix(mix(hash, node.a), node.b), node.c);
  for (uint32_t i = 0; i < node.b; ++i) hash = mix(hash, children[i]);
  return hash;
}

RegexAst::RegexAst(Budget & budget) : budget_(budget), values_(budget) {
  set_table_.assign(64, 0);
  intern({RegexOp::nothing, false, false, 0, 0, 0, 0}, nullptr);
  intern({RegexOp::empty, true, false, 0, 0, 0, 0}, nullptr);
  all_ = repeat(set(ByteSet::range(0, 255)), 0, unlimited);
}

bool RegexAst::equals(const Node & known, const Node & node, const std::vector<RegexNode> * children) const {
  if (known.op != node.op) return false;
  if (children == nullptr) return known.a == node.a && known.b == node.b && known.c == node.c;
  return known.b == children->size() && std::equal(children->begin(), children->end(), children_.begin() + known.a);
}

RegexNode RegexAst::intern(Node node, const std::vector<RegexNode> * children) {
  if (children != nullptr) node.b = static_cast<uint32_t>(children->size());
  node.marks = marks_of(node, children);
  const uint64_t hash = hash_of(node, children != nullptr ? children->data() : nullptr);
  const RegexNode known = known_.find(hash, [&](RegexNode id) { return equals(nodes_[id], node, children); });
  if (known != IdTable::absent) return known;
  if (children != nullptr) {
    node.a = static_cast<uint32_t>(children_.size());
    budget_.spend(children->size());
  }
  budget_.spend(1);
  nodes_.make_room();
  within_.make_room();
  known_.make_room();
  if (children != nullptr) make_room(children_, children->size());
  budget_.add_memory(memory_of(node));
  if (children != nullptr) children_.insert(children_.end(), children->begin(), children->end());
  const RegexNode id = static_cast<RegexNode>(nodes_.size());
  within_.push_back(bytes_within(node, children != nullptr ? children->data() : nullptr));
  nodes_.push_back(node);
  known_.add(hash, id);
  return id;
}

size_t RegexAst::memory_of(const Node & node) {
  const size_t parts = has_children(node) ? node.b : 0;
  return sizeof(Node) + sizeof(ByteSet) + 4 * sizeof(uint32_t) + parts * sizeof(RegexNode);
}

ByteSet RegexAst::bytes_within(const Node & node, const RegexNode * children) const {
  constexpr uint32_t literal_max = 64;
  ByteSet bytes;
  switch (node.op) {
    case RegexOp::nothing:
    case RegexOp::empty: return bytes;
    case RegexOp::set: return sets_[node.a];
    case RegexOp::concat: return within_[node.a] | within_[node.b];
    case RegexOp::repeat: return within_[node.a];
    case RegexOp::alt:
      for (uint32_t i = 0; i < node.b; ++i) bytes = bytes | within_[children[i]];
      return bytes;
    case RegexOp::both:
      bytes = within_[children[0]];
      for (uint32_t i = 1; i < node.b; ++i) bytes = bytes & within_[children[i]];
      return bytes;
    case RegexOp::literal:
      if (node.b > literal_max) break;
      for (uint32_t i = 0; i < node.b; ++i) bytes.add(static_cast<uint8_t>(text_[node.a + i]));
      return bytes;
    default: break;
  }
  return ByteSet::range(0, 255);
}

uint32_t RegexAst::set_index(const ByteSet & bytes) {
  size_t at = hash_set(bytes) & (set_table_.size() - 1);
  for (; set_table_[at] != 0; at = (at + 1) & (set_table_.size() - 1)) {
    if (sets_[set_table_[at] - 1] == bytes) return set_table_[at] - 1;
  }
  make_room(sets_, 1);
  budget_.add_memory(memory_of_set);
  const uint32_t index = static_cast<uint32_t>(sets_.size());
  sets_.push_back(bytes);
  set_table_[at] = index + 1;
  if (sets_.size() * 2 > set_table_.size()) fill_set_table(std::vector<uint32_t>(set_table_.size() * 2, 0));
  return index;
}

void RegexAst::fill_set_table(std::vector<uint32_t> table) {
  set_table_.swap(table);
  for (uint32_t i = 0; i < sets_.size(); ++i) {
    size_t place = hash_set(sets_[i]) & (set_table_.size() - 1);
    while (set_table_[place] != 0) place = (place + 1) & (set_table_.size() - 1);
    set_table_[place] = i + 1;
  }
}

RegexNode RegexAst::set(const ByteSet & bytes) {
  if (bytes.is_empty()) return nothing;
  return intern({RegexOp::set, false, false, 0, set_index(bytes), 0, 0}, nullptr);
}

RegexNode RegexAst::literal(uint32_t offset, uint32_t length) {
  if (length == 0) return empty;
  if (length == 1) {
    ByteSet one;
    one.add(static_cast<uint8_t>(text_[offset]));
    return set(one);
  }
  return intern({RegexOp::literal, false, false, 0, offset, length, 0}, nullptr);
}

RegexNode RegexAst::concat(RegexNode head, RegexNode tail) {
  if (head == nothing || tail == nothing) return nothing;
  if (head == empty) return tail;
  std::vector<RegexNode> spine;  // only where `head` is itself a concat
  while (nodes_[head].op == RegexOp::concat) {
    spine.push_back(nodes_[head].a);
    head = nodes_[head].b;
  }
  budget_.spend(spine.size());
  for (;;) {
    if (tail == empty) {
      tail = head;
    } else {
      // x{a,b} x{c,d} = x{a+c,b+d}, also where a side is a plain x.
      const Node & h = nodes_[head];
      const Node & t = nodes_[tail];
      const RegexNode first = t.op == RegexOp::concat ? t.a : tail;
      const Node & f = nodes_[first];
      const RegexNode head_base = h.op == RegexOp::repeat ? h.a : head;
      const RegexNode first_base = f.op == RegexOp::repeat ? f.a : first;
      uint32_t min = 0;
      uint32_t max = 0;
      if (head_base == first_base &&
          add_counts(h.op == RegexOp::repeat ? h.b : 1, f.op == RegexOp::repeat ? f.b : 1, min) &&
          add_counts(h.op == RegexOp::repeat ? h.c : 1, f.op == RegexOp::repeat ? f.c : 1, max)) {
        const RegexNode rest = t.op == RegexOp::concat ? t.b : empty;
        const RegexNode merged = repeat(head_base, min, max);
        if (rest == empty) {
          tail = merged;
        } else {
          const bool nullable = nodes_[merged].nullable && nodes_[rest].nullable;
          const bool opaque = nodes_[merged].opaque || nodes_[rest].opaque;
          tail = intern({RegexOp::concat, nullable, opaque, 0, merged, rest, 0}, nullptr);
        }
      } else {
        tail = intern({RegexOp::concat, h.nullable && t.nullable, h.opaque || t.opaque, 0, head, tail, 0}, nullptr);
      }
    }
    if (spine.empty()) return tail;
    head = spine.back();
    spine.pop_back();
  }
}

RegexNode RegexAst::repeat(RegexNode part, uint32_t min, uint32_t max) {
  if (max == 0 || part == empty) return empty;
  if (part == nothing) return min == 0 ? empty : nothing;
  if (min == 1 && max == 1) return part;
  const Node node = nodes_[part];
  if (node.nullable) min = 0;
  if (node.op == RegexOp::repeat) {
    // (y{a,b}){min,max} is y{a*min,b*max} where the counts that k and k + 1 rounds reach leave no gap; the gap is
    // largest between the fewest rounds.
    const uint64_t a = node.b;
    const bool has_no_gap = node.c == unlimited ? (a <= 1 || min > 0) : uint64_t{node.c} * min + 1 >= a * (min + 1);
    const bool is_unlimited = node.c == unlimited || max == unlimited;
    const uint64_t low = a * min;
    const uint64_t high = is_unlimited ? 0 : uint64_t{node.c} * max;
    if (has_no_gap && low < unlimited && high < unlimited) {
      return repeat(node.a, static_cast<uint32_t>(low), is_unlimited ? unlimited : static_cast<uint32_t>(high));
    }
  }
  if (part == all_) return all_;
  return intern({RegexOp::repeat, min == 0 || node.nullable, node.opaque, 0, part, min, max}, nullptr);
}

RegexNode RegexAst::stretch_of(uint32_t offset, uint32_t length) {
  automata_.emplace_back(budget_, std::string_view(text_).substr(offset, length));
  return stretch(SuffixAutomaton::start, static_cast<uint32_t>(automata_.size() - 1));
}

RegexNode RegexAst::stretch(uint32_t state, uint32_t automaton) {
  if (automata_[automaton].is_last(state)) return empty;
  return intern({RegexOp::stretch, automata_[automaton].ends_character(state), false, 0, state, automaton, 0}, nullptr);
}

// Within a character some text can go on: whoever takes it there has seen to that.
RegexNode RegexAst::spelled(RegexNode text, uint32_t state) { return spelled(text, state, 0); }

RegexNode RegexAst::spelled_after(RegexNode text, uint32_t state) { return spelled(text, state, 1); }

RegexNode RegexAst::spelled(RegexNode text, uint32_t state, uint32_t after) {
  if (text == nothing) return nothing;
  const bool is_whole = state == JsonText::boundary;
  if (text == empty && is_whole) return empty;
  const Node node = nodes_[text];
  return intern({RegexOp::spelled, is_whole && node.nullable, node.opaque, 0, text, state, after}, nullptr);
}

RegexNode RegexAst::complement(RegexNode part) {
  const Node & node = nodes_[part];
  if (part == nothing) return all_;
  if (part == all_) return nothing;
  if (node.op == RegexOp::complement) return node.a;
  return intern({RegexOp::complement, !node.nullable, true, 0, part, 0, 0}, nullptr);
}

}  // namespace espalier
