// A compiled constraint: expressions, automata and everything learnt about them so far, shared by its matchers. Decides
// who may touch the lazy tables: whoever holds `mutex`, one operation at a time, which may take as long as a mask. Who
// stands where is told under `links`, which nobody holds for long; who needs both takes `mutex` first.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "ir_reader.h"
#include "lexer.h"
#include "parser.h"
#include "slice_proof.h"
#include "suffix.h"
#include "trie.h"

namespace espalier {

/// Masks of a few recent positions. Flushed when states are dropped, since numbers of states are used again.
class MaskCache {
 public:
  struct Key {
    State state;
    uint64_t active;
    uint64_t suffix_id;
    bool operator==(const Key & other) const {
      return state == other.state && active == other.active && suffix_id == other.suffix_id;
    }
  };
  struct Entry {
    Key key;
    std::vector<uint32_t> words;
    /// Tokens that the state alone does not decide; their bits are clear.
    std::vector<int32_t> doubtful;
  };
  /// Null if not there.
  const Entry * find(const Key & key) const;
  void put(const Key & key, const uint32_t * words, size_t count, const std::vector<int32_t> & doubtful);
  void clear() { entries_.clear(); }
  const std::vector<Entry> & entries() const { return entries_; }

 private:
  static constexpr size_t entries_max = 8;
  std::vector<Entry> entries_;
  size_t next_ = 0;
};

/// Names the states something still stands on. Linked into its constraint while it lives.
class StateHolder {
 public:
  virtual ~StateHolder() = default;
  /// `collection`: its number, so that what several share is named once.
  virtual void add_states(std::vector<State> & live, uint64_t collection) = 0;
  /// The last collection it has seen.
  uint64_t collection = 0;
  StateHolder * previous = nullptr;
  StateHolder * next = nullptr;
};

class Constraint {
 public:
  Constraint(std::shared_ptr<const TokenTrie> trie, const int32_t * words, size_t word_count, std::string_view bytes,
             CompileLimits limits);

  const TokenTrie & trie() const { return *trie_; }
  Automaton & automaton() { return *automaton_; }
  SliceProof & slice_proof() { return *slice_proof_; }
  /// Whether it has lists of distinct items: what is allowed then depends on their texts, too (item_walk.h).
  bool has_lists() { return !ast_.lists().empty(); }
  /// Whether an item of such a list begins so.
  bool begins_item(std::string_view text) { return derivatives_.begins_item(text); }
  /// The automaton where it is a lexer, else null.
  Lexer * only_lexer() { return parser_.has_value() ? nullptr : &lexer_; }
  bool starts_accepting() const { return starts_accepting_; }
  bool starts_extendable() const { return starts_extendable_; }

  std::mutex mutex;
  std::mutex links;
  // Needs the mutex.
  MaskCache masks;

  // These three need `links`.
  /// The same object for the same literal while it is among the last few: what is learnt about it is used again.
  std::shared_ptr<const SuffixUse> suffix_of(std::string_view literal);

  void link(StateHolder & holder);
  void unlink(StateHolder & holder);
  /// Before each operation under `mutex`: gives it its budget, and drops what nobody stands on now and then.
  void begin(StateHolder & holder);
  /// About what the tables hold. Any thread.
  size_t bytes() const { return bytes_.load(std::memory_order_relaxed); }

 private:
  void collect(bool with_lexer);
  void try_out();
  int64_t try_masks(State start, int64_t most);
  State follow_some(State at, int length);

  std::shared_ptr<const TokenTrie> trie_;
  const size_t growth_max_;
  Budget budget_;
  RegexAst ast_;
  Derivatives derivatives_;
  Lexer lexer_;
  std::optional<Grammar> grammar_;
  std::optional<Parser> parser_;
  Automaton * automaton_ = nullptr;
  std::optional<SliceProof> slice_proof_;
  bool starts_accepting_ = false;
  bool starts_extendable_ = false;
  StateHolder * holders_ = nullptr;
  std::atomic<uint64_t> collections_{0};
  size_t collect_above_ = 0;
  std::atomic<size_t> bytes_{0};
  std::vector<std::shared_ptr<const SuffixUse>> suffixes_;
};

}  // namespace espalier
