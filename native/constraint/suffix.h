// The literal after a hole, matched beside the value. Decides, with a bit set, at which earlier places the value may
// have ended: bit k - 1 is set where the last k bytes are the suffix's first k and the value was complete before them.
// Shared by a matcher and its forks; touched only under their constraint's mutex.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "trie.h"

namespace espalier {

class SuffixUse {
 public:
  static constexpr size_t bytes_max = 64;

  explicit SuffixUse(std::string_view literal);

  const std::string bytes;  // not empty, at most bytes_max
  /// The bit that says: the whole suffix was matched.
  const uint64_t whole;
  /// Unique in the process.
  const uint64_t id;

  uint64_t step(uint64_t active, bool value_complete, uint8_t byte) const {
    return ((active << 1) | (value_complete ? 1 : 0)) & places_[byte];
  }
  /// Bytes of the longest active match: the value may have ended that many bytes ago, and not earlier.
  static int longest(uint64_t active);

  /// Tokens that contain the whole suffix and go on after it.
  const std::vector<int32_t> & straddlers(const TokenTrie & trie) const;
  bool has_few_straddlers(const TokenTrie & trie) const { return straddlers(trie).size() <= straddlers_few; }

 private:
  static constexpr size_t straddlers_few = 2000;

  uint64_t places_[256] = {};
  mutable std::optional<std::vector<int32_t>> straddlers_;
};

}  // namespace espalier
