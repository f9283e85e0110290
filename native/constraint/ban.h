// Texts that must not come out of a model, as an automaton over bytes beside a constraint. Decides which tokens would
// finish one of them, found by the sorted vocabulary and never by a walk over all of it. Immutable, shared by threads.
//
//   as far as seen   ...As an A|         each end of it that begins a text has a node; the longest one is the state
//   finishers        tokens that begin with the rest of a text behind one of these nodes: "I", "I model", ...
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "trie.h"

namespace espalier {

/// Texts as a tree, with the way back from each node to the longest other beginning that its bytes end with.
class TextTree {
 public:
  static constexpr uint32_t root = 0;

  explicit TextTree(const std::vector<std::string> & texts);

  /// The longest beginning of a text that the bytes so far end with.
  uint32_t step(uint32_t node, uint8_t byte) const;
  /// The node below by this byte; root where there is none.
  uint32_t below(uint32_t node, uint8_t byte) const;
  const std::map<uint8_t, uint32_t> & all_below(uint32_t node) const { return nodes_[node].below; }
  uint32_t shorter(uint32_t node) const { return nodes_[node].shorter; }
  /// Whether the node is the end of a text.
  bool is_text(uint32_t node) const { return nodes_[node].is_text; }
  /// Whether the bytes so far end with a text.
  bool ends_text(uint32_t node) const { return nodes_[node].ends_text; }

 private:
  struct Node {
    std::map<uint8_t, uint32_t> below;
    uint32_t shorter = root;
    bool is_text = false;
    bool ends_text = false;
  };
  std::vector<Node> nodes_;
};

/// Tokens next to each other in the order of their bytes.
struct TokenRange {
  size_t from;
  size_t until;
};

/// Of the tokens in the range, which have `depth` bytes in common, those that go on with the byte.
TokenRange with_byte(const TokenTrie & trie, TokenRange range, size_t depth, uint8_t byte);

class BanList {
 public:
  BanList(const TokenTrie & trie, const std::vector<std::string> & texts);

  const TextTree & tree() const { return tree_; }
  /// Tokens that hold a whole text.
  const std::vector<int32_t> & holders() const { return holders_; }
  /// Adds the tokens that begin with `before` and then finish a text that was begun up to the node.
  void add_finishers(const TokenTrie & trie, uint32_t node, std::string_view before,
                     std::vector<int32_t> & tokens) const;

 private:
  void add_below(const TokenTrie & trie, uint32_t node, TokenRange range, size_t depth,
                 std::vector<int32_t> & tokens) const;

  TextTree tree_;
  std::vector<int32_t> holders_;
};

/// The last few lists of a vocabulary. Any thread.
class BanLists {
 public:
  std::shared_ptr<const BanList> list_of(const TokenTrie & trie, const std::vector<std::string> & texts);

 private:
  static constexpr size_t kept_max = 16;

  std::mutex mutex_;
  std::vector<std::pair<std::vector<std::string>, std::shared_ptr<const BanList>>> kept_;
};

/// What one hole keeps to.
struct Ban {
  std::shared_ptr<const BanList> list;
  /// Where the text before the value left it.
  uint32_t start;
  /// What may end the value and is none of it: there a text may be finished, if then the end comes.
  TextTree ends;

  Ban(const TokenTrie & trie, const BanTexts & texts);
};

/// Where a position stands in a ban.
struct BanPlace {
  uint32_t node = TextTree::root;
  uint32_t end = TextTree::root;  // in the ends
  bool is_owed = false;           // a text was finished in an end, which has to come now
};

}  // namespace espalier
