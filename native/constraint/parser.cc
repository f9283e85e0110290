// Stepping all threads by one byte, and dropping states nobody stands on. Decides when rows are made: only where a
// lexeme ends.
#include "parser.h"

#include <algorithm>

namespace espalier {

namespace {
constexpr size_t threads_max = 4096;
}

Parser::Parser(Grammar & grammar, Lexer & lexer, const ByteClasses & classes, Budget & budget)
    : Automaton(classes, budget), lexer_(lexer), earley_(grammar, lexer, budget) {
  threads_.resize(2);
  std::vector<Thread> threads;
  const Earley::Reached first = earley_.first();
  if (first.row->lexer_state != dead) threads.push_back({first.row, first.row->lexer_state});
  start_ = intern(threads, first.accepting);
}

State Parser::compute(State state, uint8_t byte_class) {
  std::vector<Thread> threads;
  budget_.spend(1 + threads_[state].size());
  for (const Thread & thread : threads_[state]) {
    const State next = lexer_.row(thread.lexer_state)[byte_class];
    if (next != dead) threads.push_back({thread.row, next});
  }
  join_threads(threads);
  std::vector<Earley::Source> ended;
  for (const Thread & thread : threads) {
    if (lexer_.ended_set(thread.lexer_state) != 0) ended.push_back({thread.row, lexer_.ended_set(thread.lexer_state)});
  }
  const auto is_over = [this](const Thread & thread) { return !lexer_.info(thread.lexer_state).extendable; };
  threads.erase(std::remove_if(threads.begin(), threads.end(), is_over), threads.end());
  bool accepting = false;
  if (!ended.empty()) {
    const Earley::Reached reached = earley_.advance(ended);
    accepting = reached.accepting;
    if (reached.row->lexer_state != dead) {
      threads.push_back({reached.row, reached.row->lexer_state});
      join_threads(threads);
    }
  }
  const State target = threads.empty() && !accepting ? dead : intern(threads, accepting);
  row(state)[byte_class] = target;
  return target;
}

// Sorts by lexer state and leaves one thread for each.
void Parser::join_threads(std::vector<Thread> & threads) {
  if (threads.size() < 2) return;
  std::sort(threads.begin(), threads.end(), [](const Thread & x, const Thread & y) {
    return x.lexer_state != y.lexer_state ? x.lexer_state < y.lexer_state : x.row->number < y.row->number;
  });
  size_t kept = 0;
  std::vector<const Row *> rows;
  for (size_t i = 0; i < threads.size();) {
    const State lexer_state = threads[i].lexer_state;
    rows.clear();
    for (; i < threads.size() && threads[i].lexer_state == lexer_state; ++i) {
      if (rows.empty() || rows.back() != threads[i].row) rows.push_back(threads[i].row);
    }
    threads[kept++] = {rows.size() == 1 ? rows.front() : earley_.join(rows), lexer_state};
  }
  threads.resize(kept);
}

uint32_t Parser::chars_allowed(State state, CharKind kind) {
  uint32_t most = 0;
  for (const Thread & thread : threads_[state]) most = std::max(most, lexer_.chars_allowed(thread.lexer_state, kind));
  return most;
}

bool Parser::is_open(State state, uint8_t byte_class) {
  for (const Thread & thread : threads_[state]) {
    if (lexer_.row(thread.lexer_state)[byte_class] != dead) return true;
  }
  return false;
}

uint64_t Parser::hash_of(const std::vector<Thread> & threads, bool accepting) {
  uint64_t hash = accepting ? 3 : 5;
  for (const Thread & thread : threads) hash = mix(mix(hash, thread.row->number), thread.lexer_state);
  return hash;
}

// The threads must be joined.
State Parser::intern(const std::vector<Thread> & threads, bool accepting) {
  if (threads.size() > threads_max) {
    fail("CONSTRAINT_TOO_COMPLEX", "The grammar can be cut into lexemes in more than " + std::to_string(threads_max) +
                                       " ways at one position; make its lexemes less ambiguous.");
  }
  const uint64_t hash = hash_of(threads, accepting);
  const auto range = known_.equal_range(hash);
  for (auto it = range.first; it != range.second; ++it) {
    if (infos_[it->second].accepting == accepting && threads_[it->second] == threads) return it->second;
  }
  budget_.add_state();
  budget_.add_memory(sizeof(Info) + 96 + threads.size() * sizeof(Thread));
  State state;
  if (free_.empty()) {
    state = static_cast<State>(infos_.size());
    infos_.emplace_back();
    threads_.emplace_back();
  } else {
    state = free_.back();
    free_.pop_back();
  }
  infos_[state].accepting = accepting;
  infos_[state].extendable = !threads.empty();
  threads_[state] = threads;
  known_.emplace(hash, state);
  ++made_;
  return state;
}

void Parser::collect(const std::vector<State> & live) {
  std::vector<bool> keep(infos_.size(), false);
  keep[dead] = keep[unknown] = keep[start_] = true;
  for (State state : live) keep[state] = true;
  std::vector<bool> was_free(infos_.size(), false);
  for (State state : free_) was_free[state] = true;
  size_t kept = 0;
  for (State state = 2; state < infos_.size(); ++state) {
    if (was_free[state]) continue;
    // Tables of kept states are made again when needed: they may lead to dropped ones.
    free_row(state);
    if (keep[state]) {
      for (const Thread & thread : threads_[state]) earley_.mark(thread.row);
      ++kept;
      continue;
    }
    budget_.drop_memory(sizeof(Info) + 96 + threads_[state].size() * sizeof(Thread));
    budget_.drop_states(1);
    infos_[state] = Info{};
    threads_[state] = {};
    free_.push_back(state);
  }
  for (auto it = known_.begin(); it != known_.end();) it = keep[it->second] ? std::next(it) : known_.erase(it);
  earley_.collect();
  made_ = 0;
  collect_after_ = std::max(collect_after_min, 2 * kept);
}

}  // namespace espalier
