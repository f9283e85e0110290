// Making rows. Decides scanning, completion and their closure; prediction is shared and lies in grammar.cc. Nothing here
// recurses: completions may be chained arbitrarily deep.
#include "earley.h"

#include <algorithm>

namespace espalier {

namespace {

bool before(const Item & x, const Item & y) {
  return x.dot != y.dot ? x.dot < y.dot : x.start->number < y.start->number;
}

}  // namespace

Earley::Earley(Grammar & grammar, Lexer & lexer, Budget & budget) : grammar_(grammar), lexer_(lexer), budget_(budget) {
  item_table_.assign(64, 0);
  made_ = std::make_unique<Row>();
  predicted_.push_back(grammar.start_rule());
  made_->accepting = grammar.is_nullable({Symbol::Kind::rule, grammar.start_rule()});
  first_ = finish();
}

Earley::~Earley() = default;

const Row * Earley::advance(const std::vector<Source> & sources) {
  const Source & only = sources.front();
  if (sources.size() == 1) {
    for (const auto & [ended_set, row] : only.row->successors) {
      if (ended_set == only.ended_set) return row;
    }
  }
  made_ = std::make_unique<Row>();
  items_.clear();
  predicted_.clear();
  std::fill(item_table_.begin(), item_table_.end(), 0);
  for (const Source & source : sources) {
    const std::vector<Lexeme> & ended = lexer_.ended(source.ended_set);
    const auto has_ended = [&](Dot dot) {
      return std::binary_search(ended.begin(), ended.end(), grammar_.symbol(dot).id);
    };
    budget_.spend(source.row->scans.size() + source.row->prediction->scans.size());
    for (const Item & item : source.row->scans) {
      if (has_ended(item.dot)) add(item.dot + 1, item.start);
    }
    for (Dot dot : source.row->prediction->scans) {
      if (has_ended(dot)) add(dot + 1, source.row);
    }
  }
  close();
  const Row * row = finish();
  if (sources.size() == 1) only.row->successors.emplace_back(only.ended_set, row);
  return row;
}

void Earley::add(Dot dot, const Row * start) {
  const auto place = [this](const Item & item) {
    return mix(mix(0x17E, item.dot), item.start->number) & (item_table_.size() - 1);
  };
  const Item item = {dot, start};
  size_t at = place(item);
  for (; item_table_[at] != 0; at = (at + 1) & (item_table_.size() - 1)) {
    if (items_[item_table_[at] - 1] == item) return;
  }
  budget_.spend(4);
  items_.push_back(item);
  item_table_[at] = static_cast<uint32_t>(items_.size());
  if (items_.size() * 2 <= item_table_.size()) return;
  item_table_.assign(item_table_.size() * 2, 0);
  for (size_t i = 0; i < items_.size(); ++i) {
    size_t fresh = place(items_[i]);
    while (item_table_[fresh] != 0) fresh = (fresh + 1) & (item_table_.size() - 1);
    item_table_[fresh] = static_cast<uint32_t>(i + 1);
  }
}

// Works off items_; those that wait for more stay in the row.
void Earley::close() {
  for (size_t i = 0; i < items_.size(); ++i) {
    const Item item = items_[i];
    const Symbol symbol = grammar_.symbol(item.dot);
    if (symbol.kind == Symbol::Kind::end) {
      complete(symbol.id, item.start);
      continue;
    }
    if (symbol.kind == Symbol::Kind::rule) {
      made_->waits.emplace_back(symbol.id, item);
      predicted_.push_back(symbol.id);
    } else {
      made_->scans.push_back(item);
    }
    if (grammar_.is_nullable(symbol)) add(item.dot + 1, item.start);
  }
}

void Earley::complete(Rule rule, const Row * start) {
  if (start == first_ && rule == grammar_.start_rule()) made_->accepting = true;
  const Item flat = shortcut(rule, start);
  if (flat.start != nullptr) {
    add(flat.dot, flat.start);
    return;
  }
  const auto by_rule = [](const auto & wait, Rule wanted) { return wait.first < wanted; };
  const auto & waits = start->waits;
  for (auto it = std::lower_bound(waits.begin(), waits.end(), rule, by_rule); it != waits.end() && it->first == rule;
       ++it) {
    add(it->second.dot + 1, it->second.start);
  }
  const auto & begun = start->prediction->waits;
  for (auto it = std::lower_bound(begun.begin(), begun.end(), rule, by_rule); it != begun.end() && it->first == rule;
       ++it) {
    add(it->second + 1, start);
  }
}

// The one item of `row` that waits for `rule`, moved over it, if there is one and that completes it.
Item Earley::sole_waiter(Rule rule, const Row * row) const {
  const auto by_rule = [](const auto & wait, Rule wanted) { return wait.first < wanted; };
  const auto earlier = std::lower_bound(row->waits.begin(), row->waits.end(), rule, by_rule);
  const auto & begun = row->prediction->waits;
  const auto here = std::lower_bound(begun.begin(), begun.end(), rule, by_rule);
  const auto matches = [rule](const auto & list, auto it) { return it != list.end() && it->first == rule; };
  const bool has_earlier = matches(row->waits, earlier);
  const bool has_here = matches(begun, here);
  if (has_earlier == has_here) return {0, nullptr};
  if (has_earlier && matches(row->waits, earlier + 1)) return {0, nullptr};
  if (has_here && matches(begun, here + 1)) return {0, nullptr};
  const Item moved = has_earlier ? Item{earlier->second.dot + 1, earlier->second.start} : Item{here->second + 1, row};
  return grammar_.symbol(moved.dot).kind == Symbol::Kind::end ? moved : Item{0, nullptr};
}

// Follows sole waiters up to the last of them and keeps the answer in every row passed. The completion of the start
// rule itself is never jumped over: nothing waits for it in the first row, or `complete` sees it there.
Item Earley::shortcut(Rule rule, const Row * start) {
  std::vector<std::pair<Rule, const Row *>> passed;
  Item top = {0, nullptr};
  for (;;) {
    const auto known = std::find_if(start->shortcuts.begin(), start->shortcuts.end(),
                                    [rule](const auto & entry) { return entry.first == rule; });
    if (known != start->shortcuts.end()) {
      if (known->second.start != nullptr) top = known->second;
      break;
    }
    const Item moved = sole_waiter(rule, start);
    budget_.spend(1);
    passed.emplace_back(rule, start);
    // A cycle of unit rules has no top; its items are then completed one by one.
    const bool is_cycle = passed.size() > 1 && rule == passed.front().first && start == passed.front().second;
    if (moved.start == nullptr || is_cycle) break;
    const bool completes_start = moved.start == first_ && grammar_.symbol(moved.dot).id == grammar_.start_rule();
    top = moved;
    if (completes_start) break;
    rule = grammar_.symbol(moved.dot).id;
    start = moved.start;
  }
  for (const auto & [passed_rule, row] : passed) {
    const Item own = sole_waiter(passed_rule, row);
    row->shortcuts.emplace_back(passed_rule, own.start == nullptr ? own : top);
  }
  return top;
}

const Row * Earley::finish() {
  Row & row = *made_;
  std::sort(predicted_.begin(), predicted_.end());
  predicted_.erase(std::unique(predicted_.begin(), predicted_.end()), predicted_.end());
  row.prediction = &grammar_.predict(predicted_);
  std::sort(row.scans.begin(), row.scans.end(), before);
  std::sort(row.waits.begin(), row.waits.end(), [](const auto & x, const auto & y) {
    return x.first != y.first ? x.first < y.first : before(x.second, y.second);
  });
  row.hash = hash_of(row);
  const auto range = known_.equal_range(row.hash);
  for (auto it = range.first; it != range.second; ++it) {
    const Row & known = *it->second;
    if (known.prediction == row.prediction && known.accepting == row.accepting && known.scans == row.scans &&
        known.waits == row.waits) {
      return it->second;
    }
  }
  row.lexer_state = lexer_state_of(row);
  budget_.add_memory(memory_of(row));
  row.number = next_number_++;
  rows_.push_back(std::move(made_));
  known_.emplace(rows_.back()->hash, rows_.back().get());
  return rows_.back().get();
}

uint64_t Earley::hash_of(const Row & row) const {
  uint64_t hash = mix(row.accepting ? 1 : 0, reinterpret_cast<uintptr_t>(row.prediction));
  for (const Item & item : row.scans) hash = mix(mix(hash, item.dot), item.start->number);
  for (const auto & [rule, item] : row.waits) hash = mix(mix(hash, item.dot), item.start->number);
  return hash;
}

State Earley::lexer_state_of(const Row & row) const {
  if (row.scans.empty()) return row.prediction->lexer_state;
  std::vector<Lexeme> lexemes = row.prediction->lexemes;
  for (const Item & item : row.scans) lexemes.push_back(grammar_.symbol(item.dot).id);
  std::sort(lexemes.begin(), lexemes.end());
  lexemes.erase(std::unique(lexemes.begin(), lexemes.end()), lexemes.end());
  return lexer_.state_of(lexemes);
}

size_t Earley::memory_of(const Row & row) {
  return sizeof(Row) + 64 + row.scans.size() * sizeof(Item) + row.waits.size() * sizeof(row.waits[0]);
}

void Earley::mark(const Row * wanted) {
  marking_.assign(1, wanted);
  while (!marking_.empty()) {
    Row * row = const_cast<Row *>(marking_.back());
    marking_.pop_back();
    if (row->marked) continue;
    row->marked = true;
    for (const Item & item : row->scans) marking_.push_back(item.start);
    for (const auto & wait : row->waits) marking_.push_back(wait.second.start);
    for (const auto & entry : row->shortcuts) {
      if (entry.second.start != nullptr) marking_.push_back(entry.second.start);
    }
  }
}

void Earley::collect() {
  mark(first_);
  for (auto & row : rows_) {
    if (!row->marked) continue;
    auto & successors = row->successors;
    successors.erase(std::remove_if(successors.begin(), successors.end(),
                                    [](const auto & entry) { return !entry.second->marked; }),
                     successors.end());
  }
  for (auto it = known_.begin(); it != known_.end();) it = it->second->marked ? std::next(it) : known_.erase(it);
  size_t kept = 0;
  for (auto & row : rows_) {
    if (!row->marked) {
      budget_.drop_memory(memory_of(*row));
      continue;
    }
    row->marked = false;
    std::swap(rows_[kept++], row);
  }
  rows_.resize(kept);
}

}  // namespace espalier
