// A set of bytes as 256 bits, and the mixing of hashes that the constraint core uses everywhere.
#pragma once

#include <algorithm>
#include <cstdint>

namespace espalier {

struct ByteSet {
  uint64_t words[4] = {0, 0, 0, 0};

  static ByteSet range(unsigned from, unsigned to_inclusive) {
    ByteSet set;
    for (unsigned first = 0; first < 256; first += 64) {
      const unsigned low = std::max(from, first);
      const unsigned high = std::min(to_inclusive, first + 63);
      if (low <= high) set.words[first >> 6] = ~uint64_t{0} >> (63 - (high - low)) << (low & 63);
    }
    return set;
  }

  void add(uint8_t byte) { words[byte >> 6] |= uint64_t{1} << (byte & 63); }
  void remove(uint8_t byte) { words[byte >> 6] &= ~(uint64_t{1} << (byte & 63)); }
  bool has(uint8_t byte) const { return (words[byte >> 6] >> (byte & 63)) & 1; }
  bool is_empty() const { return (words[0] | words[1] | words[2] | words[3]) == 0; }

  ByteSet operator|(const ByteSet & other) const {
    ByteSet set;
    for (int i = 0; i < 4; ++i) set.words[i] = words[i] | other.words[i];
    return set;
  }
  ByteSet operator&(const ByteSet & other) const {
    ByteSet set;
    for (int i = 0; i < 4; ++i) set.words[i] = words[i] & other.words[i];
    return set;
  }
  bool operator==(const ByteSet & other) const {
    return words[0] == other.words[0] && words[1] == other.words[1] && words[2] == other.words[2] &&
           words[3] == other.words[3];
  }
};

inline uint64_t mix(uint64_t hash, uint64_t value) {
  hash = (hash ^ value) * 0x9E3779B97F4A7C15u;
  return hash ^ (hash >> 29);
}

}  // namespace espalier
