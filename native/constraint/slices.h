// Precomputed token sets for what lexemes commonly allow: the inside of a JSON string, a line of text, a word.
// Decides which sets exist. Whether a state allows a whole set is proved by walk.cc, never assumed here.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "byte_set.h"
#include "trie.h"

namespace espalier {

/// UTF-8 byte automaton of one code point out of a set; state 0 is the boundary between code points.
struct CharAutomaton {
  static constexpr uint8_t dead = 0xFF;
  static constexpr int state_count = 12;
  uint8_t next[state_count][256];
};

enum class CharKind : uint8_t { any, line, json, word, letter, lower };
constexpr int char_kind_count = 6;

/// All tokens made of 1 to chars_max characters of one kind, the last of which may be cut off; and a trie of all
/// others. Where all strings of such characters can come next, so can their beginnings. Where all strings of n of them
/// can and none of more, so can the tokens of up to n characters, and no other token of the slice.
struct Slice {
  CharKind kind;
  /// 0: no limit.
  int chars_max;
  std::vector<uint32_t> mask;
  TokenList rest;
  /// Of those of 1 to n characters, for each n up to `counted_max`, one mask after the other; some slices have none.
  std::vector<uint32_t> counted;
  int counted_max = 0;
  /// `chars`: 1 to counted_max.
  const uint32_t * mask_of(int chars) const { return counted.data() + static_cast<size_t>(chars - 1) * mask.size(); }
};

class SliceTables {
 public:
  // Larger sets first: the first that a state allows is the best.
  struct Shape {
    CharKind kind;
    int chars_max;
    int counted_max;
  };
  static constexpr std::array<Shape, 10> shapes = {{{CharKind::any, 0, 0},
                                                    {CharKind::line, 0, 0},
                                                    {CharKind::json, 0, 30},
                                                    {CharKind::any, 30, 0},
                                                    {CharKind::json, 30, 0},
                                                    {CharKind::json, 10, 0},
                                                    {CharKind::word, 16, 16},
                                                    {CharKind::letter, 16, 16},
                                                    {CharKind::lower, 16, 16},
                                                    {CharKind::json, 4, 0}}};

  /// All of them, so that no mask waits for one: for 128,256 tokens 9 MB, in a tenth of the time a vocabulary loads in.
  explicit SliceTables(const TokenTrie & trie);

  static const CharAutomaton & automaton(CharKind kind);
  const Slice & slice(size_t index) const { return *slices_[index]; }
  size_t bytes() const { return bytes_; }

 private:
  std::array<std::unique_ptr<Slice>, shapes.size()> slices_;
  size_t bytes_ = 0;
};

/// Characters in `text` if it is wholly made of the automaton's characters, otherwise -1 (internal use only).
int whole_chars(const CharAutomaton & automaton, std::string_view text);

}  // namespace espalier
