// See large_pages.h: reading the list of mappings, and asking. Only Linux lets a process ask.
#include "large_pages.h"

#include <algorithm>

#ifdef __linux__
#include <sys/mman.h>

#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <memory>
#endif

namespace espalier {

LargePages::LargePages() : before_(anonymous_memory()) {}

void LargePages::ask() const noexcept {
  try {
    auto old = before_.begin();
    for (const Range & now : anonymous_memory()) {
      uintptr_t from = now.from;
      while (old != before_.end() && old->until <= from) ++old;
      for (auto known = old; known != before_.end() && known->from < now.until; ++known) {
        ask_large_pages(from, known->from);
        from = std::max(from, known->until);
      }
      ask_large_pages(from, now.until);
    }
  } catch (...) {
    // Without memory for the lists nothing is asked for; the pages stay small.
  }
}

#ifdef __linux__

// In ascending order, as the system lists it.
std::vector<LargePages::Range> LargePages::anonymous_memory() {
  std::vector<Range> ranges;
  const std::unique_ptr<FILE, int (*)(FILE *)> maps(std::fopen("/proc/self/maps", "re"), std::fclose);
  char line[512];
  while (maps != nullptr && std::fgets(line, sizeof line, maps.get()) != nullptr) {
    Range range{};
    char access[5] = {};
    uintptr_t inode = 0;
    int name = 0;
    const int fields = std::sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s %*s %*s %" SCNuPTR " %n", &range.from,
                                   &range.until, access, &inode, &name);
    const bool is_anonymous = fields == 4 && inode == 0 && line[name] == '\0';
    if (is_anonymous && std::strcmp(access, "rw-p") == 0) ranges.push_back(range);
  }
  return ranges;
}

void ask_large_pages(uintptr_t from, uintptr_t until) noexcept {
  const uintptr_t first = (from + large_page_bytes - 1) / large_page_bytes * large_page_bytes;
  const uintptr_t last = until / large_page_bytes * large_page_bytes;
  if (first < last) madvise(reinterpret_cast<void *>(first), last - first, MADV_HUGEPAGE);
}

#else

std::vector<LargePages::Range> LargePages::anonymous_memory() { return {}; }

void ask_large_pages(uintptr_t, uintptr_t) noexcept {}

#endif

}  // namespace espalier
