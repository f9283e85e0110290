// Preparing a grammar. Decides productivity and nullability with counting worklists, linear in the grammar's size,
// since grammars with 100,000 rules come in.
#include "grammar.h"

#include <algorithm>

namespace espalier {

Grammar::Grammar(const GrammarRules & rules, Derivatives & derivatives, Lexer & lexer, Budget & budget)
    : derivatives_(derivatives), lexer_(lexer), budget_(budget), start_(rules.start),
      whole_rule_(static_cast<Rule>(rules.rules.size())) {
  find_productive(rules);
  has_language_ = rule_productive_[start_];
  if (!has_language_) return;
  find_nullable(rules);
  lay_out(rules);
  seen_.assign(rules.rules.size(), 0);
}

// The least set of rules that have an alternative all of whose symbols hold.
template <typename Holds>
std::vector<bool> Grammar::close_over(const GrammarRules & rules, Holds lexeme_holds) const {
  std::vector<bool> holds(rules.rules.size(), false);
  struct Open {
    Rule rule;
    uint32_t missing;
  };
  std::vector<Open> open;
  std::vector<std::vector<uint32_t>> users(rules.rules.size());  // alternatives that use the rule, once per use
  std::vector<Rule> ready;
  for (Rule rule = 0; rule < rules.rules.size(); ++rule) {
    for (const auto & alternative : rules.rules[rule]) {
      uint32_t missing = 0;
      bool can = true;
      for (const Symbol & symbol : alternative) {
        if (symbol.kind == Symbol::Kind::rule) {
          users[symbol.id].push_back(static_cast<uint32_t>(open.size()));
          ++missing;
        } else if (!lexeme_holds(symbol.id)) {
          can = false;
        }
      }
      if (can && missing == 0) ready.push_back(rule);
      open.push_back({rule, can ? missing : UINT32_MAX});
    }
  }
  while (!ready.empty()) {
    const Rule rule = ready.back();
    ready.pop_back();
    if (holds[rule]) continue;
    holds[rule] = true;
    for (uint32_t user : users[rule]) {
      if (open[user].missing != UINT32_MAX && --open[user].missing == 0) ready.push_back(open[user].rule);
    }
  }
  return holds;
}

void Grammar::find_productive(const GrammarRules & rules) {
  uint32_t lexeme_count = 0;
  for (const auto & rule : rules.rules) {
    for (const auto & alternative : rule) {
      budget_.spend(1 + alternative.size() / 4);
      for (const Symbol & symbol : alternative) {
        if (symbol.kind == Symbol::Kind::lexeme) lexeme_count = std::max(lexeme_count, symbol.id + 1);
      }
    }
  }
  for (Lexeme lexeme = 0; lexeme < lexeme_count; ++lexeme) {
    const RegexNode expression = lexer_.expression(lexeme);
    lexeme_productive_.push_back(!derivatives_.is_empty(expression));
    lexeme_nullable_.push_back(derivatives_.ast().node(expression).nullable);
  }
  rule_productive_ = close_over(rules, [this](Lexeme lexeme) { return lexeme_productive_[lexeme]; });
}

void Grammar::find_nullable(const GrammarRules & rules) {
  rule_nullable_ = close_over(rules, [this](Lexeme lexeme) { return lexeme_nullable_[lexeme]; });
}

void Grammar::lay_out(const GrammarRules & rules) {
  for (Rule rule = 0; rule < rules.rules.size(); ++rule) {
    first_.push_back(static_cast<uint32_t>(begins_.size()));
    for (const auto & alternative : rules.rules[rule]) {
      const bool productive = std::all_of(alternative.begin(), alternative.end(), [this](const Symbol & symbol) {
        return symbol.kind == Symbol::Kind::rule ? rule_productive_[symbol.id] : lexeme_productive_[symbol.id];
      });
      if (!productive) continue;
      begins_.push_back(static_cast<Dot>(symbols_.size()));
      symbols_.insert(symbols_.end(), alternative.begin(), alternative.end());
      symbols_.push_back({Symbol::Kind::end, rule});
    }
  }
  first_.push_back(static_cast<uint32_t>(begins_.size()));
  start_dot_ = static_cast<Dot>(symbols_.size());
  symbols_.push_back({Symbol::Kind::rule, start_});
  symbols_.push_back({Symbol::Kind::end, whole_rule_});
  budget_.add_memory(symbols_.size() * sizeof(Symbol) + begins_.size() * sizeof(Dot));
}

size_t Grammar::memory_of(const Prediction & prediction) {
  const size_t listed = prediction.scans.size() + prediction.lexemes.size() + 2 * prediction.rules.size();
  return sizeof(Prediction) + 128 + 8 * prediction.waits.size() + 4 * listed;
}

void Grammar::collect() {
  for (auto it = predictions_.begin(); it != predictions_.end();) {
    if (it->second->marked) {
      it->second->marked = false;
      ++it;
      continue;
    }
    budget_.drop_memory(memory_of(*it->second));
    it = predictions_.erase(it);
  }
}

void Grammar::add_lexer_states(std::vector<bool> & states) const {
  for (const auto & [rules, prediction] : predictions_) states[prediction->lexer_state] = true;
}

const Prediction & Grammar::predict(const std::vector<Rule> & rules) {
  const auto found = predictions_.find(rules);
  if (found != predictions_.end()) return *found->second;
  auto made = std::make_unique<Prediction>();
  made->rules = rules;
  ++seen_number_;
  std::vector<Rule> todo;
  const auto add_rule = [&](Rule rule) {
    if (seen_[rule] == seen_number_) return;
    seen_[rule] = seen_number_;
    todo.push_back(rule);
  };
  for (Rule rule : rules) add_rule(rule);
  while (!todo.empty()) {
    const Rule rule = todo.back();
    todo.pop_back();
    for (uint32_t i = first_[rule]; i < first_[rule + 1]; ++i) {
      // The dot moves over symbols that derive the empty string, and stands before each of them.
      for (Dot dot = begins_[i]; symbols_[dot].kind != Symbol::Kind::end; ++dot) {
        const Symbol symbol = symbols_[dot];
        budget_.spend(1);
        if (symbol.kind == Symbol::Kind::rule) {
          made->waits.emplace_back(symbol.id, dot);
          add_rule(symbol.id);
        } else {
          made->scans.push_back(dot);
          made->lexemes.push_back(symbol.id);
        }
        if (!is_nullable(symbol)) break;
      }
    }
  }
  std::sort(made->waits.begin(), made->waits.end());
  std::sort(made->lexemes.begin(), made->lexemes.end());
  made->lexemes.erase(std::unique(made->lexemes.begin(), made->lexemes.end()), made->lexemes.end());
  made->lexer_state = lexer_.state_of(made->lexemes);
  const Prediction & known = *predictions_.emplace(rules, std::move(made)).first->second;
  budget_.add_memory(memory_of(known));
  return known;
}

}  // namespace espalier
