// DRY ("don't repeat yourself") as llama.cpp defines it: which tokens would make a repetition longer, and what each
// loses for that. Decides by the last tokens and the breakers alone, in time that follows the number of these tokens.
//
// Threads: belongs to one sampler.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "constraint/trie.h"

namespace espalier {

struct DrySettings {
  double multiplier = 0;  // 0: off
  double base = 1;
  int64_t allowed_length = 1;
  int64_t last_n = 0;  // of the window and what comes after it
  std::vector<int32_t> window;
  std::vector<std::string> breakers;  // texts over which no repetition reaches
};

class Dry {
 public:
  explicit Dry(DrySettings settings);

  bool is_on() const { return settings_.multiplier > 0 && settings_.last_n > 0; }
  /// A token that stands in the text now.
  void see(int32_t token);
  /// What is taken from the logits of which tokens, each token once.
  std::vector<std::pair<int32_t, double>> penalties(const TokenTrie & trie) const;

 private:
  /// Counted from the end.
  int32_t token_at(size_t back) const { return settings_.window[settings_.window.size() - 1 - back]; }
  size_t repeat_max(const TokenTrie & trie, size_t count) const;
  bool begins_breaker(const TokenTrie & trie, std::string_view breaker, size_t back, size_t & tail) const;
  std::vector<size_t> repeats(size_t count, size_t most) const;

  DrySettings settings_;
};

}  // namespace espalier
