// Walking trie and automaton side by side: all of the vocabulary, or what a slice leaves of it. All is about speed: the
// inner loop has two branches that are hard to predict, whether the byte is allowed and whether the node has children.
#include "walk.h"

#include <algorithm>
#include <cstring>

#include "mask_bits.h"

namespace espalier {

namespace {

/// Of what a token says of items: it may repeat the one that has ended in it; it may have repeated it.
enum class Doubt : uint8_t { none, item, whole };

struct Level {
  const State * row;
  State state;
  bool accepting;
  uint64_t active;
  Doubt doubt;
};

// Without a branch: every other node has no token, and which can't be predicted.
void set_bit_if_any(uint32_t * words, uint32_t token_plus_one) {
  const uint32_t has_token = token_plus_one != 0 ? 1 : 0;
  const uint32_t token = token_plus_one - has_token;
  words[token >> 5] |= has_token << (token & 31);
}

struct NodeRange {
  uint32_t from;
  uint32_t until;
  uint32_t depth;  // of the nodes directly below the start
};

Doubt doubt_after(Automaton & automaton, const Level & before, State next) {
  if (before.doubt == Doubt::none) {
    return (automaton.info(next).marks & RegexAst::mark_unsettled) != 0 ? Doubt::item : Doubt::none;
  }
  const bool could_end = (automaton.info(before.state).marks & RegexAst::mark_ends) != 0;
  return could_end ? Doubt::whole : before.doubt;
}

template <bool has_suffix, bool has_lists>
size_t walk_nodes(Automaton & automaton, const std::vector<TrieNode> & nodes, NodeRange range, const WalkStart & start,
                  uint32_t * words, std::vector<int32_t> & doubtful) {
  Level levels[TokenTrie::depth_max + 2];
  levels[0] = {automaton.row(start.state), start.state, automaton.info(start.state).accepting, start.active,
               Doubt::none};
  const uint8_t * class_of = automaton.classes().class_of;
  const TrieNode * at = nodes.data() + range.from;
  const TrieNode * const end = nodes.data() + range.until;
  size_t visited = 0;
  while (at < end) {
    ++visited;
    const uint32_t depth = at->depth() - range.depth;
    Level & level = levels[depth];
    if (level.row == nullptr) level.row = automaton.row(level.state);
    const uint8_t byte_class = class_of[at->byte()];
    State next = level.row[byte_class];
    if (next <= Automaton::unknown) {
      if (next == Automaton::unknown) next = automaton.compute(level.state, byte_class);
      if (!has_suffix && next == Automaton::dead) {
        at += at->size();
        continue;
      }
    }
    uint64_t active = 0;
    if (has_suffix) {
      active = start.suffix->step(level.active, level.accepting, at->byte());
      if (next == Automaton::dead && active == 0) {
        at += at->size();
        continue;
      }
    }
    Doubt doubt = Doubt::none;
    if (has_lists) doubt = doubt_after(automaton, level, next);
    if (doubt != Doubt::none && (has_suffix || doubt == Doubt::whole || !automaton.is_wide(next))) {
      if (at->token_plus_one() != 0) doubtful.push_back(static_cast<int32_t>(at->token_plus_one()) - 1);
    } else {
      set_bit_if_any(words, at->token_plus_one());
    }
    if (has_suffix && (active & start.suffix->whole) != 0) {
      at += at->size();
      continue;
    }
    if (at->size() > 1) {
      const Automaton::Info & info = automaton.info(next);
      Level & below = levels[depth + 1];
      below.row = info.row;
      below.state = next;
      below.doubt = doubt;
      if (has_suffix) {
        below.accepting = info.accepting;
        below.active = active;
      }
    }
    ++at;
  }
  return visited;
}

size_t walk_list(Constraint & constraint, const TokenList & list, NodeRange range, const WalkStart & start,
                 uint32_t * words, std::vector<int32_t> & doubtful) {
  Automaton & automaton = constraint.automaton();
  const auto walk = constraint.has_lists()
                        ? (start.suffix == nullptr ? walk_nodes<false, true> : walk_nodes<true, true>)
                        : (start.suffix == nullptr ? walk_nodes<false, false> : walk_nodes<true, false>);
  return walk(automaton, list.nodes, range, start, words, doubtful);
}

// The index of the child of `range` with this byte, UINT32_MAX if there is none.
uint32_t find_child(const std::vector<TrieNode> & nodes, NodeRange range, char byte) {
  for (uint32_t at = range.from; at < range.until; at += nodes[at].size()) {
    if (nodes[at].byte() == static_cast<uint8_t>(byte)) return at;
  }
  return UINT32_MAX;
}

void add_twins(const TokenList & list, uint32_t * words) {
  for (const auto & [token, twin] : list.twins) {
    if (has_bit(words, token)) set_bit(words, twin);
  }
}

/// `skipped`: bytes of them that have come.
void add_long(Constraint & constraint, int32_t token, size_t skipped, const WalkStart & start, uint32_t * words,
              std::vector<int32_t> & doubtful) {
  WalkStart at = start;
  if (!step_bytes(constraint, at, constraint.trie().bytes(token).substr(skipped))) return;
  if (constraint.has_lists()) {
    doubtful.push_back(token);
  } else {
    set_bit(words, token);
  }
}

// A mask found before from whose state most first bytes lead where they lead from `state`: what follows those bytes is
// the same. Null if no such mask saves much of the walk over `list`.
const MaskCache::Entry * find_similar(Constraint & constraint, const TokenList & list, State state) {
  Automaton & automaton = constraint.automaton();
  const ByteClasses & classes = automaton.classes();
  uint32_t sizes[256] = {};  // nodes below each class of first bytes
  for (uint32_t root : list.roots) sizes[classes.class_of[list.nodes[root].byte()]] += list.nodes[root].size();
  State targets[256];
  for (uint16_t c = 0; c < classes.count; ++c) {
    targets[c] = sizes[c] == 0 ? Automaton::dead : automaton.next(state, classes.member[c]);
  }
  size_t best = list.nodes.size() / 2;
  const MaskCache::Entry * found = nullptr;
  for (const MaskCache::Entry & entry : constraint.masks.entries()) {
    if (entry.key.suffix_id != 0) continue;
    const State * row = automaton.row(entry.key.state);
    size_t different = 0;
    for (uint16_t c = 0; c < classes.count; ++c) different += row[c] == targets[c] ? 0 : sizes[c];
    if (different >= best) continue;
    best = different;
    found = &entry;
  }
  return found;
}

// Only below the first bytes that lead elsewhere than from the state of `similar`.
size_t walk_difference(Constraint & constraint, const TokenList & list, const MaskCache::Entry & similar,
                       const WalkStart & start, uint32_t * words, std::vector<int32_t> & doubtful) {
  Automaton & automaton = constraint.automaton();
  std::memcpy(words, similar.words.data(), similar.words.size() * sizeof(uint32_t));
  for (const auto & [token, twin] : list.twins) clear_bit(words, twin);
  for (int32_t token : list.longs) clear_bit(words, token);
  size_t visited = list.roots.size();
  for (uint32_t root : list.roots) {
    const uint8_t byte = list.nodes[root].byte();
    if (automaton.next(start.state, byte) == automaton.next(similar.key.state, byte)) continue;
    const NodeRange range = {root, root + list.nodes[root].size(), 1};
    for (uint32_t i = range.from; i < range.until; ++i) {
      const uint32_t token_plus_one = list.nodes[i].token_plus_one();
      if (token_plus_one != 0) clear_bit(words, static_cast<int32_t>(token_plus_one) - 1);
    }
    visited += walk_list(constraint, list, range, start, words, doubtful);
  }
  return visited;
}

// Where the tokens of a slice go by their length, up to the end of a bounded string: the others alone are walked.
// Returns the trie nodes visited; 0 where it can't be told.
size_t walk_counted(Constraint & constraint, const WalkStart & start, uint32_t * words,
                    std::vector<int32_t> & doubtful) {
  // No literal may follow before the slice's characters have ended.
  if (start.suffix != nullptr && (start.active != 0 || constraint.automaton().info(start.state).accepting)) return 0;
  if (constraint.has_lists()) return 0;
  const SliceProof::Counted counted = constraint.slice_proof().counted_slice(start.state);
  if (counted.chars == 0) return 0;
  const Slice & slice = constraint.trie().slices().slice(static_cast<size_t>(counted.slice));
  const NodeRange range = {0, static_cast<uint32_t>(slice.rest.nodes.size()), 1};
  const size_t visited = walk_list(constraint, slice.rest, range, start, words, doubtful);
  add_twins(slice.rest, words);
  for (int32_t token : slice.rest.longs) add_long(constraint, token, 0, start, words, doubtful);
  const uint32_t * const mask = slice.mask_of(counted.chars);
  for (size_t i = 0; i < slice.mask.size(); ++i) words[i] |= mask[i];
  return std::max<size_t>(visited, 1);
}

}  // namespace

void walk_lexer(Automaton & lexer, SliceProof & proof, const TokenTrie & trie, State state) {
  const int8_t slice = proof.best_slice(state);
  const TokenList & list = slice < 0 ? trie.all() : trie.slices().slice(static_cast<size_t>(slice)).rest;
  std::vector<uint32_t> words(trie.mask_words());
  std::vector<int32_t> doubtful;
  const NodeRange range = {0, static_cast<uint32_t>(list.nodes.size()), 1};
  walk_nodes<false, false>(lexer, list.nodes, range, {state, 0, nullptr}, words.data(), doubtful);
}

size_t walk_all(Constraint & constraint, const WalkStart & start, uint32_t * words, std::vector<int32_t> & doubtful) {
  if (const size_t visited = walk_counted(constraint, start, words, doubtful)) return visited;
  const TokenTrie & trie = constraint.trie();
  int8_t slice = constraint.slice_proof().best_slice(start.state);
  if (start.suffix != nullptr && slice >= 0 && !start.suffix->has_few_straddlers(trie)) slice = Automaton::slice_none;
  const TokenList & list = slice < 0 ? trie.all() : trie.slices().slice(static_cast<size_t>(slice)).rest;
  const NodeRange range = {0, static_cast<uint32_t>(list.nodes.size()), 1};
  const MaskCache::Entry * similar = nullptr;
  // What is doubtful depends on where it was found.
  if (start.suffix == nullptr && slice >= 0 && !constraint.has_lists())
    similar = find_similar(constraint, list, start.state);
  size_t visited = 0;
  if (similar != nullptr) {
    visited = walk_difference(constraint, list, *similar, start, words, doubtful);
  } else {
    visited = walk_list(constraint, list, range, start, words, doubtful);
  }
  add_twins(list, words);
  for (int32_t token : list.longs) add_long(constraint, token, 0, start, words, doubtful);
  if (slice >= 0) {
    const std::vector<uint32_t> & mask = trie.slices().slice(static_cast<size_t>(slice)).mask;
    for (size_t i = 0; i < mask.size(); ++i) words[i] |= mask[i];
    if (start.suffix != nullptr) remove_overruns(constraint, start, words);
  }
  return visited;
}

void walk_after(Constraint & constraint, std::string_view before, const WalkStart & start, uint32_t * words,
                std::vector<int32_t> & doubtful) {
  const TokenList & list = constraint.trie().all();
  NodeRange range = {0, static_cast<uint32_t>(list.nodes.size()), 1};
  bool reached = true;
  for (char byte : before) {
    const uint32_t child = find_child(list.nodes, range, byte);
    if (child == UINT32_MAX) {
      reached = false;
      break;
    }
    const TrieNode & node = list.nodes[child];
    if (node.token_plus_one() != 0) set_bit(words, static_cast<int32_t>(node.token_plus_one()) - 1);
    range = {child + 1, child + node.size(), range.depth + 1};
  }
  if (reached) walk_list(constraint, list, range, start, words, doubtful);
  add_twins(list, words);
  for (int32_t token : list.longs) {
    const std::string_view bytes = constraint.trie().bytes(token);
    const size_t shared = std::min(bytes.size(), before.size());
    if (bytes.substr(0, shared) != before.substr(0, shared)) continue;
    add_long(constraint, token, shared, start, words, doubtful);
  }
}

}  // namespace espalier
