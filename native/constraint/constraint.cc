// Compiling, and the upkeep of what a constraint remembers. Decides when states are dropped: at the start of an
// operation, never in the middle of one.
#include "constraint.h"

#include <algorithm>

namespace espalier {

const std::vector<uint32_t> * MaskCache::find(const Key & key) const {
  for (const Entry & entry : entries_) {
    if (entry.key == key) return &entry.words;
  }
  return nullptr;
}

void MaskCache::put(const Key & key, const uint32_t * words, size_t count) {
  if (entries_.size() < entries_max) {
    entries_.push_back({key, {words, words + count}});
    return;
  }
  Entry & entry = entries_[next_];
  next_ = (next_ + 1) % entries_max;
  entry.key = key;
  entry.words.assign(words, words + count);
}

Constraint::Constraint(std::shared_ptr<const TokenTrie> trie, const int32_t * words, size_t word_count,
                       std::string_view bytes, CompileLimits limits)
    : trie_(std::move(trie)), budget_(limits), ast_(budget_), derivatives_(ast_), lexer_(derivatives_, budget_) {
  ReadConstraint read = read_ir(ast_, words, word_count, bytes);
  derivatives_.freeze_classes();
  lexer_.set_lexemes(std::move(read.lexemes));
  const auto refuse_empty = [] {
    fail("CONSTRAINT_EMPTY", "The constraint allows no value at all, not even the empty one.");
  };
  if (read.grammar.has_value()) {
    grammar_.emplace(*read.grammar, derivatives_, lexer_, budget_);
    if (!grammar_->has_language()) refuse_empty();
    parser_.emplace(*grammar_, lexer_, derivatives_.classes(), budget_);
    automaton_ = &*parser_;
  } else {
    const RegexNode whole = lexer_.expression(0);
    if (derivatives_.is_empty(whole)) refuse_empty();
    lexer_.set_start(lexer_.state_of_whole(0));
    automaton_ = &lexer_;
  }
  slice_proof_.emplace(*automaton_);
}

std::shared_ptr<const SuffixUse> Constraint::suffix_of(std::string_view literal) {
  constexpr size_t suffixes_max = 8;
  const std::string_view bytes = literal.substr(0, SuffixUse::bytes_max);
  for (const auto & known : suffixes_) {
    if (known->bytes == bytes) return known;
  }
  if (suffixes_.size() == suffixes_max) suffixes_.erase(suffixes_.begin());
  suffixes_.push_back(std::make_shared<const SuffixUse>(bytes));
  return suffixes_.back();
}

void Constraint::link(StateHolder & holder) {
  holder.next = holders_;
  holder.previous = nullptr;
  if (holders_ != nullptr) holders_->previous = &holder;
  holders_ = &holder;
}

void Constraint::unlink(StateHolder & holder) {
  if (holder.previous != nullptr) holder.previous->next = holder.next;
  if (holder.next != nullptr) holder.next->previous = holder.previous;
  if (holders_ == &holder) holders_ = holder.next;
}

void Constraint::begin() {
  budget_.refill();
  if (!parser_.has_value() || !parser_->should_collect()) return;
  std::vector<State> live;
  for (StateHolder * holder = holders_; holder != nullptr; holder = holder->next) holder->add_states(live);
  masks.clear();
  parser_->collect(live);
}

CompileLimits default_limits() { return {200'000, 2'000'000}; }

std::shared_ptr<Constraint> compile_constraint(std::shared_ptr<const TokenTrie> trie, const int32_t * words,
                                               size_t word_count, const uint8_t * bytes, size_t byte_count,
                                               CompileLimits limits) {
  const std::string_view text(reinterpret_cast<const char *>(bytes), byte_count);
  return std::make_shared<Constraint>(std::move(trie), words, word_count, text, limits);
}

}  // namespace espalier
