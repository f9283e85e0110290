// The lexemes a place of the grammar allows, walked side by side as one automaton. Decides which of them have ended and
// which can go on after each byte. A state is a sorted list of (lexeme, what is left of it); states are never dropped.
#pragma once

#include <cstdint>
#include <vector>

#include "automaton.h"
#include "char_cover.h"
#include "id_table.h"

namespace espalier {

using Lexeme = uint32_t;

class Lexer : public Automaton {
 public:
  struct Member {
    Lexeme lexeme;
    RegexNode rest;
    bool operator==(const Member & other) const { return lexeme == other.lexeme && rest == other.rest; }
  };

  Lexer(Derivatives & derivatives, Budget & budget)
      : Automaton(derivatives.classes(), budget), derivatives_(derivatives), cover_(derivatives) {}

  /// Expression of each lexeme; none may be empty of strings.
  void set_lexemes(std::vector<RegexNode> lexemes) { lexemes_ = std::move(lexemes); }
  RegexNode expression(Lexeme lexeme) const { return lexemes_[lexeme]; }
  /// Sorted lexemes; `dead` where none of them has a string of at least one byte.
  State state_of(const std::vector<Lexeme> & lexemes);
  /// Of one lexeme that is a constraint by itself: also where it has only the empty string.
  State state_of_whole(Lexeme lexeme) { return intern({{lexeme, lexemes_[lexeme]}}); }
  void set_start(State start) { start_ = start; }
  /// Number of the set of lexemes that end in this state; 0: none. Numbers are dense.
  uint32_t ended_set(State state) const { return ended_[state]; }
  const std::vector<Lexeme> & ended(uint32_t set) const { return ended_sets_[set]; }

  State compute(State state, uint8_t byte_class) override;
  uint32_t chars_allowed(State state, CharKind kind) override;

 protected:
  bool is_open(State state, uint8_t byte_class) override { return row(state)[byte_class] != dead; }
  State * make_row(State state) override;

 private:
  State intern(const std::vector<Member> & members);
  uint32_t intern_ended(std::vector<Lexeme> lexemes);

  Derivatives & derivatives_;
  CharCover cover_;
  std::vector<RegexNode> lexemes_;
  // Members of state s: members_[first_[s], first_[s + 1])
  std::vector<uint32_t> first_ = {0, 0, 0};
  std::vector<Member> members_;
  std::vector<uint32_t> ended_ = {0, 0};
  std::vector<std::vector<Lexeme>> ended_sets_ = {{}};
  IdTable known_;
  IdTable known_ended_;
  std::vector<std::vector<Member>> targets_;  // per class
};

}  // namespace espalier
