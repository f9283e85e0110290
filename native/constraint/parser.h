// The grammar's positions as an automaton over bytes. Decides all ways of cutting the bytes into lexemes at once: a
// state is the set of (row, lexer state) threads still alive, plus whether the text may end here. At one byte all
// lexemes that end lead to one new row, and threads in the same lexer state are joined, so there are never more
// threads than states of the lexer.
//
// States are dropped by `collect`; every state the owner still needs must be named to it.
#pragma once

#include <cstdint>
#include <vector>

#include "automaton.h"
#include "block_pool.h"
#include "earley.h"
#include "id_table.h"

namespace espalier {

class Parser : public Automaton {
 public:
  Parser(Grammar & grammar, Lexer & lexer, const ByteClasses & classes, Budget & budget);

  State compute(State state, uint8_t byte_class) override;
  uint32_t chars_allowed(State state, CharKind kind) override;
  uint32_t chars_most(State state, CharKind kind) override;
  State opened(State state) override;
  State settled(State state, ItemTexts & texts) override;

  /// Whether enough was made since the last `collect` for another one to pay.
  bool should_collect() const { return made_ > collect_after_; }
  /// Keeps `live` (and the start) and drops all other states with their rows. Throws before it changes anything.
  void collect(const std::vector<State> & live);
  /// The states of the lexer that what is left refers to.
  std::vector<bool> lexer_states() const;

 protected:
  bool is_open(State state, uint8_t byte_class) override;

 private:
  struct Thread {
    const Row * row;
    State lexer_state;
    bool operator==(const Thread & other) const { return row == other.row && lexer_state == other.lexer_state; }
  };

  void join_threads(std::vector<Thread> & threads);
  State intern(const std::vector<Thread> & threads, bool accepting);
  static uint64_t hash_of(const Thread * threads, size_t count, bool accepting);

  Lexer & lexer_;
  Earley earley_;
  // Dropped states' threads are squeezed out of the pool by `collect`.
  struct Span {
    const Thread * first;
    uint32_t count;
    const Thread * begin() const { return first; }
    const Thread * end() const { return first + count; }
  };
  BlockList<Span> spans_;  // of pool_, per state
  BlockPool<Thread> pool_;
  IdTable known_;
  // Of the step being made:
  std::vector<Thread> step_threads_;
  std::vector<Earley::Source> step_ended_;
  std::vector<const Row *> step_rows_;
  size_t made_ = 0;
  size_t collect_after_ = collect_after_min;
  static constexpr size_t collect_after_min = 16384;
};

}  // namespace espalier
