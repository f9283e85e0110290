// Making rows. Decides scanning, completion and their closure; prediction is shared and lies in grammar.cc. Nothing
// here recurses: completions may be chained arbitrarily deep.
#include "earley.h"

#include <algorithm>
#include <unordered_set>

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
size_t memory_of(const Origin & origin) {
  return sizeof(Origin) + 64 + origin.waits.size() * sizeof(Wait) + origin.completion_bytes;
}

// The table over what is in the list; it has the room.
template <typename List>
void fill(IdTable & known, const List & list) {
  known.clear_entries();
  for (size_t i = 0; i < list.size(); ++i) known.add(list[i]->hash, static_cast<uint32_t>(i));
}

template <typename Value>
void sort_unique(std::vector<Value> & values, bool (*less)(const Value &, const Value &)) {
  std::sort(values.begin(), values.end(), less);
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

}  // namespace

Earley::Earley(Grammar & grammar, Lexer & lexer, Budget & budget) : grammar_(grammar), lexer_(lexer), budget_(budget) {
  root_ = find_origin({});
  begin();
  add(grammar.start_dot(), root_);
  close();
  first_ = {finish(), accepting_};
}

Earley::~Earley() = default;

void Earley::begin() {
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
    for (const Wait & wait : row->origin->waits) waits_.add(wait);
  }
  return finish();
}

void Earley::add(Dot dot, const Origin * start) {
  if (items_.add({0, {dot, start}})) budget_.spend(4);
}

// Works off items_; those that wait for more stay in the row.
void Earley::close() {
  for (size_t i = 0; i < items_.size(); ++i) {
    const Item item = items_[i].second;
    const Symbol symbol = grammar_.worked_out(item.dot);
    if (symbol.kind == Symbol::Kind::end) {
      if (symbol.id == grammar_.whole_rule()) {
        accepting_ = true;
      } else {
        const std::vector<Item> & all = completions(symbol.id, item.start);
        budget_.spend(all.size() / 8);
        for (const Item & next : all) add(next.dot, next.start);
      }
      continue;
    }
    if (symbol.kind == Symbol::Kind::rule) {
      wait_for(symbol.id, {item.dot + 1, item.start});
    } else {
      scans_.push_back(item);
    }
    if (grammar_.is_nullable(symbol)) add(item.dot + 1, item.start);
  }
}

// `item` goes on when `rule` is complete.
void Earley::wait_for(Rule rule, Item item) {
  const Symbol symbol = grammar_.symbol(item.dot);
  if (symbol.kind != Symbol::Kind::end || symbol.id == grammar_.whole_rule()) {
    waits_.add({rule, item});
    return;
  }
  const std::vector<Item> & all = completions(symbol.id, item.start);
  budget_.spend(1 + all.size() / 8);
  for (const Item & next : all) waits_.add({rule, next});
}

const std::vector<Item> & Earley::completions(Rule wanted, const Origin * origin) {
  const auto known = origin->completions.find(wanted);
  if (known != origin->completions.end()) return known->second;
  std::vector<Item> found;
  std::vector<Rule> rules = {wanted};  // also those that are complete here with `wanted`
  std::unordered_set<Rule> seen = {wanted};
  for (size_t i = 0; i < rules.size(); ++i) {
    const Rule rule = rules[i];
    const auto & waits = origin->waits;
    for (auto it = std::lower_bound(waits.begin(), waits.end(), rule, by_rule); it != waits.end() && it->first == rule;
         ++it) {
      found.push_back(it->second);
    }
    const auto & begun = origin->prediction->waits;
    for (auto it = std::lower_bound(begun.begin(), begun.end(), rule, by_rule); it != begun.end() && it->first == rule;
         ++it) {
      const Item next = {it->second + 1, origin};
      const Symbol symbol = grammar_.symbol(next.dot);
      if (symbol.kind != Symbol::Kind::end) {
        found.push_back(next);
      } else if (seen.insert(symbol.id).second) {
        rules.push_back(symbol.id);
      }
    }
    budget_.spend(2);
  }
  sort_unique(found, before);
  budget_.spend(found.size());
  const size_t bytes = 64 + found.size() * sizeof(Item);
  const std::vector<Item> & kept = origin->completions.emplace(wanted, std::move(found)).first->second;
  origin->completion_bytes += bytes;
  budget_.add_memory(bytes);
  return kept;
}

// `waits` sorted.
const Origin * Earley::find_origin(const std::vector<Wait> & waits) {
  uint64_t hash = 0x0419;
  for (const Wait & wait : waits) hash = mix(mix(mix(hash, wait.first), wait.second.dot), wait.second.start->number);
  const uint32_t known = known_origins_.find(hash, [&](uint32_t index) { return origins_[index]->waits == waits; });
  if (known != IdTable::absent) return origins_[known].get();
  std::vector<Rule> predicted;
  for (const Wait & wait : waits) {
    if (predicted.empty() || predicted.back() != wait.first) predicted.push_back(wait.first);
  }
  auto origin = std::make_unique<Origin>();
  origin->waits = waits;
  origin->prediction = &grammar_.predict(predicted);
  origin->hash = hash;
  make_room(origins_, 1);
  known_origins_.make_room();
  budget_.add_memory(memory_of(*origin));
  origin->number = next_number_++;
  known_origins_.add(hash, static_cast<uint32_t>(origins_.size()));
  return origins_.emplace_back(std::move(origin)).get();
}

const Row * Earley::finish() {
  sort_unique(scans_, before);
  std::vector<Wait> waits = waits_.all();
  std::sort(waits.begin(), waits.end(), wait_before);
  const Origin * origin = find_origin(waits);
  uint64_t hash = mix(0x4085, origin->number);
  for (const Item & item : scans_) hash = mix(mix(hash, item.dot), item.start->number);
  const uint32_t known = known_rows_.find(
      hash, [&](uint32_t index) { return rows_[index]->origin == origin && rows_[index]->scans == scans_; });
  if (known != IdTable::absent) return rows_[known].get();
  auto row = std::make_unique<Row>();
  row->scans = scans_;
  row->origin = origin;
  row->hash = hash;
  row->lexer_state = lexer_state_of(*row);
  make_room(rows_, 1);
  known_rows_.make_room();
  budget_.add_memory(memory_of(*row));
  row->number = next_number_++;
  known_rows_.add(hash, static_cast<uint32_t>(rows_.size()));
  return rows_.emplace_back(std::move(row)).get();
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
    // Completions lead only to the origin itself and where its waits lead.
    for (const Wait & wait : origin->waits) marking_.push_back(wait.second.start);
  }
}

void Earley::clear_marks() {
  for (auto & row : rows_) row->marked = false;
  for (auto & origin : origins_) origin->marked = false;
}

void Earley::collect(const std::vector<const Row *> & live) {
  try {
    mark(first_.row);
    for (const Row * row : live) mark(row);
    known_rows_.reset(rows_.size());
    known_origins_.reset(origins_.size());
    grammar_.make_ready();
  } catch (...) {
    clear_marks();
    fill(known_rows_, rows_);
    fill(known_origins_, origins_);
    throw;
  }
  const_cast<Origin *>(root_)->marked = true;
  successors_.clear();
  const auto sweep = [this](auto & all, auto & known) {
    size_t kept = 0;
    for (auto & one : all) {
      if (!one->marked) {
        budget_.drop_memory(memory_of(*one));
        continue;
      }
      std::swap(all[kept++], one);
    }
    all.resize(kept);
    fill(known, all);
  };
  sweep(rows_, known_rows_);
  sweep(origins_, known_origins_);
  clear_marks();
  mark_grammar();
  grammar_.collect();
}

void Earley::mark_grammar() {
  for (const auto & row : rows_) {
    for (const Item & item : row->scans) grammar_.mark_dot(item.dot);
  }
  for (const auto & origin : origins_) {
    const_cast<Prediction *>(origin->prediction)->marked = true;
    for (const auto & [rule, item] : origin->waits) grammar_.mark_both(rule, item.dot);
    for (const auto & [rule, items] : origin->completions) {
      grammar_.mark_rule(rule);
      for (const Item & item : items) grammar_.mark_dot(item.dot);
    }
  }
}

void Earley::add_lexer_states(std::vector<bool> & states) const {
  for (const auto & row : rows_) states[row->lexer_state] = true;
  grammar_.add_lexer_states(states);
}

}  // namespace espalier
