// Where parked states and kept logits lie in host memory. Decides which bytes of which large page are whose: such
// blocks come and go all the time and are mostly smaller than a large page, so they share some, which are used again.
//
// Taking a small page from the system can cost many times what is copied into it (README.md), and the usual heap takes
// new ones for most blocks of this size. Only Linux lets a process ask for large ones; elsewhere blocks lie
// in the usual heap.
//
// Any thread.
#pragma once
#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "large_pages.h"

namespace espalier {

class HostHeap {
 public:
  /// That of the process, which lives as long: contexts of all threads share it.
  static HostHeap & shared();

  HostHeap() = default;
  ~HostHeap();
  HostHeap(const HostHeap &) = delete;
  HostHeap & operator=(const HostHeap &) = delete;

  /// Of at least so many bytes, as they lie. Throws std::bad_alloc.
  void * take(size_t bytes);
  /// What `take` gave for as many bytes.
  void give(void * place, size_t bytes) noexcept;

  /// Taken from the system for blocks that share pages: at most twice these, and 16 MB that wait for the next ones.
  size_t bytes_held();

 private:
  static constexpr size_t slot_bytes = size_t{16} << 10;
  static constexpr size_t region_bytes = size_t{64} << 20;
  static constexpr size_t own_bytes = size_t{16} << 20;  // a block of more has pages of its own
  static constexpr size_t slots = region_bytes / slot_bytes;
  static constexpr size_t page_slots = large_page_bytes / slot_bytes;
  static constexpr size_t spare_slots = 8 * page_slots;  // that nobody uses, and that are not given back

  struct Region {
    uint8_t * place = nullptr;
    size_t first_free = 0;  // no slot before it is
    std::bitset<slots> used;
    std::bitset<slots> held;  // from the system
    std::array<size_t, slots / page_slots> used_of_page{};
    std::array<size_t, slots / page_slots> held_of_page{};
  };

  static size_t slots_of(size_t bytes);
  void * take_slots(size_t count);
  static size_t run_of(const Region & region, size_t count);
  void * mark(Region & region, size_t from, size_t count);
  void hold(Region & region, size_t slot);
  void give_back(Region & region, size_t from, size_t count);
  void give_back_unused(Region & region);
  bool add_region();

  std::mutex mutex_;
  std::vector<std::unique_ptr<Region>> regions_;
  size_t used_ = 0;  // slots of all
  size_t held_ = 0;
};

}  // namespace espalier
