// Slices' characters in terms of a constraint's byte classes, and which expressions take every one of them. Decides the
// quick proofs: if x takes every character of a kind, x{m,n} can begin with any n of them, and x* without a finite
// number of strings with any number of them, since longer strings are always left.
#pragma once

#include <array>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "derivative.h"
#include "slices.h"

namespace espalier {

/// A slice's character automaton with byte classes for bytes. A class that has bytes inside and outside of the slice
/// counts as inside: what is proved for it holds for the bytes inside.
class CharSteps {
 public:
  struct Step {
    uint8_t byte_class;
    uint8_t char_state;
  };

  explicit CharSteps(const ByteClasses & classes) : classes_(classes) {}
  const std::vector<Step> & from(CharKind kind, uint8_t char_state);
  /// The same of texts that are spelled in JSON; `json` has symbols, so that every step is a character.
  const std::vector<Step> & among_symbols(const JsonText & json, CharKind kind);

 private:
  const ByteClasses & classes_;
  std::array<std::vector<Step>, char_kind_count> symbol_steps_;
  std::array<std::array<std::vector<Step>, CharAutomaton::state_count>, char_kind_count> steps_;
  std::array<bool, char_kind_count> made_ = {};
};

class CharCover {
 public:
  static constexpr uint32_t unlimited = RegexAst::unlimited;

  explicit CharCover(Derivatives & derivatives) : derivatives_(derivatives), steps_(derivatives.classes()) {}

  /// A number of characters of this kind of which any can come first in a member of `node`; `unlimited` if always one
  /// more can. A lower bound: 0 says nothing. `node` must not be empty of strings.
  uint32_t chars_allowed(RegexNode node, CharKind kind) { return chars_allowed(node, kind, Written::bytes); }
  /// The most characters of this kind with which a member of `node` can begin: another byte always comes behind them.
  /// An upper bound; `unlimited` says nothing.
  uint32_t chars_most(RegexNode node, CharKind kind) const;
  /// Nodes are numbered anew.
  void forget();

 private:
  /// Whether characters are bytes or symbols of the constraint's JSON text.
  enum class Written : uint8_t { bytes, symbols };
  uint32_t chars_allowed(RegexNode node, CharKind kind, Written written);
  uint32_t chars_begun(const RegexAst::Node & head, CharKind kind, Written written);
  uint32_t chars_allowed_spelled(const RegexAst::Node & spelled, CharKind kind);
  bool takes_every(RegexNode node, CharKind kind, Written written);
  bool takes_every_from(RegexNode node, CharKind kind, Written written, uint8_t char_state);
  uint32_t chars_outside(const RegexAst::Node & both, CharKind kind, Written written);
  bool is_finite(RegexNode node, int depth);
  /// `most` characters of the kind; whether another byte has to come behind them before the expression ends.
  struct Beginning {
    uint32_t most;
    bool stops;
  };
  Beginning beginning_of(RegexNode node, CharKind kind, Written written, int & nodes_left) const;
  Beginning beginning_of_repeat(const RegexAst::Node & repeat, Beginning part) const;

  Derivatives & derivatives_;
  CharSteps steps_;
  std::unordered_map<uint64_t, bool> known_;
  std::unordered_map<RegexNode, bool> known_finite_;
};

}  // namespace espalier
