// Derivatives of regex nodes over byte classes. Decides what is left of an expression after one more byte, and whether
// any string is left at all. Keeps every answer; never recurses deeper than a fixed bound.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "byte_classes.h"
#include "regex_ast.h"

namespace espalier {

/// The bytes of the items that a text is in, and what is found of them while a state is settled.
struct ItemTexts {
  /// The same text from each place on at which an item that is not known to have ended began.
  std::vector<std::string_view> candidates;
  /// Another item goes on.
  bool has_others = false;
};

class Derivatives {
 public:
  /// Classes [from, until) lead to `target`. Classes in no run lead to `nothing`.
  struct Run {
    uint16_t from;
    uint16_t until;
    RegexNode target;
  };
  struct Runs {
    const Run * first;
    uint32_t count;
    const Run * begin() const { return first; }
    const Run * end() const { return first + count; }
  };

  explicit Derivatives(RegexAst & ast) : ast_(ast) {}

  /// Fixes the classes; call once, after all expressions of the constraint are made.
  void freeze_classes();
  const ByteClasses & classes() const { return classes_; }
  RegexAst & ast() { return ast_; }

  /// What has been learnt so far stays.
  void keep_all();
  /// As RegexAst::collect; what was learnt since `keep_all` is dropped, but whether live nodes are empty.
  std::vector<RegexNode> collect(const std::vector<RegexNode> & roots);

  /// Valid until the next call.
  Runs runs(RegexNode node);
  /// Whether the node's language has no string.
  bool is_empty(RegexNode node);
  /// Whether the node's language has a string of at least one byte.
  bool is_extendable(RegexNode node);
  /// What is left after the bytes.
  RegexNode after(RegexNode node, std::string_view bytes);

  /// Of a node with an unsettled list: what it is once the last item's value is among the others. `nothing` where that
  /// can't be, since it was among them, or since there is no other.
  RegexNode settled(RegexNode node, ItemTexts & texts);
  /// Whether an item of some list begins so.
  bool begins_item(std::string_view text);
  /// Finds out which lists have as many values as they need. Once, after `freeze_classes`.
  void count_values();

 private:
  struct Span {
    uint32_t first;
    uint32_t count;
  };
  struct Joined {
    uint64_t hash;
    uint32_t first;
    uint32_t count;
    RegexNode node;
  };
  static constexpr size_t few_lists = 16;
  enum class Emptiness : uint8_t { unknown, empty, inhabited };

  bool is_done(RegexNode node) const { return node < spans_.size() && spans_[node].first != UINT32_MAX; }
  void derive(RegexNode node);
  void derive_set(const RegexAst::Node & node);
  void derive_concat(const RegexAst::Node & node);
  void derive_complement(const RegexAst::Node & node);
  void derive_repeat(const RegexAst::Node & node);
  void derive_stretch(const RegexAst::Node & node);
  void derive_spelled(const RegexAst::Node & node);
  void derive_seen(const RegexAst::Node & node);
  void derive_behind(const RegexAst::Node & node);
  RegexNode settled_list(const RegexAst::Node & node, ItemTexts & texts);
  RegexNode settled_at(RegexNode id, ItemTexts & texts, int depth);
  bool has_values(RegexNode item, uint32_t count);
  std::string some_member(RegexNode node);
  bool is_endless(RegexNode node) const;
  void derive_joined(RegexOp op, const std::vector<Span> & lists);
  RegexNode joined(RegexOp op, const RegexNode * targets, size_t count);
  void join_by_runs(RegexOp op, const std::vector<Span> & lists);
  void join_by_classes(RegexOp op, const std::vector<Span> & lists);
  void emit(uint16_t from, uint16_t until, RegexNode target);
  Emptiness known_emptiness(RegexNode node) const;
  void set_emptiness(RegexNode node, Emptiness value);
  bool has_parts(RegexNode node) const;
  bool is_list_empty(RegexNode list);
  bool is_empty_by_parts(const RegexAst::Node & node);
  bool is_spelled_empty(const RegexAst::Node & node);
  bool is_empty_by_search(RegexNode wanted);
  bool leads_to_some(RegexNode node, bool asks_parts, std::vector<RegexNode> & unknown);

  RegexAst & ast_;
  ByteClasses classes_;
  std::vector<std::vector<uint8_t>> reach_;  // per state within a spelled character, the classes of what it may become
  BlockList<Span> spans_;                    // per node, first = UINT32_MAX: not derived yet
  std::vector<Run> pool_;
  std::vector<Run> made_;  // the runs being made
  std::vector<RegexNode> stack_;
  std::vector<std::vector<RegexNode>> targets_;  // per class
  // What is joined, and of what: tuples of targets, one after the other.
  std::vector<Joined> joined_;
  std::vector<RegexNode> tuples_;
  std::vector<RegexNode> scratch_;
  std::vector<Emptiness> emptiness_;
  int emptiness_depth_ = 0;
  // Sizes at `keep_all`.
  size_t kept_runs_ = 0;
  size_t kept_nodes_ = 0;
};

}  // namespace espalier
