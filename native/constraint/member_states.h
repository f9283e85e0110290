// States of rules that are sets of members: what has stood there so far. Decides what may come next, so that the rest
// can always be completed. A state is made when it is first come to: there are as many as some text has led to, however
// many there could be.
//
// Each state is two rules, whose alternatives are known from the state and therefore lie nowhere:
//
//   tail(seen)   separator more(seen) | close               after a member
//   more(seen)   element tail(seen + element) | ...         for each element that may come next
//
// What follows an element is worked out when the element is complete (Symbol::Kind::next). Dots and rules of states
// have numbers from `first_dot` and `first_rule` on. None of them derives the empty text.
#pragma once

#include <cstdint>
#include <vector>

#include "budget.h"
#include "grammar_rules.h"
#include "id_table.h"
#include "members_left.h"

namespace espalier {

class MemberStates {
 public:
  explicit MemberStates(Budget & budget) : budget_(budget) {}

  /// Sets whose elements all derive something, and which can be completed. Only once, before anything else.
  void set_up(std::vector<MemberSet> sets, Rule first_rule);
  /// No state has dots below; needs `set_up`.
  void set_first_dot(Dot first_dot) { first_dot_ = first_dot; }

  Rule first_rule() const { return first_rule_; }
  Dot first_dot() const { return first_dot_; }
  /// The rule of members behind the opening.
  Rule start_of(size_t set) const { return more_rule(static_cast<uint32_t>(set)); }
  Symbol symbol(Dot dot) const;
  /// What follows the element before the dot, which is at a symbol `next`.
  Rule after(Dot dot);
  /// Dots at which the rule's alternatives begin.
  void begins_of(Rule rule, std::vector<Dot> & begins) const;

  void mark_rule(Rule rule) { states_[(rule - first_rule_) / 2].marked = true; }
  void mark_dot(Dot dot) { states_[(dot - first_dot_) >> dot_bits_].marked = true; }
  /// Takes what `collect` needs.
  void make_ready();
  /// Drops the states that are not marked; clears the marks. Does not throw.
  void collect();

 private:
  struct State {
    uint32_t set = 0;
    uint32_t count = 0;     // members, where they are limited
    uint32_t met = 0;       // needs
    uint32_t distinct = 0;  // different elements, up to the minimum
    bool marked = false;
    uint64_t hash = 0;
    /// Elements that have stood there, as bits: those that stand once, and all while the minimum is not reached.
    std::vector<uint64_t> seen;  // empty: the state is not in use

    bool has(uint32_t element) const { return (seen[element / 64] >> element % 64 & 1) != 0; }
    void add(uint32_t element) { seen[element / 64] |= uint64_t{1} << element % 64; }
  };
  struct Set {
    MemberSet rule;
    bool has_repeated = false;
    std::vector<uint64_t> once;      // elements that stand once
    std::vector<uint64_t> required;  // as bits
  };

  static constexpr Dot separator_at = 0;
  static constexpr Dot close_at = 3;
  static constexpr Dot elements_at = 5;

  Rule tail_rule(uint32_t state) const { return first_rule_ + 2 * state; }
  Rule more_rule(uint32_t state) const { return first_rule_ + 2 * state + 1; }
  Dot dot_of(uint32_t state) const { return first_dot_ + (state << dot_bits_); }
  uint32_t intern(State state);
  bool is_complete(const State & state) const;
  bool has_more(const State & state) const;
  /// `take(element)` for those that may come next, until it says false.
  template <typename Take>
  void each_next(const State & state, Take take) const;
  size_t memory_of(const State & state) const { return sizeof(State) + 64 + state.seen.size() * sizeof(uint64_t); }

  Budget & budget_;
  Rule first_rule_ = UINT32_MAX;
  Dot first_dot_ = UINT32_MAX;
  uint32_t dot_bits_ = 0;  // of the dots of one state
  std::vector<Set> sets_;
  std::vector<State> states_;  // the first ones are the sets' starts, which stay
  std::vector<uint32_t> free_;
  IdTable known_;
  IdTable spare_;
};

}  // namespace espalier
