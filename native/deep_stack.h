// Work that may go deeper than the thread it is asked on: llama.cpp's tokenizers step into themselves once for every
// character of a word. Decides nothing about the work. The caller waits.
#pragma once

#include <cstddef>
#include <functional>

namespace espalier {

/// Runs `work` on a thread whose stack has so many bytes, and throws what it throws. Only what is used of the stack
/// takes memory. Throws std::bad_alloc where there is no room for it.
void on_deep_stack(size_t bytes, const std::function<void()> & work);

}  // namespace espalier
