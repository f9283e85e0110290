// Byte-level regular expressions as hash-consed nodes: equal expressions have equal ids. Decides the normal form that
// keeps the number of derivatives small; knows nothing about tokens or derivatives.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "block_list.h"
#include "budget.h"
#include "byte_set.h"
#include "id_table.h"
#include "json_text.h"
#include "suffix_automaton.h"
#include "value_trie.h"

namespace espalier {

using RegexNode = uint32_t;

enum class RegexOp : uint8_t {
  nothing,     // no string
  empty,       // the empty string
  set,         // one byte; a = index of the set
  literal,     // two or more bytes; a = offset, b = length
  concat,      // a then b; a is never a concat
  alt,         // children[a, a + b), sorted
  both,        // intersection of children[a, a + b), sorted
  complement,  // every byte string not in a
  repeat,      // a repeated b to c times
  spelled,     // the inside of a JSON string whose text, in the alphabet of `json_text`, is in a; b = state within a
               // character, which c says whether a begins with or after
  stretch,     // what may follow in the text of automaton b, in its state a, up to the end of a character
  seen,        // spellings of the values in the set a, of which a part has come (b, c: see distinct.cc)
  distinct,    // items of the list a, from item c on, which are none of the values b
  behind,      // what follows c items of list a, of which all but the last are the values b
  unsettled,   // as distinct, but for the last item before it, which is to be put among the values b
};

/// Items with commas between, no two of which mean the same value.
struct DistinctList {
  RegexNode item;
  RegexNode comma;
  uint32_t min;
  uint32_t max;
  /// Whether `item` has as many values as there must be items.
  bool has_enough;
};

class RegexAst {
 public:
  static constexpr RegexNode nothing = 0;
  static constexpr RegexNode empty = 1;
  static constexpr uint32_t unlimited = UINT32_MAX;

  // What lists of distinct items a node holds.
  static constexpr uint8_t mark_begins = 1;     // an item may begin here
  static constexpr uint8_t mark_ends = 2;       // one may have ended here
  static constexpr uint8_t mark_within = 4;     // one has begun and its comma has not come
  static constexpr uint8_t mark_unsettled = 8;  // one has ended, and is not among the values yet

  struct Node {
    RegexOp op;
    bool nullable;
    /// An intersection or complement is inside: the language may be empty although the node is not `nothing`.
    bool opaque;
    /// See mark_*; set by `intern`.
    uint8_t marks;
    uint32_t a;
    uint32_t b;
    uint32_t c;
  };

  explicit RegexAst(Budget & budget);

  /// Every byte string.
  RegexNode all() const { return all_; }
  RegexNode set(const ByteSet & bytes);
  /// Keeps a copy of the bytes literals point into; call once, before `literal`.
  void set_text(std::string text) { text_ = std::move(text); }
  RegexNode literal(uint32_t offset, uint32_t length);
  RegexNode concat(RegexNode head, RegexNode tail);
  /// The vectors are used as scratch space.
  RegexNode alt(std::vector<RegexNode> & parts);
  RegexNode both(std::vector<RegexNode> & parts);
  RegexNode complement(RegexNode part);
  RegexNode repeat(RegexNode part, uint32_t min, uint32_t max);
  /// Any stretch of the literal's bytes (valid UTF-8) but the empty one, whole characters only.
  RegexNode stretch_of(uint32_t offset, uint32_t length);
  /// What is left of a stretch in a state of its automaton.
  RegexNode stretch(uint32_t state, uint32_t automaton);
  /// Adds a list; its parts are not nullable.
  uint32_t add_list(const DistinctList & list);
  std::vector<DistinctList> & lists() { return lists_; }
  /// `count`: items before. As many as make a difference are told apart.
  RegexNode distinct(uint32_t list, ValueSet values, uint32_t count);
  RegexNode unsettled(uint32_t list, ValueSet values, uint32_t count);
  /// Of a distinct or unsettled node: its first item by itself, and with what follows it.
  RegexNode first_item(RegexNode id);
  RegexNode opened(RegexNode id);
  /// Spellings of the values, of which `pending` of one unit has come.
  RegexNode seen(ValueSet values, uint32_t pending_length, uint32_t pending);
  ValueTrie & values() { return values_; }
  const SuffixAutomaton & automaton_of(const Node & node) const { return automata_[node.b]; }
  /// Call once, before `spelled`.
  void set_json_text(JsonText json_text) { json_text_.emplace(std::move(json_text)); }
  /// Null where nothing is spelled.
  const JsonText * json_text() const { return json_text_.has_value() ? &*json_text_ : nullptr; }
  /// Texts of `text`, an expression over symbols, as they are spelled inside of a JSON string.
  RegexNode spelled(RegexNode text, uint32_t state = JsonText::boundary);
  /// The same behind a character that is in this state of its spelling.
  RegexNode spelled_after(RegexNode text, uint32_t state);
  /// Any character of a text in JSON so and so many times: a limit of its length.
  bool is_length(RegexNode id) const;
  static bool is_after(const Node & spelled) { return spelled.c != 0; }

  /// What is there now stays, with its numbers.
  void keep_all();
  size_t kept() const { return kept_nodes_; }
  /// Drops the nodes made since `keep_all` but for those that `roots` are made of, and numbers these anew, in the same
  /// order. Returns the new number of every node; of those dropped `nothing`. Throws before it changes anything.
  std::vector<RegexNode> collect(const std::vector<RegexNode> & roots);

  const Node & node(RegexNode id) const { return nodes_[id]; }
  size_t size() const { return nodes_.size(); }
  const RegexNode * children(const Node & node) const { return children_.data() + node.a; }
  const ByteSet & bytes(const Node & node) const { return sets_[node.a]; }
  size_t set_count() const { return sets_.size(); }
  const ByteSet & set_at(size_t index) const { return sets_[index]; }
  const std::string & text() const { return text_; }
  Budget & budget() { return budget_; }

 private:
  RegexNode spelled(RegexNode text, uint32_t state, uint32_t after);
  RegexNode intern(Node node, const std::vector<RegexNode> * children);
  uint8_t marks_of(const Node & node, const std::vector<RegexNode> * children) const;
  static bool has_values(const Node & node) { return node.op >= RegexOp::distinct; }
  // Those from `stretch` on refer to no other node.
  static bool has_no_parts(const Node & node) { return node.op == RegexOp::literal || node.op >= RegexOp::stretch; }
  bool equals(const Node & known, const Node & node, const std::vector<RegexNode> * children) const;
  static size_t memory_of(const Node & node);
  static constexpr size_t memory_of_set = sizeof(ByteSet) + 2 * sizeof(uint32_t);
  static bool has_children(const Node & node) { return node.op == RegexOp::alt || node.op == RegexOp::both; }
  /// `children` of an alternative or intersection, else null.
  static uint64_t hash_of(const Node & node, const RegexNode * children);
  static void sort_unique(std::vector<RegexNode> & parts);
  void flatten(std::vector<RegexNode> & parts, RegexOp op);
  void merge_alternatives(std::vector<RegexNode> & parts);
  bool is_loop(RegexNode node) const;
  void absorb(std::vector<RegexNode> & parts);
  bool is_absorbed(RegexNode part, RegexNode wider) const;
  ByteSet bytes_within(const Node & node, const RegexNode * children) const;
  void merge_spelled(std::vector<RegexNode> & parts);
  RegexNode length_in(RegexNode id) const;
  void share_lengths(std::vector<RegexNode> & parts);
  RegexNode without(RegexNode id, RegexNode part);
  void meet_lengths(std::vector<RegexNode> & parts);
  bool excludes_one_of(RegexNode excluded, const std::vector<RegexNode> & parts);
  uint32_t set_index(const ByteSet & bytes);
  void fill_set_table(std::vector<uint32_t> table);
  template <typename Visit>
  void each_part(const Node & node, Visit visit) const;

  Budget & budget_;
  std::string text_;
  BlockList<Node> nodes_;
  std::vector<RegexNode> children_;
  std::vector<ByteSet> sets_;
  std::vector<SuffixAutomaton> automata_;
  std::optional<JsonText> json_text_;
  std::vector<DistinctList> lists_;
  ValueTrie values_;
  IdTable known_;
  BlockList<ByteSet> within_;        // per node, bytes that its strings are made of, or more
  std::vector<uint32_t> set_table_;  // open addressing over sets, index + 1
  RegexNode all_ = 0;
  // Sizes of the lists at `keep_all`.
  size_t kept_nodes_ = 0;
  size_t kept_children_ = 0;
  size_t kept_sets_ = 0;
};

}  // namespace espalier
