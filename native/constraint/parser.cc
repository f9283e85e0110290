// Stepping all threads by one byte, and dropping states nobody stands on. Decides when rows are made: only where a
// lexeme ends.
#include "parser.h"

#include <algorithm>

namespace espalier {

namespace {
constexpr size_t threads_max = 4096;

// Of one state, its share of the tables included.
size_t memory_of(size_t threads) { return sizeof(Automaton::Info) + 48 + threads * 16; }
}  // namespace

Parser::Parser(Grammar & grammar, Lexer & lexer, const ByteClasses & classes, Budget & budget)
    : Automaton(classes, budget), lexer_(lexer), earley_(grammar, lexer, budget) {
  while (spans_.size() < infos_.size()) spans_.push_back({nullptr, 0});
  std::vector<Thread> threads;
  const Earley::Reached first = earley_.first();
  if (first.row->lexer_state != dead) threads.push_back({first.row, first.row->lexer_state});
  start_ = intern(threads, first.accepting);
}

State Parser::compute(State state, uint8_t byte_class) {
  std::vector<Thread> & threads = step_threads_;
  threads.clear();
  const Span span = spans_[state];
  budget_.spend(1 + span.count);
  for (const Thread & thread : span) {
    const State next = lexer_.row(thread.lexer_state)[byte_class];
    if (next != dead) threads.push_back({thread.row, next});
  }
  join_threads(threads);
  step_ended_.clear();
  size_t kept = 0;
  for (const Thread & thread : threads) {
    const uint32_t ended_set = lexer_.ended_set(thread.lexer_state);
    if (ended_set != 0) step_ended_.push_back({thread.row, ended_set});
    if (lexer_.info(thread.lexer_state).extendable) threads[kept++] = thread;
  }
  threads.resize(kept);
  bool accepting = false;
  if (!step_ended_.empty()) {
    const Earley::Reached reached = earley_.advance(step_ended_);
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
  for (size_t i = 0; i < threads.size();) {
    const State lexer_state = threads[i].lexer_state;
    step_rows_.clear();
    for (; i < threads.size() && threads[i].lexer_state == lexer_state; ++i) {
      if (step_rows_.empty() || step_rows_.back() != threads[i].row) step_rows_.push_back(threads[i].row);
    }
    threads[kept++] = {step_rows_.size() == 1 ? step_rows_.front() : earley_.join(step_rows_), lexer_state};
  }
  threads.resize(kept);
}

State Parser::opened(State state) {
  if (state == dead) return state;
  const Span span = spans_[state];
  std::vector<Thread> threads(span.begin(), span.end());
  bool is_same = true;
  for (Thread & thread : threads) {
    const State lexer_state = lexer_.opened(thread.lexer_state);
    is_same = is_same && lexer_state == thread.lexer_state;
    thread.lexer_state = lexer_state;
  }
  if (is_same) return state;
  join_threads(threads);
  return intern(threads, infos_[state].accepting);
}

State Parser::settled(State state, ItemTexts & texts) {
  std::vector<Thread> threads;
  const Span span = spans_[state];
  for (const Thread & thread : span) {
    const State next = lexer_.settled(thread.lexer_state, texts);
    if (next != dead) threads.push_back({thread.row, next});
  }
  join_threads(threads);
  const bool accepting = infos_[state].accepting;
  return threads.empty() && !accepting ? dead : intern(threads, accepting);
}

uint32_t Parser::chars_allowed(State state, CharKind kind) {
  uint32_t most = 0;
  const Span span = spans_[state];
  for (const Thread & thread : span) most = std::max(most, lexer_.chars_allowed(thread.lexer_state, kind));
  return most;
}

uint32_t Parser::chars_most(State state, CharKind kind) {
  uint32_t most = 0;
  const Span span = spans_[state];
  for (const Thread & thread : span) most = std::max(most, lexer_.chars_most(thread.lexer_state, kind));
  return most;
}

bool Parser::is_open(State state, uint8_t byte_class) {
  const Span span = spans_[state];
  for (const Thread & thread : span) {
    if (lexer_.row(thread.lexer_state)[byte_class] != dead) return true;
  }
  return false;
}

uint64_t Parser::hash_of(const Thread * threads, size_t count, bool accepting) {
  uint64_t hash = accepting ? 3 : 5;
  for (size_t i = 0; i < count; ++i) hash = mix(mix(hash, threads[i].row->number), threads[i].lexer_state);
  return hash;
}

// The threads must be joined.
State Parser::intern(const std::vector<Thread> & threads, bool accepting) {
  if (threads.size() > threads_max) {
    fail("CONSTRAINT_TOO_COMPLEX", "The grammar can be cut into lexemes in more than " + std::to_string(threads_max) +
                                       " ways at one position; make its lexemes less ambiguous.");
  }
  const uint64_t hash = hash_of(threads.data(), threads.size(), accepting);
  const State known = known_.find(hash, [&](State state) {
    const Span span = spans_[state];
    return infos_[state].accepting == accepting && span.count == threads.size() &&
           std::equal(threads.begin(), threads.end(), span.begin());
  });
  if (known != IdTable::absent) return known;
  budget_.add_state();
  infos_.make_room();
  spans_.make_room();
  known_.make_room();
  budget_.add_memory(memory_of(threads.size()));
  Thread * const own = pool_.take(threads.size());
  const State state = new_state();
  if (state == spans_.size()) spans_.push_back({nullptr, 0});
  infos_[state].accepting = accepting;
  infos_[state].extendable = !threads.empty();
  for (const Thread & thread : threads) infos_[state].marks |= lexer_.info(thread.lexer_state).marks;
  std::copy(threads.begin(), threads.end(), own);
  spans_[state] = {own, static_cast<uint32_t>(threads.size())};
  known_.add(hash, state);
  ++made_;
  return state;
}

void Parser::collect(const std::vector<State> & live) {
  std::vector<bool> keep(infos_.size(), false);
  keep[dead] = keep[unknown] = keep[start_] = true;
  for (State state : live) keep[state] = true;
  const std::vector<bool> is_free = ready_to_drop();
  std::vector<const Row *> rows;
  size_t kept = 0;
  for (State state = 2; state < infos_.size(); ++state) {
    if (!keep[state]) continue;
    ++kept;
    const Span span = spans_[state];
    for (const Thread & thread : span) rows.push_back(thread.row);
  }
  BlockPool<Thread> pool;
  Thread * next = pool.take(rows.size());
  IdTable known;
  known.reset(kept);
  earley_.collect(rows);
  drop_states(keep, is_free, [this](State state) {
    budget_.drop_memory(memory_of(spans_[state].count));
    spans_[state] = {nullptr, 0};
  });
  for (State state = 2; state < infos_.size(); ++state) {
    if (!keep[state]) continue;
    const Span span = spans_[state];
    spans_[state].first = next;
    next = std::copy(span.begin(), span.end(), next);
    known.add(hash_of(spans_[state].first, span.count, infos_[state].accepting), state);
  }
  pool_ = std::move(pool);
  known_ = std::move(known);
  made_ = 0;
  collect_after_ = std::max(collect_after_min, 2 * kept);
}

std::vector<bool> Parser::lexer_states() const {
  std::vector<bool> states(lexer_.size(), false);
  for (State state = 2; state < spans_.size(); ++state) {
    const Span span = spans_[state];
    for (const Thread & thread : span) states[thread.lexer_state] = true;
  }
  earley_.add_lexer_states(states);
  return states;
}

}  // namespace espalier
