// Preparing a grammar, and predicting. Decides what is left out because it derives nothing.
#include "grammar.h"

#include <algorithm>

#include "rule_closure.h"

namespace espalier {

Grammar::Grammar(const GrammarRules & rules, Derivatives & derivatives, Lexer & lexer, Budget & budget)
    : derivatives_(derivatives), lexer_(lexer), budget_(budget), start_(rules.start),
      whole_rule_(static_cast<Rule>(rules.rules.size())), states_(budget) {
  look_at_lexemes(rules);
  rule_productive_ = productive_rules(rules, lexeme_productive_);
  has_language_ = rule_productive_[start_];
  if (!has_language_) return;
  rule_nullable_ = nullable_rules(rules, lexeme_nullable_);
  lay_out(rules);
  seen_.assign(rules.rules.size(), 0);
}

void Grammar::look_at_lexemes(const GrammarRules & rules) {
  uint32_t lexeme_count = 0;
  const auto look_at = [&](Lexeme lexeme) { lexeme_count = std::max(lexeme_count, lexeme + 1); };
  for (const auto & rule : rules.rules) {
    for (const auto & alternative : rule) {
      budget_.spend(1 + alternative.size() / 4);
      for (const Symbol & symbol : alternative) {
        if (symbol.kind == Symbol::Kind::lexeme) look_at(symbol.id);
      }
    }
  }
  for (const MemberSet & set : rules.sets) {
    budget_.spend(1 + set.elements.size());
    for (Lexeme lexeme : {set.open, set.separator, set.close}) look_at(lexeme);
    for (const MemberSet::Element & element : set.elements) {
      if (element.symbol.kind == Symbol::Kind::lexeme) look_at(element.symbol.id);
    }
  }
  for (Lexeme lexeme = 0; lexeme < lexeme_count; ++lexeme) {
    const RegexNode expression = lexer_.expression(lexeme);
    lexeme_productive_.push_back(!derivatives_.is_empty(expression));
    lexeme_nullable_.push_back(derivatives_.ast().node(expression).nullable);
  }
  for (const MemberSet & set : rules.sets) {
    if (lexeme_nullable_[set.separator] || lexeme_nullable_[set.close]) {
      fail("CONSTRAINT_INVALID", "The encoded constraint is not well formed: nothing separates or closes members.");
    }
  }
}

void Grammar::lay_out(const GrammarRules & rules) {
  std::vector<MemberSet> sets = productive_sets(rules.sets);
  std::vector<uint32_t> set_of(rules.rules.size(), UINT32_MAX);
  for (uint32_t set = 0; set < sets.size(); ++set) set_of[sets[set].rule] = set;
  std::vector<Lexeme> opens;
  for (const MemberSet & set : sets) opens.push_back(set.open);
  states_.set_up(std::move(sets), whole_rule_ + 1);
  const auto add = [this](Rule rule, const std::vector<Symbol> & alternative) {
    begins_.push_back(static_cast<Dot>(symbols_.size()));
    symbols_.insert(symbols_.end(), alternative.begin(), alternative.end());
    symbols_.push_back({Symbol::Kind::end, rule});
  };
  const auto derives = [this](const Symbol & symbol) { return is_productive(symbol); };
  for (Rule rule = 0; rule < rules.rules.size(); ++rule) {
    first_.push_back(static_cast<uint32_t>(begins_.size()));
    for (const auto & alternative : rules.rules[rule]) {
      if (std::all_of(alternative.begin(), alternative.end(), derives)) add(rule, alternative);
    }
    const uint32_t set = set_of[rule];
    if (set == UINT32_MAX) continue;
    add(rule, {{Symbol::Kind::lexeme, opens[set]}, {Symbol::Kind::rule, states_.start_of(set)}});
  }
  first_.push_back(static_cast<uint32_t>(begins_.size()));
  start_dot_ = static_cast<Dot>(symbols_.size());
  symbols_.push_back({Symbol::Kind::rule, start_});
  symbols_.push_back({Symbol::Kind::end, whole_rule_});
  states_.set_first_dot(static_cast<Dot>(symbols_.size()));
  budget_.add_memory(symbols_.size() * sizeof(Symbol) + begins_.size() * sizeof(Dot));
}

// The sets that can be completed, with the elements that derive something.
std::vector<MemberSet> Grammar::productive_sets(const std::vector<MemberSet> & sets) const {
  std::vector<MemberSet> kept;
  for (const MemberSet & set : sets) {
    if (!rule_productive_[set.rule]) continue;
    kept.push_back(set);
    std::vector<MemberSet::Element> & elements = kept.back().elements;
    elements.erase(std::remove_if(elements.begin(), elements.end(),
                                  [this](const MemberSet::Element & each) { return !is_productive(each.symbol); }),
                   elements.end());
    budget_.add_memory(elements.size() * sizeof(MemberSet::Element));
  }
  return kept;
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
  for (const auto & [rules, prediction] : predictions_) {
    for (Rule rule : rules) mark_rule(rule);
    for (Dot dot : prediction->scans) mark_dot(dot);
    for (const auto & [rule, dot] : prediction->waits) mark_both(rule, dot);
  }
  states_.collect();
}

void Grammar::add_lexer_states(std::vector<bool> & states) const {
  for (const auto & [rules, prediction] : predictions_) states[prediction->lexer_state] = true;
}

const std::vector<Dot> & Grammar::begins_of(Rule rule) {
  if (rule >= states_.first_rule()) {
    states_.begins_of(rule, predicted_begins_);
  } else {
    predicted_begins_.assign(begins_.begin() + first_[rule], begins_.begin() + first_[rule + 1]);
  }
  return predicted_begins_;
}

const Prediction & Grammar::predict(const std::vector<Rule> & rules) {
  const auto found = predictions_.find(rules);
  if (found != predictions_.end()) return *found->second;
  auto made = std::make_unique<Prediction>();
  made->rules = rules;
  ++seen_number_;
  std::vector<Rule> todo;
  const auto add_rule = [&](Rule rule) {
    if (rule >= seen_.size()) seen_.resize(std::max<size_t>(rule + 1, 2 * seen_.size()), 0);
    if (seen_[rule] == seen_number_) return;
    seen_[rule] = seen_number_;
    todo.push_back(rule);
  };
  for (Rule rule : rules) add_rule(rule);
  while (!todo.empty()) {
    const Rule rule = todo.back();
    todo.pop_back();
    for (Dot begin : begins_of(rule)) {
      // The dot moves over symbols that derive the empty string, and stands before each of them.
      for (Dot dot = begin;; ++dot) {
        const Symbol symbol = worked_out(dot);
        if (symbol.kind == Symbol::Kind::end) break;
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
