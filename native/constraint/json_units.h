// JSON texts as units that tell values apart, and how units are spelled. Decides which texts mean the same value: the
// same string, however its characters are escaped, or the same number where both are written plainly (no exponent, no
// idle zeros but one `.0`), or the same bytes, but for white space between the tokens of arrays and objects.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "value_trie.h"

namespace espalier {

/// What the value of a text may be written as, at least one; of equal values the same. One sequence of units stands for
/// all spellings of a string.
std::vector<std::vector<ValueUnit>> value_units(std::string_view text);

/// Every spelling of a string's code point, hexadecimal digits in lower case.
std::vector<std::string> spellings_of(uint32_t code_point);

}  // namespace espalier
