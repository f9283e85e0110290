// Compiling, and the upkeep of what a constraint remembers. Decides when states are dropped: at the start of an
// operation, never in the middle of one.
#include "constraint.h"

#include <algorithm>

#include "walk.h"

namespace espalier {

namespace {

// Bytes that may be learnt before what nobody stands on is dropped: less for a constraint that is to have few states.
size_t growth_of(const CompileLimits & limits) {
  constexpr int64_t bytes_max = int64_t{16} << 20;
  constexpr int64_t bytes_of_state = 80;
  const int64_t states = std::min(limits.states_max, bytes_max / bytes_of_state);
  return static_cast<size_t>(states * bytes_of_state);
}

}  // namespace

const MaskCache::Entry * MaskCache::find(const Key & key) const {
  for (const Entry & entry : entries_) {
    if (entry.key == key) return &entry;
  }
  return nullptr;
}

void MaskCache::put(const Key & key, const uint32_t * words, size_t count, const std::vector<int32_t> & doubtful) {
  if (entries_.size() < entries_max) {
    entries_.push_back({key, {words, words + count}, doubtful});
    return;
  }
  Entry & entry = entries_[next_];
  next_ = (next_ + 1) % entries_max;
  entry.key = key;
  entry.words.assign(words, words + count);
  entry.doubtful = doubtful;
}

Constraint::Constraint(std::shared_ptr<const TokenTrie> trie, const int32_t * words, size_t word_count,
                       std::string_view bytes, CompileLimits limits)
    : trie_(std::move(trie)), growth_max_(growth_of(limits)), budget_(limits), ast_(budget_), derivatives_(ast_),
      lexer_(derivatives_, budget_, trie_->longest()) {
  ReadConstraint read = read_ir(ast_, words, word_count, bytes);
  derivatives_.freeze_classes();
  derivatives_.count_values();
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
  lexer_.keep_all();
  // What is tried is dropped as all that is learnt later.
  collect_above_ = budget_.held() + growth_max_;
  try_out();
  starts_accepting_ = automaton_->info(automaton_->start()).accepting;
  starts_extendable_ = automaton_->info(automaton_->start()).extendable;
  bytes_ = budget_.held();
}

// What would be refused while a text grows is refused now, as far as a few masks tell: those within texts of the
// expressions whose rows are found to cost much. All of them together take about what one call may.
void Constraint::try_out() {
  constexpr int rows_looked_at = 4;
  constexpr int64_t usual_steps_of_row = 400;
  budget_.refill(1);
  int64_t left = budget_.fuel();
  for (Lexeme lexeme = 0; lexeme < lexer_.lexeme_count() && left > 0; ++lexeme) {
    if (!ast_.node(lexer_.expression(lexeme)).opaque) continue;
    budget_.refill(1);
    const State start = lexer_.state_of({lexeme});
    const int64_t before = budget_.fuel();
    follow_some(start, rows_looked_at);
    const int64_t spent = before - budget_.fuel();
    left -= spent;
    if (spent > rows_looked_at * usual_steps_of_row) left -= try_masks(start, left);
  }
}

// Within a text that one may write: at its beginning, and after a word and some. Returns the steps taken; begins none
// once they are more than `most`.
int64_t Constraint::try_masks(State start, int64_t most) {
  SliceProof proof(lexer_);
  int64_t spent = 0;
  for (int length : {1, 8, 24}) {
    if (spent > most) break;
    budget_.refill(1);
    const int64_t before = budget_.fuel();
    const State at = follow_some(start, length);
    if (at == Automaton::dead) break;
    walk_lexer(lexer_, proof, *trie_, lexer_.opened(at));
    spent += before - budget_.fuel();
  }
  return spent;
}

// Where some text of so many bytes leads, letters and spaces first; `dead` where there is none so long.
State Constraint::follow_some(State at, int length) {
  constexpr std::string_view bytes_tried = "et ao1.-in/@,:\"";
  for (int i = 0; i < length && at != Automaton::dead; ++i) {
    State after = Automaton::dead;
    for (size_t k = 0; k < bytes_tried.size() && after == Automaton::dead; ++k) {
      after = lexer_.next(at, static_cast<uint8_t>(bytes_tried[k]));
    }
    const ByteClasses & classes = lexer_.classes();
    for (uint16_t c = 0; c < classes.count && after == Automaton::dead; ++c) after = lexer_.next(at, classes.member[c]);
    at = after;
  }
  return at;
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
  holder.collection = collections_;
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

void Constraint::begin(StateHolder & holder) {
  const bool with_lexer = budget_.held() > collect_above_;
  if (with_lexer || (parser_.has_value() && parser_->should_collect())) collect(with_lexer);
  // Where the holder stood, its calls had learnt things one after the other that this one may need all at once.
  const bool must_learn_again = holder.collection != collections_;
  holder.collection = collections_;
  budget_.refill(must_learn_again ? 4 : 1);
  bytes_.store(budget_.held(), std::memory_order_relaxed);
}

void Constraint::collect(bool with_lexer) {
  std::vector<State> live;
  const uint64_t number = ++collections_;
  {
    const std::lock_guard<std::mutex> lock(links);
    for (StateHolder * holder = holders_; holder != nullptr; holder = holder->next) holder->add_states(live, number);
  }
  masks.clear();
  if (parser_.has_value()) parser_->collect(live);
  if (!with_lexer) return;
  std::vector<bool> keep;
  if (parser_.has_value()) {
    keep = parser_->lexer_states();
  } else {
    keep.resize(lexer_.size(), false);
    for (State state : live) keep[state] = true;
  }
  lexer_.collect(std::move(keep));
  collect_above_ = budget_.held() + std::max(growth_max_, budget_.held() / 2);
}

size_t bytes_held(const Constraint & constraint) { return constraint.bytes(); }

CompileLimits default_limits() { return {200'000, 2'000'000}; }

std::shared_ptr<Constraint> compile_constraint(std::shared_ptr<const TokenTrie> trie, const int32_t * words,
                                               size_t word_count, const uint8_t * bytes, size_t byte_count,
                                               CompileLimits limits) {
  const std::string_view text(reinterpret_cast<const char *>(bytes), byte_count);
  return std::make_shared<Constraint>(std::move(trie), words, word_count, text, limits);
}

}  // namespace espalier
