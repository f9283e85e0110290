// Runs work that may recurse deeper than the calling thread's stack allows: llama.cpp's tokenizers call themselves once
// for every character of a word. The work is done on a thread with the stack asked for, and the caller waits.
#pragma once

#include <cstddef>
#include <functional>

namespace espalier {

/// Runs `work` on a thread whose stack has so many bytes, and throws what it throws. Only what is used of the stack
/// takes memory. Throws std::bad_alloc where there is no room for it.
void on_deep_stack(size_t bytes, const std::function<void()> & work);

}  // namespace espalier
