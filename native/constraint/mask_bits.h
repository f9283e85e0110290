// Bits of a mask, one a token: where a token has its bit.
#pragma once

#include <cstddef>
#include <cstdint>

namespace espalier {

inline void set_bit(uint32_t * words, int32_t token) {
  words[static_cast<size_t>(token) >> 5] |= uint32_t{1} << (token & 31);
}
inline void clear_bit(uint32_t * words, int32_t token) {
  words[static_cast<size_t>(token) >> 5] &= ~(uint32_t{1} << (token & 31));
}
inline bool has_bit(const uint32_t * words, int32_t token) {
  return (words[static_cast<size_t>(token) >> 5] >> (token & 31)) & 1;
}

}  // namespace espalier
