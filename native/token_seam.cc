// See token_seam.h. The tables hold what is the same in every version of Unicode.
#include "token_seam.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

namespace espalier {

namespace {

struct Range {
  uint32_t first;
  uint32_t last;
};

constexpr uint32_t no_character = 0xffffffff;

/// Letters to all pre-tokenizers.
constexpr Range letters[] = {{'A', 'Z'},       {'a', 'z'},       {0x3041, 0x3096},
                             {0x30a1, 0x30fa}, {0x4e00, 0x9fa5}, {0xac00, 0xd7a3}};
/// Letters, digits, marks and signs of the common scripts: no space, no control character, nothing unassigned.
constexpr Range visible[] = {{'!', '~'},       {0xa1, 0xac},     {0xae, 0x377},    {0x3a3, 0x52f},   {0x5d0, 0x5ea},
                             {0x620, 0x6dc},   {0x900, 0x950},   {0xe01, 0xe3a},   {0x1e00, 0x1f15}, {0x2010, 0x2027},
                             {0x2190, 0x2426}, {0x3001, 0x303f}, {0x3041, 0x3096}, {0x30a1, 0x30ff}, {0x4e00, 0x9fa5},
                             {0xac00, 0xd7a3}, {0xff01, 0xff5e}};
/// White space as pre-tokenizers see it.
constexpr Range spaces[] = {{'\t', '\r'},     {' ', ' '},       {0x85, 0x85},     {0xa0, 0xa0},
                            {0x1680, 0x1680}, {0x2000, 0x200a}, {0x2028, 0x2029}, {0x202f, 0x202f},
                            {0x205f, 0x205f}, {0x3000, 0x3000}, {0xfeff, 0xfeff}};

template <size_t count>
bool is_among(uint32_t character, const Range (&ranges)[count]) {
  return std::any_of(std::begin(ranges), std::end(ranges),
                     [&](Range range) { return range.first <= character && character <= range.last; });
}

/// A byte of UTF-8 that goes on with a character.
bool is_inside(char byte) { return (static_cast<uint8_t>(byte) & 0xc0) == 0x80; }

size_t length_of(char lead) {
  const auto byte = static_cast<uint8_t>(lead);
  return byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

/// The one character that these bytes are.
uint32_t character_in(std::string_view bytes) {
  if (bytes.empty() || is_inside(bytes[0]) || length_of(bytes[0]) != bytes.size()) return no_character;
  if (bytes.size() == 1) return static_cast<uint8_t>(bytes[0]);
  uint32_t character = static_cast<uint8_t>(bytes[0]) & (0xffu >> (bytes.size() + 1));
  for (const char byte : bytes.substr(1)) character = character << 6 | (static_cast<uint8_t>(byte) & 0x3f);
  return character;
}

/// Where the character starts that ends at `end`.
size_t start_before(std::string_view text, size_t end) {
  size_t from = end - 1;
  while (from > 0 && end - from < 4 && is_inside(text[from])) from--;
  return from;
}

bool is_digit(uint32_t character) { return '0' <= character && character <= '9'; }

}  // namespace

bool is_seam(std::string_view text, size_t at) {
  if (at == 0 || at >= text.size() || is_inside(text[at])) return false;
  const size_t from = start_before(text, at);
  const uint32_t before = character_in(text.substr(from, at - from));
  const uint32_t after = character_in(text.substr(at, length_of(text[at])));
  if (before == no_character || after == no_character) return false;
  if (after == ' ') return is_among(before, visible);
  if (before == '\n') return is_among(after, letters);
  const bool is_letter = is_among(before, letters);
  if (after == ',' || after == '.' || after == '!' || after == '?' || after == '\n') {
    return is_letter || is_digit(before);
  }
  return is_letter && (after == 0x3002 || after == 0x3001 || after == 0xff0c);
}

size_t space_run_start(std::string_view text) {
  size_t start = text.size();
  int count = 0;
  while (start > 0) {
    const size_t from = start_before(text, start);
    if (!is_among(character_in(text.substr(from, start - from)), spaces)) break;
    start = from;
    count++;
  }
  return count >= 2 ? start : text.size();
}

std::string_view whole_code_points(std::string_view text) {
  for (size_t back = 1; back <= std::min<size_t>(3, text.size()); back++) {
    const char byte = text[text.size() - back];
    if (static_cast<uint8_t>(byte) < 0x80) break;
    if (static_cast<uint8_t>(byte) < 0xc0) continue;
    return length_of(byte) > back ? text.substr(0, text.size() - back) : text;
  }
  return text;
}

}  // namespace espalier
