// A context-free grammar whose terminals are lexemes, made ready for the parser. Decides which rules derive the empty
// string, which derive anything at all, and what is predicted where; holds no position.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "grammar_rules.h"
#include "lexer.h"
#include "member_states.h"

namespace espalier {

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
  /// Drops what derives nothing.
  Grammar(const GrammarRules & rules, Derivatives & derivatives, Lexer & lexer, Budget & budget);

  /// False where no string at all is derived.
  bool has_language() const { return has_language_; }
  /// Before the start rule, in an alternative of a rule of its own that is complete where the whole text may end.
  Dot start_dot() const { return start_dot_; }
  Rule whole_rule() const { return whole_rule_; }
  Symbol symbol(Dot dot) const { return dot < symbols_.size() ? symbols_[dot] : states_.symbol(dot); }
  /// The same, where what depends on the members before is worked out: a lexeme, a rule or an end.
  Symbol worked_out(Dot dot) {
    const Symbol symbol = this->symbol(dot);
    return symbol.kind == Symbol::Kind::next ? Symbol{Symbol::Kind::rule, states_.after(dot)} : symbol;
  }
  /// Of a lexeme or a rule.
  bool is_nullable(const Symbol & symbol) const {
    if (symbol.kind == Symbol::Kind::lexeme) return lexeme_nullable_[symbol.id];
    return symbol.id < rule_nullable_.size() && rule_nullable_[symbol.id];
  }
  /// `rules` sorted and without repetitions.
  const Prediction & predict(const std::vector<Rule> & rules);
  /// What a row refers to.
  void mark_rule(Rule rule) {
    if (rule >= states_.first_rule()) states_.mark_rule(rule);
  }
  void mark_dot(Dot dot) {
    if (dot >= states_.first_dot()) states_.mark_dot(dot);
  }
  void mark_both(Rule rule, Dot dot) {
    mark_rule(rule);
    mark_dot(dot);
  }
  /// Takes what `collect` needs.
  void make_ready() { states_.make_ready(); }
  /// Drops what is not marked: predictions, and states that none of the others refers to; clears the marks.
  void collect();
  /// Names the states of the lexer that predictions refer to.
  void add_lexer_states(std::vector<bool> & states) const;

 private:
  static size_t memory_of(const Prediction & prediction);
  void look_at_lexemes(const GrammarRules & rules);
  void lay_out(const GrammarRules & rules);
  bool is_productive(const Symbol & symbol) const {
    return symbol.kind == Symbol::Kind::rule ? rule_productive_[symbol.id] : lexeme_productive_[symbol.id];
  }
  std::vector<MemberSet> productive_sets(const std::vector<MemberSet> & sets) const;
  /// Dots at which the rule's alternatives begin; until it is called again.
  const std::vector<Dot> & begins_of(Rule rule);

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
  std::vector<Symbol> symbols_;  // of all but the states of sets
  // Alternatives of rule r begin at the dots begins_[first_[r], first_[r + 1]).
  std::vector<uint32_t> first_;
  std::vector<Dot> begins_;
  MemberStates states_;
  std::vector<Dot> predicted_begins_;  // of the rule that is being predicted
  std::map<std::vector<Rule>, std::unique_ptr<Prediction>> predictions_;
  std::vector<uint32_t> seen_;  // per rule: number of the prediction that saw it last
  uint32_t seen_number_ = 0;
};

}  // namespace espalier
