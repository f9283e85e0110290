// Places of a text where every pre-tokenizer begins anew. Decides that as lib/engine/local/tokens/seam.ts does, where
// the reasons stand, for the common scripts; a place it is not sure of is no seam.
#pragma once

#include <cstddef>
#include <string_view>

namespace espalier {

/// Whether the place between two characters of the text is a seam.
bool is_seam(std::string_view text, size_t at);
/// Where the run of two or more white space characters at the end starts; the length where there is none.
size_t space_run_start(std::string_view text);
/// The text without a code point that is cut off at its end.
std::string_view whole_code_points(std::string_view text);

}  // namespace espalier
