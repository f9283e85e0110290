// Bytes through a value and the literal that may end it anywhere, and what that means for slices. Decides it by the
// states alone: items of lists are settled elsewhere (item_walk.h).
#include "mask_bits.h"
#include "walk.h"

namespace espalier {

void remove_overruns(Constraint & constraint, const WalkStart & start, uint32_t * words) {
  const TokenTrie & trie = constraint.trie();
  for (int32_t token : start.suffix->straddlers(trie)) {
    WalkStart at = start;
    if (has_bit(words, token) && !step_bytes(constraint, at, trie.bytes(token))) clear_bit(words, token);
  }
  const std::string & bytes = start.suffix->bytes;
  const std::vector<int32_t> & sorted = trie.sorted();
  for (size_t done = 1; done < bytes.size(); ++done) {
    if (((start.active >> (done - 1)) & 1) == 0) continue;
    const std::string_view rest = std::string_view(bytes).substr(done);
    for (size_t i = trie.first_extension(rest); i < sorted.size(); ++i) {
      if (trie.bytes(sorted[i]).substr(0, rest.size()) != rest) break;
      clear_bit(words, sorted[i]);
    }
  }
}

bool step_bytes(Constraint & constraint, WalkStart & at, std::string_view bytes) {
  Automaton & automaton = constraint.automaton();
  if (at.suffix == nullptr) {
    State state = at.state;
    for (char c : bytes) {
      state = automaton.next(state, static_cast<uint8_t>(c));
      if (state == Automaton::dead) return false;
    }
    at.state = state;
    return true;
  }
  for (char c : bytes) {
    if ((at.active & at.suffix->whole) != 0) return false;
    const uint8_t byte = static_cast<uint8_t>(c);
    at.active = at.suffix->step(at.active, automaton.info(at.state).accepting, byte);
    at.state = automaton.next(at.state, byte);
    if (at.state == Automaton::dead && at.active == 0) return false;
  }
  return true;
}

}  // namespace espalier
