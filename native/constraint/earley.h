// Earley rows over lexemes. Decides which items hold after a lexeme has ended. Rows are immutable values: a row is made
// of what it was reached by and never of where in the text it stands, so equal rows are one row.
//
// Rows are found again by content and dropped by `collect` when no mark reaches them; the owner marks.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "grammar.h"

namespace espalier {

struct Row;

/// An alternative with the dot at `dot`, begun at row `start`.
struct Item {
  Dot dot;
  const Row * start;
  bool operator==(const Item & other) const { return dot == other.dot && start == other.start; }
};

struct Row {
  uint32_t number = 0;
  bool marked = false;
  /// The start rule is complete here.
  bool accepting = false;
  /// Lexemes allowed next, as a state of the lexer; `dead` if none.
  State lexer_state = Automaton::dead;
  uint64_t hash = 0;
  std::vector<Item> scans;                   // begun earlier, a lexeme follows; sorted
  std::vector<std::pair<Rule, Item>> waits;  // begun earlier, a rule follows; sorted
  const Prediction * prediction = nullptr;   // begun here
  /// Right recursion made flat: completing `rule` from here gives exactly `item` (dot at the alternative's end).
  /// item.start null: not so, look at the waits.
  mutable std::vector<std::pair<Rule, Item>> shortcuts;
  /// Row after the lexemes of an ended set; cleared of rows that die.
  mutable std::vector<std::pair<uint32_t, const Row *>> successors;
};

class Earley {
 public:
  struct Source {
    const Row * row;
    uint32_t ended_set;
    bool operator==(const Source & other) const { return row == other.row && ended_set == other.ended_set; }
  };

  Earley(Grammar & grammar, Lexer & lexer, Budget & budget);
  ~Earley();

  const Row * first() const { return first_; }
  /// The row after lexemes that end at one place, from one or more earlier rows.
  const Row * advance(const std::vector<Source> & sources);

  size_t row_count() const { return rows_.size(); }
  /// Marks the row and all it refers to.
  void mark(const Row * row);
  /// Drops unmarked rows and clears the marks.
  void collect();

 private:
  void add(Dot dot, const Row * start);
  void close();
  void complete(Rule rule, const Row * start);
  Item shortcut(Rule rule, const Row * start);
  Item sole_waiter(Rule rule, const Row * row) const;
  const Row * finish();
  State lexer_state_of(const Row & row) const;
  uint64_t hash_of(const Row & row) const;
  static size_t memory_of(const Row & row);

  Grammar & grammar_;
  Lexer & lexer_;
  Budget & budget_;
  const Row * first_ = nullptr;
  uint32_t next_number_ = 0;
  std::vector<std::unique_ptr<Row>> rows_;
  std::unordered_multimap<uint64_t, Row *> known_;
  // The row being made:
  std::vector<Item> items_;
  std::vector<uint32_t> item_table_;  // open addressing over items_, index + 1
  std::vector<Rule> predicted_;
  std::unique_ptr<Row> made_;
  std::vector<const Row *> marking_;
};

}  // namespace espalier
