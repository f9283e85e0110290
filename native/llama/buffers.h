// Memory as llama.cpp tells of it: its log is the only place that says what it takes, where, and for what. Decides how
// such a line is read. No N-API here; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace espalier {

enum class BufferUse {
  weights,
  cache,       // of attended or recurrent state
  work,        // of intermediate results and logits
  whole_cache  // the sum of the buffers of a cache, also where none was taken since it was only asked
};

struct TakenBuffer {
  BufferUse use;
  std::array<char, 32> place;  // llama.cpp's name for a kind of memory, ends with 0: "CPU", "Vulkan0", "CUDA_Host"
  size_t bytes;                // to a hundredth of a MiB; 0 where the line has no size
};

/// What a line of the log says of a buffer. Asks for no memory and never throws.
std::optional<TakenBuffer> taken_buffer(std::string_view line) noexcept;

/// Work memory by place. Holds its places itself, so that it can be told under llama.cpp's frames.
class BufferTally {
 public:
  struct Entry {
    std::array<char, 32> place;
    size_t bytes;
  };
  void add(const TakenBuffer & taken) noexcept;
  const Entry * begin() const { return entries_.data(); }
  const Entry * end() const { return entries_.data() + count_; }

 private:
  std::array<Entry, 32> entries_ = {};  // more than llama.cpp takes devices
  size_t count_ = 0;
};

}  // namespace espalier
