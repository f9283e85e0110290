// Building the token trie. Decides the order of nodes; must stay linear after the sort, since every start of a program
// that loads a model pays for it.
#include "trie.h"

#include <algorithm>
#include <cstring>

#include "ban.h"
#include "budget.h"
#include "slices.h"

namespace espalier {

namespace {

constexpr uint32_t node_count_max = (1u << 24) - 1;
constexpr int32_t token_count_max = (1 << 24) - 2;

// The first eight bytes as a number that sorts like the bytes.
uint64_t leading_bytes(std::string_view bytes) {
  uint64_t key = 0;
  const size_t count = std::min<size_t>(bytes.size(), 8);
  for (size_t i = 0; i < count; ++i) key |= uint64_t{static_cast<uint8_t>(bytes[i])} << (56 - 8 * i);
  return key;
}

size_t common_length(std::string_view a, std::string_view b) {
  const size_t limit = std::min(a.size(), b.size());
  size_t i = 0;
  while (i < limit && a[i] == b[i]) ++i;
  return i;
}

}  // namespace

TokenTrie::TokenTrie(const VocabTokens & tokens)
    : token_count_(static_cast<int32_t>(std::min<size_t>(tokens.bytes.size(), token_count_max + 1))) {
  if (token_count_ > token_count_max) {
    fail("VOCAB_TOO_LARGE", "The vocabulary has " + std::to_string(tokens.bytes.size()) + " tokens; at most " +
                                std::to_string(token_count_max) + " are supported.");
  }
  is_eog_.assign(token_count_, false);
  for (int32_t token : tokens.eog) {
    if (token < 0 || token >= token_count_ || is_eog_[token]) continue;
    is_eog_[token] = true;
    eog_.push_back(token);
  }
  offsets_.reserve(static_cast<size_t>(token_count_) + 1);
  offsets_.push_back(0);
  for (int32_t token = 0; token < token_count_; ++token) {
    const bool is_marked = static_cast<size_t>(token) < tokens.special.size() && tokens.special[token];
    is_special_.push_back(is_marked || is_eog_[token]);
    if (!is_special_[token]) {
      const std::string & bytes = tokens.bytes[token];
      text_.insert(text_.end(), bytes.begin(), bytes.end());
    }
    if (text_.size() > UINT32_MAX) fail("VOCAB_TOO_LARGE", "The vocabulary has more than 4 GiB of token text.");
    offsets_.push_back(static_cast<uint32_t>(text_.size()));
    longest_ = std::max(longest_, bytes(token).size());
  }
  sort_tokens();
  all_ = make_list(sorted_);
  slices_ = std::make_unique<SliceTables>(*this);
  ban_lists_ = std::make_unique<BanLists>();
}

TokenTrie::~TokenTrie() = default;

void TokenTrie::sort_tokens() {
  struct Key {
    uint64_t leading;
    int32_t token;
  };
  std::vector<Key> keys;
  keys.reserve(token_count_);
  for (int32_t token = 0; token < token_count_; ++token) {
    if (!bytes(token).empty()) keys.push_back({leading_bytes(bytes(token)), token});
  }
  std::sort(keys.begin(), keys.end(), [this](const Key & a, const Key & b) {
    if (a.leading != b.leading) return a.leading < b.leading;
    const int order = bytes(a.token).compare(bytes(b.token));
    return order != 0 ? order < 0 : a.token < b.token;
  });
  sorted_.reserve(keys.size());
  for (const Key & key : keys) sorted_.push_back(key.token);
}

TokenList TokenTrie::make_list(const std::vector<int32_t> & tokens) const {
  TokenList list;
  list.nodes.reserve(tokens.size() * 2);
  std::vector<uint32_t> path;  // indexes of the nodes from the root to the last token
  std::string_view previous;
  int32_t previous_token = -1;
  const auto close_until = [&](size_t depth) {
    while (path.size() > depth) {
      const uint32_t size = static_cast<uint32_t>(list.nodes.size()) - path.back();
      list.nodes[path.back()].depth_and_size |= size << 8;
      path.pop_back();
    }
  };
  for (int32_t token : tokens) {
    const std::string_view text = bytes(token);
    if (text.size() > depth_max) {
      list.longs.push_back(token);
      continue;
    }
    if (previous_token >= 0 && text == previous) {
      list.twins.emplace_back(previous_token, token);
      continue;
    }
    const size_t common = common_length(previous, text);
    close_until(common);
    for (size_t depth = common; depth < text.size(); ++depth) {
      path.push_back(static_cast<uint32_t>(list.nodes.size()));
      list.nodes.push_back({static_cast<uint8_t>(text[depth]), static_cast<uint32_t>(depth + 1)});
    }
    if (list.nodes.size() > node_count_max) {
      fail("VOCAB_TOO_LARGE", "The vocabulary's trie has more than " + std::to_string(node_count_max) + " nodes.");
    }
    list.nodes.back().byte_and_token |= (static_cast<uint32_t>(token) + 1) << 8;
    previous = text;
    previous_token = token;
  }
  close_until(0);
  return list;
}

size_t TokenTrie::first_extension(std::string_view before) const {
  const auto found = std::upper_bound(sorted_.begin(), sorted_.end(), before,
                                      [this](std::string_view value, int32_t token) { return value < bytes(token); });
  return static_cast<size_t>(found - sorted_.begin());
}

bool TokenTrie::can_extend(std::string_view before) const {
  const size_t index = first_extension(before);
  return index < sorted_.size() && bytes(sorted_[index]).substr(0, before.size()) == before;
}

bool TokenTrie::can_extend(std::string_view before, const uint32_t * mask) const {
  for (size_t index = first_extension(before); index < sorted_.size(); ++index) {
    const int32_t token = sorted_[index];
    if (bytes(token).substr(0, before.size()) != before) return false;
    if ((mask[static_cast<size_t>(token) >> 5] >> (token & 31) & 1) != 0) return true;
  }
  return false;
}

int32_t TokenTrie::longest_token(std::string_view text) const {
  // Candidates share the first `depth` bytes of the text; the shortest of them comes first.
  auto from = sorted_.begin();
  auto until = sorted_.end();
  int32_t best = -1;
  for (size_t depth = 0; depth < text.size() && from != until; ++depth) {
    const uint8_t byte = static_cast<uint8_t>(text[depth]);
    const auto at = [&](int32_t token) {
      return bytes(token).size() > depth ? static_cast<int>(static_cast<uint8_t>(bytes(token)[depth])) : -1;
    };
    from = std::partition_point(from, until, [&](int32_t token) { return at(token) < byte; });
    until = std::partition_point(from, until, [&](int32_t token) { return at(token) <= byte; });
    if (from != until && bytes(*from).size() == depth + 1) best = *from;
  }
  return best;
}

size_t TokenTrie::bytes() const {
  const size_t tokens = static_cast<size_t>(token_count_);
  return text_.size() + tokens * 2 * sizeof(uint32_t) + all_.nodes.size() * sizeof(TrieNode) + slices_->bytes();
}

size_t bytes_held(const TokenTrie & trie) { return trie.bytes(); }

std::shared_ptr<const TokenTrie> build_token_trie(VocabTokens tokens) {
  return std::make_shared<const TokenTrie>(tokens);
}

int32_t token_count(const TokenTrie & trie) { return trie.token_count(); }

bool can_extend(const TokenTrie & trie, std::string_view bytes) { return trie.can_extend(bytes); }

}  // namespace espalier
