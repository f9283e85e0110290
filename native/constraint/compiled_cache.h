// Compiled constraints by content. Decides how long one is kept: while something uses it, and the last few anyway,
// since the next run of a template compiles the same ones and their tables are warm.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "matcher.h"

namespace espalier {

class CompiledCache {
 public:
  /// Throws ConstraintFailure. One thread at a time.
  std::shared_ptr<Constraint> compile(const std::shared_ptr<const TokenTrie> & trie, std::vector<int32_t> words,
                                      std::string bytes, CompileLimits limits);

 private:
  struct Entry {
    std::vector<int32_t> words;
    std::string bytes;
    CompileLimits limits;
    std::weak_ptr<Constraint> constraint;
  };
  static size_t size_of(const Entry & entry) { return entry.words.size() * sizeof(int32_t) + entry.bytes.size(); }
  void keep_recent(const std::shared_ptr<Constraint> & constraint);
  void drop_expired();

  // Of those kept though nobody uses them.
  static constexpr size_t recent_max = 16;
  static constexpr size_t recent_bytes_max = size_t{64} << 20;

  std::unordered_multimap<uint64_t, Entry> entries_;
  std::deque<std::shared_ptr<Constraint>> recent_;
  size_t sweep_at_ = 64;
  // Of all entries, and above which those that nobody uses are looked for.
  size_t entry_bytes_ = 0;
  size_t sweep_above_ = size_t{16} << 20;
};

}  // namespace espalier
