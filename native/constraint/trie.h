// The vocabulary as a byte trie. Decides which tokens exist as byte strings and in which order they are walked.
// Immutable but for the lists it keeps, shared by all threads. Special and end-of-generation tokens are never in it: no
// byte reaches them.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "matcher.h"

namespace espalier {

// Nodes lie in depth-first order, children by rising byte. A node's subtree is the `size` nodes from itself on:
//
//      a          index  0  1  2  3        byte   a  b  c  d
//     / \         size   4  2  1  1        depth  1  2  3  2
//    b   d
//    |
//    c
struct TrieNode {
  uint32_t byte_and_token;  // byte | (token + 1) << 8; token + 1 = 0: no token ends here
  uint32_t depth_and_size;  // depth (1..255) | size << 8

  uint8_t byte() const { return static_cast<uint8_t>(byte_and_token); }
  uint32_t token_plus_one() const { return byte_and_token >> 8; }
  uint32_t depth() const { return depth_and_size & 0xFF; }
  uint32_t size() const { return depth_and_size >> 8; }
};

/// Some of the vocabulary's tokens as a trie.
struct TokenList {
  std::vector<TrieNode> nodes;
  /// Indices of the nodes at depth 1.
  std::vector<uint32_t> roots;
  void find_roots() {
    for (uint32_t i = 0; i < nodes.size(); i += nodes[i].size()) roots.push_back(i);
  }
  /// (token in the trie, another token with the same bytes)
  std::vector<std::pair<int32_t, int32_t>> twins;
  /// Tokens of more than 255 bytes; tried one by one.
  std::vector<int32_t> longs;
};

class BanLists;
class SliceTables;

class TokenTrie {
 public:
  static constexpr size_t depth_max = 255;

  explicit TokenTrie(const VocabTokens & tokens);
  ~TokenTrie();
  TokenTrie(const TokenTrie &) = delete;
  TokenTrie & operator=(const TokenTrie &) = delete;

  int32_t token_count() const { return token_count_; }
  /// Bytes of the longest token.
  size_t longest() const { return longest_; }
  size_t mask_words() const { return (static_cast<size_t>(token_count_) + 31) / 32; }
  /// Empty for tokens that bytes can't reach.
  std::string_view bytes(int32_t token) const {
    return {text_.data() + offsets_[token], offsets_[token + 1] - offsets_[token]};
  }
  /// The bytes of all tokens by rising id, and where each one's start; the last is the end of all.
  std::string_view text() const { return {text_.data(), text_.size()}; }
  const std::vector<uint32_t> & offsets() const { return offsets_; }
  bool is_eog(int32_t token) const { return is_eog_[token]; }
  /// No bytes reach it: control and end-of-generation tokens.
  bool is_special(int32_t token) const { return is_special_[token]; }
  const std::vector<int32_t> & eog() const { return eog_; }
  const TokenList & all() const { return all_; }
  /// Reachable tokens by rising bytes.
  const std::vector<int32_t> & sorted() const { return sorted_; }
  const SliceTables & slices() const { return *slices_; }
  /// Lists of banned texts, made when first asked for.
  BanLists & ban_lists() const { return *ban_lists_; }
  size_t bytes() const;

  bool can_extend(std::string_view bytes) const;
  /// The same among the tokens of a mask.
  bool can_extend(std::string_view bytes, const uint32_t * mask) const;
  /// Index into sorted() of the first token greater than `bytes`: where its proper extensions begin, if it has any.
  size_t first_extension(std::string_view bytes) const;
  /// The longest token (the lowest id among equals) that `bytes` begins with; -1 if there is none.
  int32_t longest_token(std::string_view bytes) const;
  /// A trie over `tokens`, which must be a subsequence of sorted().
  TokenList make_list(const std::vector<int32_t> & tokens) const;

 private:
  void sort_tokens();

  int32_t token_count_;
  size_t longest_ = 0;
  std::vector<char> text_;
  std::vector<uint32_t> offsets_;
  std::vector<bool> is_eog_;
  std::vector<bool> is_special_;
  std::vector<int32_t> eog_;
  std::vector<int32_t> sorted_;
  TokenList all_;
  std::unique_ptr<SliceTables> slices_;
  std::unique_ptr<BanLists> ban_lists_;
};

}  // namespace espalier
