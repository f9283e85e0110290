// The lexemes a place of the grammar allows, walked side by side as one automaton. Decides which of them have ended and
// which can go on after each byte. A state is a sorted list of (lexeme, what is left of it). States are dropped by
// `collect`, with all expressions only they refer to; every state the owner still needs must be named to it.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "automaton.h"
#include "block_pool.h"
#include "char_cover.h"
#include "far_counts.h"
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

  /// `reach`: bytes of the longest token.
  Lexer(Derivatives & derivatives, Budget & budget, size_t reach);

  /// Expression of each lexeme; none may be empty of strings.
  void set_lexemes(std::vector<RegexNode> lexemes) { lexemes_ = std::move(lexemes); }
  size_t lexeme_count() const { return lexemes_.size(); }
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
  uint32_t chars_most(State state, CharKind kind) override;
  State opened(State state) override;
  State settled(State state, ItemTexts & texts) override;

  /// A state that is one expression: a repeat of a finite number, and what follows it.
  struct Counted {
    RegexNode part;
    RegexNode tail;
    uint32_t min;
    uint32_t max;
  };
  /// What the state is, if it is that.
  std::optional<Counted> counted(State state) const;
  /// The same state with both counts changed by `by` (the least one only where it is not 0); none where that would be
  /// another expression.
  std::optional<State> with_counts(State state, int64_t by);
  /// Whether `later` is `before` but for smaller counts.
  bool is_same_repeat(State before, State later) const;
  /// Whether no other finite repeat of the part is in the constraint, with which this one could be joined.
  bool is_counted_alone(const Counted & counted);

  /// What has been learnt so far, and the states there are, stay for good.
  void keep_all();
  /// Keeps the states for which `keep` and those there were at `keep_all`, with their numbers; drops all others, and
  /// the numbers of ended sets. Throws before it changes anything.
  void collect(std::vector<bool> keep);

 protected:
  bool is_open(State state, uint8_t byte_class) override { return row(state)[byte_class] != dead; }
  State * make_row(State state) override;
  void follow(Member member, std::vector<State> & next);
  void follow_all(State state, std::vector<State> & next);

 private:
  struct Span {
    const Member * first;
    uint32_t count;
  };

  State intern(const std::vector<Member> & members);
  uint32_t intern_ended(std::vector<Lexeme> lexemes);
  void keep_ended(std::vector<uint32_t> & wanted, IdTable & known);
  static size_t memory_of_ended(const std::vector<Lexeme> & set) { return 96 + set.size() * sizeof(Lexeme); }
  static uint64_t hash_of(const Member * members, size_t count);
  static size_t memory_of(size_t members) { return sizeof(Info) + 64 + members * sizeof(Member); }
  const Member * begin(State state) const { return spans_[state].first; }
  const Member * end(State state) const { return begin(state) + spans_[state].count; }

  Derivatives & derivatives_;
  CharCover cover_;
  FarCounts far_counts_;
  std::vector<RegexNode> lexemes_;
  BlockList<Span> spans_;  // of members_, per state
  BlockPool<Member> members_;
  BlockList<uint32_t> ended_;  // per state
  std::vector<std::vector<Lexeme>> ended_sets_ = {{}};
  IdTable known_;
  IdTable known_ended_;
  // Of the row being made:
  std::vector<std::vector<Member>> targets_;  // per class
  std::vector<Derivatives::Run> runs_;        // of one member
  size_t kept_states_ = 2;
  std::unordered_map<RegexNode, bool> counted_alone_;  // by part
};

}  // namespace espalier
