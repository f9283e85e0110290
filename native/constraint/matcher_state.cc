// See matcher_state.h. Decides what a token does to a position, byte by byte where texts are banned.
#include "matcher_state.h"

namespace espalier {

bool Matcher::State::is_ended() const {
  if (is_closed()) return true;
  if (in_prefix()) return false;
  if (hole->suffix != nullptr) return position().state == Automaton::dead;
  return !position().extendable;
}

bool Matcher::State::step(Position & at, std::string_view bytes) const {
  while (at.prefix_bytes < hole->prefix.size()) {
    if (bytes.empty()) return true;
    if (bytes.front() != hole->prefix[at.prefix_bytes]) return false;
    ++at.prefix_bytes;
    bytes.remove_prefix(1);
  }
  WalkStart walk = {at.state, at.active, hole->suffix.get()};
  if (hole->ban ? !step_banned(at, walk, bytes) : !step_bytes(constraint(), walk, bytes)) return false;
  at.state = walk.state;
  at.active = walk.active;
  const Automaton::Info & info = constraint().automaton().info(at.state);
  at.accepting = info.accepting;
  at.extendable = info.extendable;
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

// The one byte that can follow, -1 where there is a choice or none. An end-of-generation token is a choice only where
// nothing follows the value; before a suffix, the suffix's bytes come next either way.
int Matcher::State::next_byte(const Position & at) const {
  if (at.prefix_bytes < hole->prefix.size()) return static_cast<uint8_t>(hole->prefix[at.prefix_bytes]);
  Automaton & automaton = constraint().automaton();
  const bool accepting = automaton.info(at.state).accepting;
  const int16_t of_value = automaton.info(at.state).extendable ? automaton.only_byte(at.state) : -1;
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
