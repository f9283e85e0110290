// States of the lexer. Decides a whole row at a time: a state that is walked at all is mostly walked with many bytes.
#include "lexer.h"

#include <algorithm>

namespace espalier {

Lexer::Lexer(Derivatives & derivatives, Budget & budget, size_t reach)
    : Automaton(derivatives.classes(), budget), derivatives_(derivatives), cover_(derivatives),
      far_counts_(derivatives, reach) {
  while (spans_.size() < infos_.size()) {
    spans_.push_back({nullptr, 0});
    ended_.push_back(0);
  }
}

State Lexer::state_of(const std::vector<Lexeme> & lexemes) {
  std::vector<Member> members;
  for (Lexeme lexeme : lexemes) {
    if (derivatives_.is_extendable(lexemes_[lexeme])) members.push_back({lexeme, lexemes_[lexeme]});
  }
  return members.empty() ? dead : intern(members);
}

uint64_t Lexer::hash_of(const Member * members, size_t count) {
  uint64_t hash = 0x1E;
  for (size_t i = 0; i < count; ++i) hash = mix(mix(hash, members[i].lexeme), members[i].rest);
  return hash;
}

State Lexer::intern(const std::vector<Member> & members) {
  const uint64_t hash = hash_of(members.data(), members.size());
  const State known = known_.find(hash, [&](State state) {
    return spans_[state].count == members.size() && std::equal(members.begin(), members.end(), begin(state));
  });
  if (known != IdTable::absent) return known;
  Info info;
  std::vector<Lexeme> ended;
  for (const Member & member : members) {
    if (derivatives_.ast().node(member.rest).nullable) ended.push_back(member.lexeme);
    info.extendable = info.extendable || derivatives_.is_extendable(member.rest);
    info.marks |= derivatives_.ast().node(member.rest).marks;
  }
  info.accepting = !ended.empty();
  const uint32_t ended_set = intern_ended(std::move(ended));
  budget_.add_state();
  budget_.spend(members.size());
  spans_.make_room();
  ended_.make_room();
  infos_.make_room();
  known_.make_room();
  budget_.add_memory(memory_of(members.size()));
  Member * const own = members_.take(members.size());
  const State state = new_state();
  if (state == spans_.size()) {
    spans_.push_back({nullptr, 0});
    ended_.push_back(0);
  }
  infos_[state] = info;
  std::copy(members.begin(), members.end(), own);
  spans_[state] = {own, static_cast<uint32_t>(members.size())};
  ended_[state] = ended_set;
  known_.add(hash, state);
  return state;
}

uint32_t Lexer::intern_ended(std::vector<Lexeme> lexemes) {
  if (lexemes.empty()) return 0;
  uint64_t hash = 0x2E;
  for (Lexeme lexeme : lexemes) hash = mix(hash, lexeme);
  const uint32_t known = known_ended_.find(hash, [&](uint32_t set) { return ended_sets_[set] == lexemes; });
  if (known != IdTable::absent) return known;
  make_room(ended_sets_, 1);
  known_ended_.make_room();
  budget_.add_memory(memory_of_ended(lexemes));
  const uint32_t set = static_cast<uint32_t>(ended_sets_.size());
  ended_sets_.push_back(std::move(lexemes));
  known_ended_.add(hash, set);
  return set;
}

void Lexer::keep_all() {
  for (RegexNode lexeme : lexemes_) far_counts_.learn(lexeme);
  derivatives_.keep_all();
  kept_states_ = infos_.size();
}

void Lexer::collect(std::vector<bool> keep) {
  keep.resize(infos_.size(), false);
  std::fill(keep.begin(), keep.begin() + static_cast<std::ptrdiff_t>(kept_states_), true);
  std::vector<RegexNode> roots;
  size_t kept = 0;
  for (State state = 2; state < infos_.size(); ++state) {
    if (!keep[state]) continue;
    ++kept;
    for (const Member * member = begin(state); member != end(state); ++member) roots.push_back(member->rest);
  }
  BlockPool<Member> members;
  Member * next = members.take(roots.size());
  std::vector<uint32_t> set_numbers(ended_sets_.size(), 0);
  IdTable known;
  known.reset(kept);
  IdTable known_ended;
  known_ended.reset(ended_sets_.size());
  const std::vector<bool> is_free = ready_to_drop();
  const std::vector<RegexNode> numbers = derivatives_.collect(roots);
  drop_states(keep, is_free, [this](State state) {
    budget_.drop_memory(memory_of(spans_[state].count));
    spans_[state] = {nullptr, 0};
    ended_[state] = 0;
  });
  for (State state = 2; state < infos_.size(); ++state) {
    if (!keep[state]) continue;
    const Member * const first = next;
    for (const Member * member = begin(state); member != end(state); ++member) {
      *next++ = {member->lexeme, numbers[member->rest]};
    }
    spans_[state].first = first;
    known.add(hash_of(first, spans_[state].count), state);
    set_numbers[ended_[state]] = 1;
  }
  set_numbers[0] = 0;
  members_ = std::move(members);
  known_ = std::move(known);
  keep_ended(set_numbers, known_ended);
  cover_.forget();
  far_counts_.forget();
}

// `wanted`: per set, whether some state has it; becomes its new number.
void Lexer::keep_ended(std::vector<uint32_t> & wanted, IdTable & known) {
  uint32_t next = 1;
  for (uint32_t set = 1; set < ended_sets_.size(); ++set) {
    if (wanted[set] == 0) {
      budget_.drop_memory(memory_of_ended(ended_sets_[set]));
      continue;
    }
    wanted[set] = next;
    if (next != set) ended_sets_[next] = std::move(ended_sets_[set]);
    uint64_t hash = 0x2E;
    for (Lexeme lexeme : ended_sets_[next]) hash = mix(hash, lexeme);
    known.add(hash, next++);
  }
  ended_sets_.resize(next);
  known_ended_ = std::move(known);
  for (State state = 2; state < infos_.size(); ++state) ended_[state] = wanted[ended_[state]];
}

State Lexer::compute(State state, uint8_t byte_class) { return row(state)[byte_class]; }

State Lexer::settled(State state, ItemTexts & texts) {
  std::vector<Member> members;
  for (uint32_t i = 0; i < spans_[state].count; ++i) {
    const Member member = begin(state)[i];
    const RegexNode rest = derivatives_.settled(member.rest, texts);
    if (!derivatives_.is_empty(rest)) members.push_back({member.lexeme, rest});
  }
  return members.empty() ? dead : intern(members);
}

uint32_t Lexer::chars_allowed(State state, CharKind kind) {
  uint32_t most = 0;
  for (uint32_t i = 0; i < spans_[state].count; ++i) {
    most = std::max(most, cover_.chars_allowed(begin(state)[i].rest, kind));
  }
  return most;
}

uint32_t Lexer::chars_most(State state, CharKind kind) {
  uint32_t most = 0;
  for (uint32_t i = 0; i < spans_[state].count && most != CharCover::unlimited; ++i) {
    most = std::max(most, cover_.chars_most(begin(state)[i].rest, kind));
  }
  return most;
}

State Lexer::opened(State state) {
  std::vector<Member> members(begin(state), end(state));
  bool is_same = true;
  for (Member & member : members) {
    const RegexNode rest = far_counts_.opened(member.rest);
    is_same = is_same && rest == member.rest;
    member.rest = rest;
  }
  return is_same ? state : intern(members);
}

State * Lexer::make_row(State state) {
  std::vector<State> next(classes_.count, dead);
  if (spans_[state].count == 1) {
    follow(begin(state)[0], next);
  } else {
    follow_all(state, next);
  }
  State * row = Automaton::make_row(state);
  std::copy(next.begin(), next.end(), row);
  return row;
}

// Of one member; nearly all states have no other.
void Lexer::follow(Member member, std::vector<State> & next) {
  const Derivatives::Runs runs = derivatives_.runs(member.rest);
  // is_empty may move the runs' pool, so they are copied where it can be called.
  runs_.assign(runs.begin(), runs.end());
  std::vector<Member> target = {member};
  for (const Derivatives::Run & run : runs_) {
    if (derivatives_.is_empty(run.target)) continue;
    target[0].rest = run.target;
    std::fill(next.begin() + run.from, next.begin() + run.until, intern(target));
  }
  budget_.spend(1 + runs_.size());
}

void Lexer::follow_all(State state, std::vector<State> & next) {
  targets_.resize(classes_.count);
  for (auto & targets : targets_) targets.clear();
  size_t work = 0;
  for (uint32_t i = 0; i < spans_[state].count; ++i) {
    const Member member = begin(state)[i];
    const Derivatives::Runs runs = derivatives_.runs(member.rest);
    runs_.assign(runs.begin(), runs.end());
    for (const Derivatives::Run & run : runs_) {
      if (derivatives_.is_empty(run.target)) continue;
      work += run.until - run.from;
      for (uint16_t c = run.from; c < run.until; ++c) targets_[c].push_back({member.lexeme, run.target});
    }
  }
  budget_.spend(1 + work / 4);
  for (uint16_t c = 0; c < classes_.count; ++c) {
    if (targets_[c].empty()) continue;
    next[c] = c > 0 && targets_[c] == targets_[c - 1] ? next[c - 1] : intern(targets_[c]);
  }
}

}  // namespace espalier
