// How texts are spelled inside of a JSON string, and the alphabet that expressions over texts are written in. Decides
// which characters a constraint tells apart: those that no set and no literal of it does are one symbol, so that an
// expression over texts takes one step a character, whatever bytes and escapes spell it. Knows no derivatives.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

#include "byte_set.h"
#include "id_table.h"

namespace espalier {

using CodePointRange = std::pair<uint32_t, uint32_t>;  // inclusive

/// Symbols are bytes: an ASCII character is itself, all other sets of characters are 0x80 and more. Where there are
/// more such sets than bytes (`has_symbols` is false), characters beyond ASCII are their UTF-8, and are spelled raw.
class JsonText {
 public:
  /// What a byte leads to from a state: another state (from 0 on), a whole character, or nothing.
  using Target = int32_t;
  static constexpr Target dead = -1;
  static bool is_symbol(Target target) { return target < dead; }
  static uint8_t symbol_of(Target target) { return static_cast<uint8_t>(-2 - target); }
  /// Between two characters.
  static constexpr uint32_t boundary = 0;

  /// `sets`: all that are told apart, each sorted and disjoint.
  explicit JsonText(const std::vector<std::vector<CodePointRange>> & sets);

  bool has_symbols() const { return has_symbols_; }
  /// Where it has symbols: those of a union of the sets.
  ByteSet symbols_in(const std::vector<CodePointRange> & ranges) const;
  /// Where it has symbols: those of all characters.
  const ByteSet & all_symbols() const { return all_; }
  uint8_t symbol(uint32_t code_point) const { return symbol_of_class_[class_at(code_point)]; }

  Target next(uint32_t state, uint8_t byte) const { return states_[state].next[byte]; }
  /// Symbols of the characters that may be whole once the state's is.
  const ByteSet & reach(uint32_t state) const { return states_[state].reach; }
  /// Bytes that some state tells from all others.
  const std::vector<ByteSet> & groups() const { return groups_; }
  size_t state_count() const { return states_.size(); }
  size_t bytes() const { return states_.size() * sizeof(State) + starts_.size() * 8; }

 private:
  struct State {
    Target next[256];
    ByteSet reach;
  };
  enum class Kind : uint8_t { utf8, hex, pair, low };
  static constexpr uint32_t no_class = UINT32_MAX;

  void part(const std::vector<std::vector<CodePointRange>> & sets);
  void number_classes();
  size_t interval_at(uint32_t code_point) const;
  uint32_t class_at(uint32_t code_point) const { return class_of_[interval_at(code_point)]; }
  uint32_t class_of_all(uint32_t from, uint32_t to) const;
  Target whole(uint32_t code_point) const;
  Target known(Kind kind, int need, uint32_t one_class) const;
  Target continued(int need, uint32_t base, uint32_t least);
  Target hex(int need, uint32_t base);
  Target pair(uint32_t high, uint32_t one_class);
  Target low(int need, uint32_t base, uint32_t high);
  Target kept(Kind kind, int need, uint32_t one_class, const State & state);
  Target add(State state);
  void make_boundary();
  void find_groups();

  bool has_symbols_ = true;
  // Characters [starts_[i], starts_[i + 1]) are of class_of_[i]; no_class: halves of surrogate pairs.
  std::vector<uint32_t> starts_;
  std::vector<uint32_t> class_of_;
  std::vector<uint8_t> symbol_of_class_;
  ByteSet all_;
  std::vector<State> states_;
  IdTable known_states_;
  std::unordered_map<uint64_t, Target> known_;  // of blocks of one class
  std::vector<ByteSet> groups_;
};

}  // namespace espalier
