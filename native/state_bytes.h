// The bytes of a sequence's state in host memory. Decides where they lie: in memory that nobody has cleared, and in
// large pages where the system has them. Taking a small page for the first time can cost more than copying into it, and
// a state has thousands. Whoever makes it longer must write all of it before it is read.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <vector>

#include "large_pages.h"

namespace espalier {

template <typename T>
struct StateAllocator {
  using value_type = T;

  StateAllocator() = default;
  template <typename U>
  StateAllocator(const StateAllocator<U> &) noexcept {}

  T * allocate(size_t count) { return static_cast<T *>(take(count * sizeof(T))); }
  void deallocate(T * place, size_t) noexcept { std::free(place); }

  /// An element without a value stays as it lies; one with a value is made as always.
  void construct(T * place) noexcept { ::new (static_cast<void *>(place)) T; }

  template <typename U>
  bool operator==(const StateAllocator<U> &) const {
    return true;
  }
  template <typename U>
  bool operator!=(const StateAllocator<U> &) const {
    return false;
  }

 private:
  static void * take(size_t bytes) {
    void * place = nullptr;
#ifdef __linux__
    if (bytes >= large_page_bytes) {
      if (posix_memalign(&place, large_page_bytes, bytes) != 0) throw std::bad_alloc();
      const auto from = reinterpret_cast<uintptr_t>(place);
      ask_large_pages(from, from + bytes);
      return place;
    }
#endif
    place = std::malloc(bytes);
    if (place == nullptr) throw std::bad_alloc();
    return place;
  }
};

using StateBytes = std::vector<uint8_t, StateAllocator<uint8_t>>;

}  // namespace espalier
