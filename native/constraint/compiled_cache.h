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
  void keep_recent(const std::shared_ptr<Constraint> & constraint);
  void drop_expired();

  static constexpr size_t recent_max = 16;

  std::unordered_multimap<uint64_t, Entry> entries_;
  std::deque<std::shared_ptr<Constraint>> recent_;
  size_t sweep_at_ = 64;
};

}  // namespace espalier
