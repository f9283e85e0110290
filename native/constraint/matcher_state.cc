// See matcher_state.h. Decides what a token does to a position, byte by byte where texts are banned.
#include "matcher_state.h"

#include <algorithm>

namespace espalier {

bool Matcher::State::is_ended() const {
  if (is_closed()) return true;
  if (in_prefix()) return false;
  if (hole->suffix != nullptr) return position().state == Automaton::dead;
  return !position().extendable;
}

bool Matcher::State::step_value(Position & at, WalkStart & walk, std::string_view bytes) const {
  if (constraint().has_lists()) return step_exactly(constraint(), walk, at.items, bytes);
  return step_bytes(constraint(), walk, bytes);
}

bool Matcher::State::step(Position & at, std::string_view bytes) const {
  while (at.prefix_bytes < hole->prefix.size()) {
    if (bytes.empty()) return true;
    if (bytes.front() != hole->prefix[at.prefix_bytes]) return false;
    ++at.prefix_bytes;
    bytes.remove_prefix(1);
  }
  WalkStart walk = {at.state, at.active, hole->suffix.get()};
  if (hole->ban ? !step_banned(at, walk, bytes) : !step_value(at, walk, bytes)) return false;
  at.state = walk.state;
  at.active = walk.active;
  const Automaton::Info & info = constraint().automaton().info(at.state);
  at.accepting = info.accepting;
  at.extendable = info.extendable;
  if (at.extendable && (info.marks & RegexAst::mark_ends) != 0) at.extendable = next_value_byte(at) >= 0;
  at.bytes += static_cast<int64_t>(bytes.size());
  return true;
}

bool Matcher::State::step_token(Position & at, int32_t token) const {
  const TokenTrie & trie = constraint().trie();
  if (token < 0 || token >= trie.token_count() || is_closed()) return false;
  if (trie.is_eog(token)) {
    if (!can_end()) return false;
    at.has_eog = true;
  } else {
    const std::string_view bytes = trie.bytes(token);
    if (bytes.empty() || !step(at, bytes)) return false;
  }
  ++at.tokens;
  return true;
}

// Tokens that are allowed only as far as their items are others than those before.
void Matcher::State::decide(const Position & at, std::string_view before, const std::vector<int32_t> & doubtful,
                            uint32_t * words) const {
  const TokenTrie & trie = constraint().trie();
  for (int32_t token : doubtful) {
    Position next = at;
    const std::string_view whole = trie.bytes(token);
    const std::string_view bytes = whole.substr(std::min(whole.size(), before.size()));
    if (step(next, bytes)) words[static_cast<size_t>(token) >> 5] |= uint32_t{1} << (token & 31);
  }
  if (doubtful.empty()) return;
  for (const auto & [token, twin] : trie.all().twins) {
    if ((words[static_cast<size_t>(token) >> 5] >> (token & 31) & 1) == 0) continue;
    words[static_cast<size_t>(twin) >> 5] |= uint32_t{1} << (twin & 31);
  }
}

int Matcher::State::next_value_byte(const Position & at) const {
  Automaton & automaton = constraint().automaton();
  if ((automaton.info(at.state).marks & RegexAst::mark_ends) == 0) return automaton.only_byte(at.state);
  return exact_only_byte(constraint(), at.state, at.items);
}

// The one byte that can follow, -1 where there is a choice or none. An end-of-generation token is a choice only where
// nothing follows the value; before a suffix, the suffix's bytes come next either way.
int Matcher::State::next_byte(const Position & at) const {
  if (at.prefix_bytes < hole->prefix.size()) return static_cast<uint8_t>(hole->prefix[at.prefix_bytes]);
  const bool accepting = at.accepting;
  const int of_value = at.extendable ? next_value_byte(at) : -1;
  if (of_value == Automaton::only_byte_none) return -1;
  if (hole->suffix == nullptr) return accepting ? -1 : of_value;
  const SuffixUse & suffix = *hole->suffix;
  if ((at.active & suffix.whole) != 0) return -1;
  int only = of_value;
  for (size_t done = 0; done < suffix.bytes.size(); ++done) {
    const bool is_active = done == 0 ? accepting : ((at.active >> (done - 1)) & 1) != 0;
    if (!is_active) continue;
    const int byte = static_cast<uint8_t>(suffix.bytes[done]);
    if (only >= 0 && only != byte) return -1;
    only = byte;
  }
  return only;
}

}  // namespace espalier
