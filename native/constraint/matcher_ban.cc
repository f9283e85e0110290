// What a ban does to a position and its mask, see ban.h. Decides that no byte of the value finishes a banned text, and
// that a byte of an end may: then the end has to come, for else it was a byte of the value.
#include <algorithm>

#include "matcher_state.h"

namespace espalier {

namespace {

bool has(const uint32_t * words, int32_t token) {
  return (words[static_cast<size_t>(token) >> 5] >> (token & 31) & 1) != 0;
}

}  // namespace

bool Matcher::State::step_banned(Position & at, WalkStart & walk, std::string_view bytes) const {
  for (size_t i = 0; i < bytes.size(); i++) {
    if (!step_value(at, walk, bytes.substr(i, 1))) return false;
    at.state = walk.state;
    at.active = walk.active;
    if (!keeps_ban(at, static_cast<uint8_t>(bytes[i]))) return false;
  }
  return true;
}

bool Matcher::State::keeps_ban(Position & at, uint8_t byte) const {
  const Ban & ban = *hole->ban;
  BanPlace & place = at.ban;
  place.node = ban.list->tree().step(place.node, byte);
  if (place.is_owed) {
    place.end = ban.ends.below(place.end, byte);
    if (place.end == TextTree::root) return false;
  } else {
    place.end = ban.ends.step(place.end, byte);
    if (!ban.list->tree().ends_text(place.node)) return true;
    if (place.end == TextTree::root) return false;
    place.is_owed = true;
  }
  // A value may hold what looks like its end.
  if (!ban.ends.is_text(place.end)) return true;
  if (hole->suffix != nullptr) return (at.active & hole->suffix->whole) != 0;
  return constraint().automaton().info(at.state).accepting;
}

void Matcher::State::clear_banned(uint32_t * words) const {
  const Position & at = position();
  if (at.ban.is_owed) return keep_ends(words);
  const BanList & list = *hole->ban->list;
  const std::string_view before = std::string_view(hole->prefix).substr(at.prefix_bytes);
  std::vector<int32_t> tokens = list.holders();
  list.add_finishers(constraint().trie(), at.ban.node, before, tokens);
  const TextTree & ends = hole->ban->ends;
  const auto begins_end = [&](char c) { return ends.below(TextTree::root, static_cast<uint8_t>(c)) != TextTree::root; };
  for (const int32_t token : tokens) {
    if (!has(words, token)) continue;
    const std::string_view bytes = constraint().trie().bytes(token);
    // Only what may lie before the value or in its end has to be looked at.
    const bool is_doubtful =
        !before.empty() || at.ban.end != TextTree::root || std::any_of(bytes.begin(), bytes.end(), begins_end);
    Position next = at;
    if (is_doubtful && step_token(next, token)) continue;
    words[static_cast<size_t>(token) >> 5] &= ~(uint32_t{1} << (token & 31));
  }
}

/// Leaves the tokens that spell what is left of the ends that may come.
void Matcher::State::keep_ends(uint32_t * words) const {
  const TokenTrie & trie = constraint().trie();
  std::vector<int32_t> kept;
  struct Left {
    uint32_t node;
    TokenRange range;
    size_t depth;
  };
  std::vector<Left> left = {{position().ban.end, {0, trie.sorted().size()}, 0}};
  while (!left.empty()) {
    const Left one = left.back();
    left.pop_back();
    for (size_t i = one.range.from; one.depth > 0 && i < one.range.until; i++) {
      const int32_t token = trie.sorted()[i];
      // Those that end here come first.
      if (trie.bytes(token).size() > one.depth) break;
      Position next = position();
      if (has(words, token) && step_token(next, token)) kept.push_back(token);
    }
    for (const auto & [byte, node] : hole->ban->ends.all_below(one.node)) {
      const TokenRange range = with_byte(trie, one.range, one.depth, byte);
      if (range.from < range.until) left.push_back({node, range, one.depth + 1});
    }
  }
  std::fill(words, words + trie.mask_words(), 0u);
  for (const int32_t token : kept) words[static_cast<size_t>(token) >> 5] |= uint32_t{1} << (token & 31);
}

}  // namespace espalier
