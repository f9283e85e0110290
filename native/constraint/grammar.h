// A context-free grammar whose terminals are lexemes, made ready for the parser. Decides which rules derive the empty
// string, which derive anything at all, and what is predicted where; holds no position.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "lexer.h"

namespace espalier {

using Rule = uint32_t;
/// Index into the grammar's symbols: the place before that symbol in one alternative.
using Dot = uint32_t;

struct Symbol {
  enum class Kind : uint8_t { lexeme, rule, end };  // end: the alternative is complete; `id` is its rule
  Kind kind;
  uint32_t id;
};

struct GrammarRules {
  /// Per rule its alternatives; no `end` symbols in them.
  std::vector<std::vector<std::vector<Symbol>>> rules;
  Rule start;
};

/// Everything predicted at a place: items that start there. Shared by all rows that predict the same rules.
struct Prediction {
  bool marked = false;
  std::vector<Rule> rules;                  // sorted; what the prediction was made for
  std::vector<Dot> scans;                   // a lexeme follows
  std::vector<std::pair<Rule, Dot>> waits;  // a rule follows; sorted
  std::vector<Lexeme> lexemes;              // that can come next; sorted
  State lexer_state = Automaton::dead;      // of just these lexemes
};

class Grammar {
 public:
  /// Drops what derives nothing. `is_productive`/`is_nullable` are asked once per lexeme.
  Grammar(const GrammarRules & rules, Derivatives & derivatives, Lexer & lexer, Budget & budget);

  /// False where no string at all is derived.
  bool has_language() const { return has_language_; }
  /// Before the start rule, in an alternative of a rule of its own that is complete where the whole text may end.
  Dot start_dot() const { return start_dot_; }
  Rule whole_rule() const { return whole_rule_; }
  const Symbol & symbol(Dot dot) const { return symbols_[dot]; }
  bool is_nullable(const Symbol & symbol) const {
    return symbol.kind == Symbol::Kind::rule ? rule_nullable_[symbol.id] : lexeme_nullable_[symbol.id];
  }
  /// `rules` sorted and without repetitions.
  const Prediction & predict(const std::vector<Rule> & rules);
  /// Drops the predictions that are not marked; clears the marks.
  void collect();
  /// Names the states of the lexer that predictions refer to.
  void add_lexer_states(std::vector<bool> & states) const;

 private:
  static size_t memory_of(const Prediction & prediction);
  void find_productive(const GrammarRules & rules);
  void find_nullable(const GrammarRules & rules);
  void lay_out(const GrammarRules & rules);
  template <typename Holds>
  std::vector<bool> close_over(const GrammarRules & rules, Holds symbol_holds) const;

  Derivatives & derivatives_;
  Lexer & lexer_;
  Budget & budget_;
  Rule start_;
  Rule whole_rule_;
  Dot start_dot_ = 0;
  bool has_language_ = false;
  std::vector<bool> lexeme_productive_;
  std::vector<bool> lexeme_nullable_;
  std::vector<bool> rule_productive_;
  std::vector<bool> rule_nullable_;
  std::vector<Symbol> symbols_;
  // Alternatives of rule r begin at the dots begins_[first_[r], first_[r + 1]).
  std::vector<uint32_t> first_;
  std::vector<Dot> begins_;
  std::map<std::vector<Rule>, std::unique_ptr<Prediction>> predictions_;
  std::vector<uint32_t> seen_;  // per rule: number of the prediction that saw it last
  uint32_t seen_number_ = 0;
};

}  // namespace espalier
