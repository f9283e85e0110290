// See host_heap.h: the lowest run of free slots that is long enough, and pages that go back once nobody uses them.
#include "host_heap.h"

#include <algorithm>
#include <cstdlib>
#include <new>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace espalier {

// Never destroyed: at the end of a process other threads may still give something back.
HostHeap & HostHeap::shared() {
  static HostHeap & heap = *new HostHeap;
  return heap;
}

HostHeap::~HostHeap() {
  for (const auto & region : regions_) std::free(region->place);
}

#ifdef __linux__

void * HostHeap::take(size_t bytes) {
  void * place = nullptr;
  if (bytes <= own_bytes) {
    place = take_slots(slots_of(bytes));
  } else if (posix_memalign(&place, large_page_bytes, bytes) == 0) {
    const auto from = reinterpret_cast<uintptr_t>(place);
    ask_large_pages(from, from + bytes);
  }
  // Without room for a region there may be some for the block.
  if (place == nullptr) place = std::malloc(bytes);
  if (place == nullptr) throw std::bad_alloc();
  return place;
}

void HostHeap::give(void * place, size_t bytes) noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  auto * const from = static_cast<uint8_t *>(place);
  const auto is_there = [from](const std::unique_ptr<Region> & region) {
    return region->place <= from && from < region->place + region_bytes;
  };
  const auto found = std::find_if(regions_.begin(), regions_.end(), is_there);
  if (found == regions_.end()) return std::free(place);
  Region & region = **found;
  const size_t first = static_cast<size_t>(from - region.place) / slot_bytes;
  const size_t count = slots_of(bytes);
  region.first_free = std::min(region.first_free, first);
  used_ -= count;
  for (size_t slot = first; slot < first + count; ++slot) {
    region.used.reset(slot);
    --region.used_of_page[slot / page_slots];
  }
  // Whole pages first: what is left of one is small pages when it is taken again.
  for (size_t page = first / page_slots; page * page_slots < first + count; ++page) {
    if (region.used_of_page[page] == 0 && held_ > used_ + spare_slots) give_back(region, page * page_slots, page_slots);
  }
  if (held_ > 2 * used_ + spare_slots)
    for (const auto & each : regions_) give_back_unused(*each);
}

void HostHeap::give_back_unused(Region & region) {
  for (size_t from = 0; from < slots; ++from) {
    size_t until = from;
    while (until < slots && region.held[until] && !region.used[until]) ++until;
    if (until > from) give_back(region, from, until - from);
    from = until;
  }
}

void HostHeap::give_back(Region & region, size_t from, size_t count) {
  madvise(region.place + from * slot_bytes, count * slot_bytes, MADV_DONTNEED);
  for (size_t slot = from; slot < from + count; ++slot) {
    if (!region.held[slot]) continue;
    region.held.reset(slot);
    --region.held_of_page[slot / page_slots];
    --held_;
  }
}

bool HostHeap::add_region() {
  auto region = std::make_unique<Region>();
  regions_.reserve(regions_.size() + 1);
  void * place = nullptr;
  if (posix_memalign(&place, large_page_bytes, region_bytes) != 0) return false;
  region->place = static_cast<uint8_t *>(place);
  const auto from = reinterpret_cast<uintptr_t>(place);
  ask_large_pages(from, from + region_bytes);
  regions_.push_back(std::move(region));
  return true;
}

#else

void * HostHeap::take(size_t bytes) {
  void * place = std::malloc(bytes);
  if (place == nullptr) throw std::bad_alloc();
  return place;
}

void HostHeap::give(void * place, size_t) noexcept { std::free(place); }

void HostHeap::give_back(Region &, size_t, size_t) {}

void HostHeap::give_back_unused(Region &) {}

bool HostHeap::add_region() { return false; }

#endif

size_t HostHeap::slots_of(size_t bytes) { return std::max<size_t>(1, (bytes + slot_bytes - 1) / slot_bytes); }

void * HostHeap::take_slots(size_t count) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const auto & region : regions_) {
    const size_t from = run_of(*region, count);
    if (from < slots) return mark(*region, from, count);
  }
  return add_region() ? mark(*regions_.back(), 0, count) : nullptr;
}

size_t HostHeap::run_of(const Region & region, size_t count) {
  size_t from = region.first_free;
  for (size_t slot = from; slot < slots; ++slot) {
    if (region.used[slot]) from = slot + 1;
    else if (slot + 1 - from == count) return from;
  }
  return slots;
}

void * HostHeap::mark(Region & region, size_t from, size_t count) {
  used_ += count;
  for (size_t slot = from; slot < from + count; ++slot) {
    const size_t page = slot / page_slots;
    region.used.set(slot);
    ++region.used_of_page[page];
    // The system gives a large page as a whole.
    if (region.held_of_page[page] > 0) hold(region, slot);
    else
      for (size_t other = page * page_slots; other < (page + 1) * page_slots; ++other) hold(region, other);
  }
  if (from == region.first_free) region.first_free = from + count;
  return region.place + from * slot_bytes;
}

void HostHeap::hold(Region & region, size_t slot) {
  if (region.held[slot]) return;
  region.held.set(slot);
  ++region.held_of_page[slot / page_slots];
  ++held_;
}

size_t HostHeap::bytes_held() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return held_ * slot_bytes;
}

}  // namespace espalier
