// Earley rows over lexemes. Decides which items hold after a lexeme has ended. Rows are immutable values made of what
// they were reached by, never of where in the text they stand, so equal rows are one row.
//
// What an item needs to know of the place it began at is only who waits there for its rule. That part of a row is its
// origin, kept apart, since many rows share one:
//
//   row      items before a lexeme, begun earlier        (what the next lexeme moves)
//   origin   what goes on when a rule begun here is complete
//            + everything predicted here                 (shared, see grammar.h)
//
// A rule that stands last in an alternative leaves nothing to do there when it is complete, so what waits for it is
// what waits for the whole alternative (as with a tail call). Right-recursive lists thereby stay as small as loops.
//
// Rows and origins are found again by content and dropped by `collect` when no mark reaches them; the owner marks.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "grammar.h"
#include "id_table.h"
#include "wait_set.h"

namespace espalier {

struct Origin {
  uint32_t number = 0;
  bool marked = false;
  uint64_t hash = 0;
  std::vector<Wait> waits;  // sorted
  const Prediction * prediction = nullptr;
  /// Per rule, once asked: the items that go on when it is complete.
  mutable std::unordered_map<Rule, std::vector<Item>> completions;
  mutable size_t completion_bytes = 0;
};

struct Row {
  uint32_t number = 0;
  bool marked = false;
  /// Lexemes allowed next, as a state of the lexer; `dead` if none.
  State lexer_state = Automaton::dead;
  uint64_t hash = 0;
  std::vector<Item> scans;  // sorted
  const Origin * origin = nullptr;
};

class Earley {
 public:
  struct Source {
    const Row * row;
    uint32_t ended_set;
    bool operator==(const Source & other) const { return row == other.row && ended_set == other.ended_set; }
  };
  struct Reached {
    const Row * row;
    /// The whole grammar is complete here.
    bool accepting;
  };

  Earley(Grammar & grammar, Lexer & lexer, Budget & budget);
  ~Earley();

  Reached first() const { return first_; }
  /// Where lexemes lead that end at one place, from one or more earlier rows.
  Reached advance(const std::vector<Source> & sources);
  /// A row that goes on like any of the rows. They must be in the same state of the lexer: what follows is then the
  /// same whichever of them a lexeme began at, so their threads are one.
  const Row * join(const std::vector<const Row *> & rows);

  /// Drops the rows that none of `live` is or refers to. Throws before it changes anything.
  void collect(const std::vector<const Row *> & live);
  /// Names the states of the lexer that rows and predictions refer to.
  void add_lexer_states(std::vector<bool> & states) const;

 private:
  void mark(const Row * row);
  void clear_marks();
  void mark_grammar();
  void add(Dot dot, const Origin * start);
  void close();
  const std::vector<Item> & completions(Rule rule, const Origin * origin);
  void wait_for(Rule rule, Item item);
  void begin();
  const Row * finish();
  const Origin * find_origin(const std::vector<Wait> & waits);
  State lexer_state_of(const Row & row) const;

  Grammar & grammar_;
  Lexer & lexer_;
  Budget & budget_;
  const Origin * root_ = nullptr;  // where the grammar as a whole begins; nobody waits there
  Reached first_ = {nullptr, false};
  uint32_t next_number_ = 0;
  std::vector<std::unique_ptr<Row>> rows_;
  std::vector<std::unique_ptr<Origin>> origins_;
  // Over the two lists above, by index.
  IdTable known_rows_;
  IdTable known_origins_;
  // By row and ended set; forgotten by `collect`.
  std::unordered_map<uint64_t, Reached> successors_;
  // The row being made:
  WaitSet items_;
  std::vector<Item> scans_;
  WaitSet waits_;
  bool accepting_ = false;
  std::vector<const Origin *> marking_;
};

}  // namespace espalier
