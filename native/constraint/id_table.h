// Finds numbered values by content: an open-addressing table of hashes, whose user compares the contents. Much less
// work than a node-based map, and these tables are the hottest thing after the walk. Decides to grow a little with each
// value: a large table that is copied at once would stop one mask for milliseconds.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <utility>

namespace espalier {

class IdTable {
 public:
  static constexpr uint32_t absent = UINT32_MAX;

  IdTable() : entries_(size_least) {}

  /// An id with this hash for which `equals(id)`; `absent` if there is none.
  template <typename Equals>
  uint32_t find(uint64_t hash, Equals equals) const {
    const uint32_t found = entries_.find(static_cast<uint32_t>(hash), equals);
    return found != absent || older_.size == 0 ? found : older_.find(static_cast<uint32_t>(hash), equals);
  }

  /// Room for one more: the `add` after it does not throw.
  void make_room() {
    if ((count_ + 1) * 2 <= entries_.size) return;
    Entries larger(entries_.size * 2);
    move_some(older_.size);
    older_ = std::exchange(entries_, std::move(larger));
    moved_ = 0;
  }

  void add(uint64_t hash, uint32_t id) {
    make_room();
    entries_.put({static_cast<uint32_t>(hash), id + 1});
    ++count_;
    move_some(moved_at_once);
  }

  /// Empty, with room for `count`: as many can then be added without an allocation.
  void reset(size_t count) { start_anew(Entries(size_for(count))); }
  /// Empty, with the room it had.
  void clear_entries() {
    std::fill(entries_.slots.get(), entries_.slots.get() + entries_.size, Entry{0, 0});
    older_ = Entries();
    count_ = 0;
  }
  void clear() { start_anew(Entries(size_least)); }

 private:
  // As memory comes from the system: all zero is empty.
  struct Entry {
    uint32_t hash;
    uint32_t id_plus_one;
  };
  struct Free {
    void operator()(Entry * slots) const { std::free(slots); }
  };
  struct Entries {
    size_t size = 0;
    std::unique_ptr<Entry[], Free> slots;

    Entries() = default;
    explicit Entries(size_t wanted) : size(wanted), slots(static_cast<Entry *>(std::calloc(wanted, sizeof(Entry)))) {
      if (slots == nullptr) throw std::bad_alloc();
    }

    template <typename Equals>
    uint32_t find(uint32_t hash, Equals equals) const {
      const size_t last = size - 1;
      for (size_t at = hash & last; slots[at].id_plus_one != 0; at = (at + 1) & last) {
        if (slots[at].hash == hash && equals(slots[at].id_plus_one - 1)) return slots[at].id_plus_one - 1;
      }
      return absent;
    }
    void put(Entry entry) {
      const size_t last = size - 1;
      size_t at = entry.hash & last;
      while (slots[at].id_plus_one != 0) at = (at + 1) & last;
      slots[at] = entry;
    }
  };

  static constexpr size_t size_least = 64;
  // All have been moved long before the table is full again: at half its new size, a quarter of that later.
  static constexpr size_t moved_at_once = 8;

  static size_t size_for(size_t count) {
    size_t size = size_least;
    while (size < count * 4) size *= 2;
    return size;
  }

  void start_anew(Entries entries) {
    entries_ = std::move(entries);
    older_ = Entries();
    count_ = 0;
  }

  // Of the older entries; they stay readable until the last has been moved.
  void move_some(size_t most) {
    if (older_.size == 0) return;
    const size_t until = std::min(older_.size, moved_ + most);
    for (; moved_ < until; ++moved_) {
      if (older_.slots[moved_].id_plus_one != 0) entries_.put(older_.slots[moved_]);
    }
    if (moved_ == older_.size) older_ = Entries();
  }

  Entries entries_;
  Entries older_;
  size_t moved_ = 0;
  size_t count_ = 0;
};

}  // namespace espalier
