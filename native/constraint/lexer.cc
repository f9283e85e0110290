// States of the lexer. Decides a whole row at a time: a state that is walked at all is mostly walked with many bytes.
#include "lexer.h"

#include <algorithm>

namespace espalier {

State Lexer::state_of(const std::vector<Lexeme> & lexemes) {
  std::vector<Member> members;
  for (Lexeme lexeme : lexemes) {
    if (derivatives_.is_extendable(lexemes_[lexeme])) members.push_back({lexeme, lexemes_[lexeme]});
  }
  return members.empty() ? dead : intern(members);
}

State Lexer::intern(const std::vector<Member> & members) {
  uint64_t hash = 0x1E;
  for (const Member & member : members) hash = mix(mix(hash, member.lexeme), member.rest);
  const State known = known_.find(hash, [&](State state) {
    const size_t count = first_[state + 1] - first_[state];
    return count == members.size() && std::equal(members.begin(), members.end(), members_.begin() + first_[state]);
  });
  if (known != IdTable::absent) return known;
  Info info;
  std::vector<Lexeme> ended;
  for (const Member & member : members) {
    if (derivatives_.ast().node(member.rest).nullable) ended.push_back(member.lexeme);
    info.extendable = info.extendable || derivatives_.is_extendable(member.rest);
  }
  info.accepting = !ended.empty();
  const uint32_t ended_set = intern_ended(std::move(ended));
  budget_.add_state();
  budget_.add_memory(sizeof(Info) + 64 + members.size() * sizeof(Member));
  budget_.spend(members.size());
  const State state = static_cast<State>(infos_.size());
  infos_.push_back(info);
  members_.insert(members_.end(), members.begin(), members.end());
  first_.push_back(static_cast<uint32_t>(members_.size()));
  ended_.push_back(ended_set);
  known_.add(hash, state);
  return state;
}

uint32_t Lexer::intern_ended(std::vector<Lexeme> lexemes) {
  if (lexemes.empty()) return 0;
  uint64_t hash = 0x2E;
  for (Lexeme lexeme : lexemes) hash = mix(hash, lexeme);
  const uint32_t known = known_ended_.find(hash, [&](uint32_t set) { return ended_sets_[set] == lexemes; });
  if (known != IdTable::absent) return known;
  const uint32_t set = static_cast<uint32_t>(ended_sets_.size());
  ended_sets_.push_back(std::move(lexemes));
  known_ended_.add(hash, set);
  return set;
}

State Lexer::compute(State state, uint8_t byte_class) { return row(state)[byte_class]; }

uint32_t Lexer::chars_allowed(State state, CharKind kind) {
  uint32_t most = 0;
  for (uint32_t i = first_[state]; i < first_[state + 1]; ++i) {
    most = std::max(most, cover_.chars_allowed(members_[i].rest, kind));
  }
  return most;
}

State * Lexer::make_row(State state) {
  targets_.resize(classes_.count);
  for (auto & targets : targets_) targets.clear();
  size_t work = 0;
  for (uint32_t i = first_[state]; i < first_[state + 1]; ++i) {
    const Member member = members_[i];
    const Derivatives::Runs runs = derivatives_.runs(member.rest);
    // is_empty may move the runs' pool, so they are copied where it can be called.
    const std::vector<Derivatives::Run> copied(runs.begin(), runs.end());
    for (const Derivatives::Run & run : copied) {
      if (derivatives_.is_empty(run.target)) continue;
      work += run.until - run.from;
      for (uint16_t c = run.from; c < run.until; ++c) targets_[c].push_back({member.lexeme, run.target});
    }
  }
  budget_.spend(1 + work / 4);
  std::vector<State> next(classes_.count, dead);
  for (uint16_t c = 0; c < classes_.count; ++c) {
    if (targets_[c].empty()) continue;
    next[c] = c > 0 && targets_[c] == targets_[c - 1] ? next[c - 1] : intern(targets_[c]);
  }
  State * row = Automaton::make_row(state);
  std::copy(next.begin(), next.end(), row);
  return row;
}

}  // namespace espalier
