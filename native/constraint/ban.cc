// See ban.h. Decides how long a list is kept: making one reads all tokens, and the next hole bans the same texts.
#include "ban.h"

#include <algorithm>
#include <deque>

namespace espalier {

TextTree::TextTree(const std::vector<std::string> & texts) : nodes_(1) {
  for (const std::string & text : texts) {
    uint32_t node = root;
    for (const char c : text) {
      const auto byte = static_cast<uint8_t>(c);
      uint32_t next = below(node, byte);
      if (next == root) {
        next = static_cast<uint32_t>(nodes_.size());
        nodes_[node].below[byte] = next;
        nodes_.emplace_back();
      }
      node = next;
    }
    nodes_[node].is_text = nodes_[node].ends_text = true;
  }
  // By rising depth, so that what is shorter is known.
  std::deque<uint32_t> left = {root};
  for (; !left.empty(); left.pop_front()) {
    const uint32_t node = left.front();
    for (const auto & [byte, next] : nodes_[node].below) {
      if (node != root) nodes_[next].shorter = step(nodes_[node].shorter, byte);
      if (nodes_[nodes_[next].shorter].ends_text) nodes_[next].ends_text = true;
      left.push_back(next);
    }
  }
}

uint32_t TextTree::below(uint32_t node, uint8_t byte) const {
  const auto found = nodes_[node].below.find(byte);
  return found == nodes_[node].below.end() ? root : found->second;
}

uint32_t TextTree::step(uint32_t node, uint8_t byte) const {
  for (;; node = nodes_[node].shorter) {
    const uint32_t next = below(node, byte);
    if (next != root || node == root) return next;
  }
}

TokenRange with_byte(const TokenTrie & trie, TokenRange range, size_t depth, uint8_t byte) {
  const auto begin = trie.sorted().begin();
  const auto at = [&](int32_t token) {
    const std::string_view bytes = trie.bytes(token);
    return bytes.size() > depth ? static_cast<int>(static_cast<uint8_t>(bytes[depth])) : -1;
  };
  const auto end = begin + static_cast<std::ptrdiff_t>(range.until);
  const auto from = std::partition_point(begin + static_cast<std::ptrdiff_t>(range.from), end,
                                         [&](int32_t token) { return at(token) < byte; });
  const auto until = std::partition_point(from, end, [&](int32_t token) { return at(token) <= byte; });
  return {static_cast<size_t>(from - begin), static_cast<size_t>(until - begin)};
}

BanList::BanList(const TokenTrie & trie, const std::vector<std::string> & texts) : tree_(texts) {
  for (const int32_t token : trie.sorted()) {
    uint32_t node = TextTree::root;
    for (const char c : trie.bytes(token)) {
      node = tree_.step(node, static_cast<uint8_t>(c));
      if (!tree_.ends_text(node)) continue;
      holders_.push_back(token);
      break;
    }
  }
}

void BanList::add_finishers(const TokenTrie & trie, uint32_t node, std::string_view before,
                            std::vector<int32_t> & tokens) const {
  TokenRange range = {0, trie.sorted().size()};
  for (size_t depth = 0; depth < before.size(); depth++) {
    range = with_byte(trie, range, depth, static_cast<uint8_t>(before[depth]));
  }
  // What begins and ends in one token is the holders'.
  for (; node != TextTree::root; node = tree_.shorter(node)) add_below(trie, node, range, before.size(), tokens);
}

void BanList::add_below(const TokenTrie & trie, uint32_t node, TokenRange range, size_t depth,
                        std::vector<int32_t> & tokens) const {
  for (const auto & [byte, next] : tree_.all_below(node)) {
    const TokenRange found = with_byte(trie, range, depth, byte);
    if (found.from == found.until) continue;
    if (!tree_.is_text(next)) {
      add_below(trie, next, found, depth + 1, tokens);
      continue;
    }
    const auto begin = trie.sorted().begin();
    tokens.insert(tokens.end(), begin + static_cast<std::ptrdiff_t>(found.from),
                  begin + static_cast<std::ptrdiff_t>(found.until));
  }
}

std::shared_ptr<const BanList> BanLists::list_of(const TokenTrie & trie, const std::vector<std::string> & texts) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = std::find_if(kept_.begin(), kept_.end(), [&](const auto & one) { return one.first == texts; });
  if (found != kept_.end()) return found->second;
  auto made = std::make_shared<const BanList>(trie, texts);
  if (kept_.size() == kept_max) kept_.erase(kept_.begin());
  kept_.emplace_back(texts, made);
  return made;
}

Ban::Ban(const TokenTrie & trie, const BanTexts & texts)
    : list(trie.ban_lists().list_of(trie, texts.texts)), start(TextTree::root), ends(texts.ends) {
  for (const char c : texts.before) start = list->tree().step(start, static_cast<uint8_t>(c));
}

}  // namespace espalier
