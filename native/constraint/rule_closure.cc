// See rule_closure.h. An alternative holds when all its symbols do, a set when the elements that do can complete it.
#include "rule_closure.h"

#include <algorithm>

#include "members_left.h"

namespace espalier {

namespace {

class RuleClosure {
 public:
  RuleClosure(const GrammarRules & rules, const std::vector<bool> & lexeme_holds)
      : lexeme_holds_(lexeme_holds), holds_(rules.rules.size(), false), users_(rules.rules.size()) {
    for (Rule rule = 0; rule < rules.rules.size(); ++rule) {
      for (const auto & alternative : rules.rules[rule]) add_alternative(rule, alternative);
    }
  }

  void add_sets(const std::vector<MemberSet> & sets);
  std::vector<bool> close();

 private:
  // Symbols that wait for rules: an alternative, or one element of a set.
  struct Open {
    Rule rule;
    uint32_t missing;
    const MemberSet::Element * element;
    uint32_t set;
  };
  struct Tally {
    const MemberSet * set;
    uint32_t required;
    MembersLeft found;
  };

  bool can_hold(const Symbol & symbol) const { return symbol.kind == Symbol::Kind::rule || lexeme_holds_[symbol.id]; }
  void add_alternative(Rule rule, const std::vector<Symbol> & alternative);
  void found(const Open & open);

  const std::vector<bool> & lexeme_holds_;
  std::vector<bool> holds_;
  std::vector<std::vector<uint32_t>> users_;  // per rule what waits for it, once per use
  std::vector<Open> open_;
  std::vector<Tally> tallies_;
  std::vector<Rule> ready_;
};

void RuleClosure::add_alternative(Rule rule, const std::vector<Symbol> & alternative) {
  if (!std::all_of(alternative.begin(), alternative.end(), [this](const Symbol & each) { return can_hold(each); }))
    return;
  Open open = {rule, 0, nullptr, 0};
  for (const Symbol & symbol : alternative) {
    if (symbol.kind != Symbol::Kind::rule) continue;
    users_[symbol.id].push_back(static_cast<uint32_t>(open_.size()));
    ++open.missing;
  }
  if (open.missing == 0) ready_.push_back(rule);
  open_.push_back(open);
}

void RuleClosure::add_sets(const std::vector<MemberSet> & sets) {
  tallies_.reserve(sets.size());
  for (const MemberSet & set : sets) {
    const auto is_required = [](const MemberSet::Element & each) { return each.times == MemberSet::Times::required; };
    const auto required = std::count_if(set.elements.begin(), set.elements.end(), is_required);
    tallies_.push_back({&set, static_cast<uint32_t>(required), {}});
    if (!lexeme_holds_[set.open] || !lexeme_holds_[set.separator] || !lexeme_holds_[set.close]) continue;
    for (const MemberSet::Element & element : set.elements) {
      if (!can_hold(element.symbol)) continue;
      const Open open = {set.rule, 1, &element, static_cast<uint32_t>(tallies_.size() - 1)};
      if (element.symbol.kind == Symbol::Kind::rule) {
        users_[element.symbol.id].push_back(static_cast<uint32_t>(open_.size()));
        open_.push_back(open);
      } else {
        found(open);
      }
    }
  }
}

// All that it waited for holds.
void RuleClosure::found(const Open & open) {
  if (holds_[open.rule]) return;
  if (open.element != nullptr) {
    Tally & tally = tallies_[open.set];
    tally.found.add(*open.element);
    if (tally.found.required() < tally.required) return;
    const uint32_t least = tally.found.least(tally.set->needs, tally.set->min);
    if (least == MembersLeft::never || std::max(least, 1u) > tally.set->max) return;
  }
  ready_.push_back(open.rule);
}

std::vector<bool> RuleClosure::close() {
  while (!ready_.empty()) {
    const Rule rule = ready_.back();
    ready_.pop_back();
    if (holds_[rule]) continue;
    holds_[rule] = true;
    for (uint32_t user : users_[rule]) {
      if (--open_[user].missing == 0) found(open_[user]);
    }
  }
  return std::move(holds_);
}

}  // namespace

std::vector<bool> productive_rules(const GrammarRules & rules, const std::vector<bool> & derives) {
  RuleClosure closure(rules, derives);
  closure.add_sets(rules.sets);
  return closure.close();
}

std::vector<bool> nullable_rules(const GrammarRules & rules, const std::vector<bool> & nullable) {
  return RuleClosure(rules, nullable).close();
}

}  // namespace espalier
