// The mask walk: which tokens may follow a position. Decides by walking the trie and the automaton together; a whole
// slice is taken at once where that is proved to be the same.
#pragma once

#include <cstdint>
#include <string_view>

#include "constraint.h"

namespace espalier {

struct WalkStart {
  State state;
  /// Active places of the suffix; 0 without one.
  uint64_t active;
  /// Null if nothing follows the value.
  const SuffixUse * suffix;
};

/// Sets the bits of all allowed tokens after the position; `words` must be clear. Returns the trie nodes visited.
/// `doubtful`: gets the tokens that may be allowed, as far as the state can tell, yet depend on items (item_walk.h).
size_t walk_all(Constraint & constraint, const WalkStart & start, uint32_t * words, std::vector<int32_t> & doubtful);
/// The same where the bytes `before` (at least one) must come first: tokens that begin with them, or are their
/// beginning.
void walk_after(Constraint & constraint, std::string_view before, const WalkStart & start, uint32_t * words,
                std::vector<int32_t> & doubtful);

/// Does the work of a mask within one expression, for what that costs.
void walk_lexer(Automaton & lexer, SliceProof & proof, const TokenTrie & trie, State state);

/// Of a mask by slices, which say what the value allows: takes out the tokens that match the whole suffix and go on.
void remove_overruns(Constraint & constraint, const WalkStart & start, uint32_t * words);

/// Whether the bytes may follow the position and, if so, where they lead; as far as the states can tell.
bool step_bytes(Constraint & constraint, WalkStart & at, std::string_view bytes);

}  // namespace espalier
