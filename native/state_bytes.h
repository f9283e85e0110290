// Bytes of a sequence's state, and rows of logits, in host memory. Decides that they lie in the heap for such blocks
// (host_heap.h), as nobody has cleared them. Whoever makes one longer must write all of it before it is read.
#pragma once
#include <cstddef>
#include <cstdint>
#include <new>
#include <vector>

#include "host_heap.h"

namespace espalier {

template <typename T>
struct HostAllocator {
  using value_type = T;

  HostAllocator() = default;
  template <typename U>
  HostAllocator(const HostAllocator<U> &) noexcept {}

  T * allocate(size_t count) { return static_cast<T *>(HostHeap::shared().take(count * sizeof(T))); }
  void deallocate(T * place, size_t count) noexcept { HostHeap::shared().give(place, count * sizeof(T)); }

  /// An element without a value stays as it lies; one with a value is made as always.
  void construct(T * place) noexcept { ::new (static_cast<void *>(place)) T; }

  template <typename U>
  bool operator==(const HostAllocator<U> &) const {
    return true;
  }
  template <typename U>
  bool operator!=(const HostAllocator<U> &) const {
    return false;
  }
};

using StateBytes = std::vector<uint8_t, HostAllocator<uint8_t>>;
using LogitsRow = std::vector<float, HostAllocator<float>>;

}  // namespace espalier
