// Asks the system for large pages under memory that is read and written whole. Where somebody else takes that memory,
// it is found as what the process has mapped since the object was made. The system may refuse: the pages are small
// then, and all works as before.
//
// A step reads all of a cache, and a restore writes megabytes of it; with pages of 4 KiB much of that time is the
// machine looking up where they lie. llama.cpp takes its cache by malloc, which asks for large pages only where the
// environment says so before the process starts.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace espalier {

constexpr size_t large_page_bytes = size_t{2} << 20;

/// Asks for the whole large pages between two addresses.
void ask_large_pages(uintptr_t from, uintptr_t until) noexcept;

class LargePages {
 public:
  LargePages();

  /// Works for pages nobody has written to yet; the others stay as they are.
  void ask() const noexcept;

 private:
  struct Range {
    uintptr_t from;
    uintptr_t until;
  };
  static std::vector<Range> anonymous_memory();

  std::vector<Range> before_;
};

}  // namespace espalier
