// Making rows. Decides scanning, completion and their closure; prediction is shared and lies in grammar.cc. Nothing here
// recurses: completions may be chained arbitrarily deep.
#include "earley.h"

#include <algorithm>

namespace espalier {

namespace {

bool before(const Item & x, const Item & y) {
  return x.dot != y.dot ? x.dot < y.dot : x.start->number < y.start->number;
}

bool wait_before(const Wait & x, const Wait & y) {
  return x.first != y.first ? x.first < y.first : before(x.second, y.second);
}

constexpr auto by_rule = [](const auto & wait, Rule wanted) { return wait.first < wanted; };

size_t memory_of(const Row & row) { return sizeof(Row) + 64 + row.scans.size() * sizeof(Item); }
size_t memory_of(const Origin & origin) { return sizeof(Origin) + 64 + origin.waits.size() * sizeof(Wait); }

template <typename Value>
void sort_unique(std::vector<Value> & values, bool (*less)(const Value &, const Value &)) {
  std::sort(values.begin(), values.end(), less);
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

}  // namespace

Earley::Earley(Grammar & grammar, Lexer & lexer, Budget & budget) : grammar_(grammar), lexer_(lexer), budget_(budget) {
  item_table_.assign(64, 0);
  root_ = find_origin();
  begin();
  add(grammar.start_dot(), root_);
  close();
  first_ = {finish(), accepting_};
}

Earley::~Earley() = default;

void Earley::begin() {
  std::fill(item_table_.begin(), item_table_.end(), 0);
  items_.clear();
  scans_.clear();
  waits_.clear();
  accepting_ = false;
}

Earley::Reached Earley::advance(const std::vector<Source> & sources) {
  const Source & only = sources.front();
  const uint64_t key = uint64_t{only.row->number} << 32 | only.ended_set;
  if (sources.size() == 1) {
    const auto known = successors_.find(key);
    if (known != successors_.end()) return known->second;
  }
  begin();
  for (const Source & source : sources) {
    const std::vector<Lexeme> & ended = lexer_.ended(source.ended_set);
    const auto has_ended = [&](Dot dot) {
      return std::binary_search(ended.begin(), ended.end(), grammar_.symbol(dot).id);
    };
    const Origin * origin = source.row->origin;
    budget_.spend(source.row->scans.size() + origin->prediction->scans.size());
    for (const Item & item : source.row->scans) {
      if (has_ended(item.dot)) add(item.dot + 1, item.start);
    }
    for (Dot dot : origin->prediction->scans) {
      if (has_ended(dot)) add(dot + 1, origin);
    }
  }
  close();
  const bool accepting = accepting_;
  const Reached reached = {finish(), accepting};
  if (sources.size() == 1) successors_.emplace(key, reached);
  return reached;
}

const Row * Earley::join(const std::vector<const Row *> & rows) {
  begin();
  for (const Row * row : rows) {
    budget_.spend(row->scans.size() + row->origin->waits.size());
    scans_.insert(scans_.end(), row->scans.begin(), row->scans.end());
    waits_.insert(waits_.end(), row->origin->waits.begin(), row->origin->waits.end());
  }
  return finish();
}

void Earley::add(Dot dot, const Origin * start) {
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
      waits_.emplace_back(symbol.id, item);
    } else {
      scans_.push_back(item);
    }
    if (grammar_.is_nullable(symbol)) add(item.dot + 1, item.start);
  }
}

void Earley::complete(Rule rule, const Origin * start) {
  if (rule == grammar_.whole_rule()) {
    accepting_ = true;
    return;
  }
  const Item flat = shortcut(rule, start);
  if (flat.start != nullptr) {
    add(flat.dot, flat.start);
    return;
  }
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

// The one item that waits at `origin` for `rule`, moved over it, if there is one and that completes it.
Item Earley::sole_waiter(Rule rule, const Origin * origin) const {
  const auto earlier = std::lower_bound(origin->waits.begin(), origin->waits.end(), rule, by_rule);
  const auto & begun = origin->prediction->waits;
  const auto here = std::lower_bound(begun.begin(), begun.end(), rule, by_rule);
  const auto matches = [rule](const auto & list, auto it) { return it != list.end() && it->first == rule; };
  const bool has_earlier = matches(origin->waits, earlier);
  const bool has_here = matches(begun, here);
  if (has_earlier == has_here) return {0, nullptr};
  if (has_earlier && matches(origin->waits, earlier + 1)) return {0, nullptr};
  if (has_here && matches(begun, here + 1)) return {0, nullptr};
  const Item moved =
      has_earlier ? Item{earlier->second.dot + 1, earlier->second.start} : Item{here->second + 1, origin};
  return grammar_.symbol(moved.dot).kind == Symbol::Kind::end ? moved : Item{0, nullptr};
}

// Follows sole waiters up to the last of them and keeps the answer at every origin passed. There is no cycle: what is
// predicted at all is also waited for from outside of any cycle of unit rules, so one of its rules has two waiters.
Item Earley::shortcut(Rule rule, const Origin * start) {
  std::vector<std::pair<Rule, const Origin *>> passed;
  Item top = {0, nullptr};
  for (;;) {
    const auto known = start->shortcuts.find(rule);
    if (known != start->shortcuts.end()) {
      if (known->second.start != nullptr) top = known->second;
      break;
    }
    const Item moved = sole_waiter(rule, start);
    budget_.spend(2);
    if (moved.start == nullptr) {
      start->shortcuts.emplace(rule, moved);
      break;
    }
    passed.emplace_back(rule, start);
    top = moved;
    rule = grammar_.symbol(moved.dot).id;
    start = moved.start;
  }
  for (const auto & [passed_rule, origin] : passed) origin->shortcuts.emplace(passed_rule, top);
  return top;
}

const Origin * Earley::find_origin() {
  uint64_t hash = 0x0419;
  for (const Wait & wait : waits_) hash = mix(mix(hash, wait.second.dot), wait.second.start->number);
  const auto range = known_origins_.equal_range(hash);
  for (auto it = range.first; it != range.second; ++it) {
    if (it->second->waits == waits_) return it->second;
  }
  std::vector<Rule> predicted;
  for (const Wait & wait : waits_) {
    if (predicted.empty() || predicted.back() != wait.first) predicted.push_back(wait.first);
  }
  auto origin = std::make_unique<Origin>();
  origin->waits = waits_;
  origin->prediction = &grammar_.predict(predicted);
  origin->hash = hash;
  budget_.add_memory(memory_of(*origin));
  origin->number = next_number_++;
  origins_.push_back(std::move(origin));
  known_origins_.emplace(hash, origins_.back().get());
  return origins_.back().get();
}

const Row * Earley::finish() {
  sort_unique(scans_, before);
  sort_unique(waits_, wait_before);
  const Origin * origin = find_origin();
  uint64_t hash = mix(0x4085, origin->number);
  for (const Item & item : scans_) hash = mix(mix(hash, item.dot), item.start->number);
  const auto range = known_rows_.equal_range(hash);
  for (auto it = range.first; it != range.second; ++it) {
    if (it->second->origin == origin && it->second->scans == scans_) return it->second;
  }
  auto row = std::make_unique<Row>();
  row->scans = scans_;
  row->origin = origin;
  row->hash = hash;
  row->lexer_state = lexer_state_of(*row);
  budget_.add_memory(memory_of(*row));
  row->number = next_number_++;
  rows_.push_back(std::move(row));
  known_rows_.emplace(hash, rows_.back().get());
  return rows_.back().get();
}

State Earley::lexer_state_of(const Row & row) const {
  if (row.scans.empty()) return row.origin->prediction->lexer_state;
  std::vector<Lexeme> lexemes = row.origin->prediction->lexemes;
  for (const Item & item : row.scans) lexemes.push_back(grammar_.symbol(item.dot).id);
  std::sort(lexemes.begin(), lexemes.end());
  lexemes.erase(std::unique(lexemes.begin(), lexemes.end()), lexemes.end());
  return lexer_.state_of(lexemes);
}

void Earley::mark(const Row * wanted) {
  if (wanted->marked) return;
  const_cast<Row *>(wanted)->marked = true;
  marking_.assign(1, wanted->origin);
  for (const Item & item : wanted->scans) marking_.push_back(item.start);
  while (!marking_.empty()) {
    Origin * origin = const_cast<Origin *>(marking_.back());
    marking_.pop_back();
    if (origin->marked) continue;
    origin->marked = true;
    // Shortcuts lead only where waits lead in the end.
    for (const Wait & wait : origin->waits) marking_.push_back(wait.second.start);
  }
}

void Earley::collect() {
  mark(first_.row);
  const_cast<Origin *>(root_)->marked = true;
  successors_.clear();
  const auto sweep = [this](auto & all, auto & known) {
    for (auto it = known.begin(); it != known.end();) it = it->second->marked ? std::next(it) : known.erase(it);
    size_t kept = 0;
    for (auto & one : all) {
      if (!one->marked) {
        budget_.drop_memory(memory_of(*one));
        continue;
      }
      one->marked = false;
      std::swap(all[kept++], one);
    }
    all.resize(kept);
  };
  sweep(rows_, known_rows_);
  sweep(origins_, known_origins_);
}

}  // namespace espalier
