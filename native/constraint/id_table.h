// Finds numbered values by content: an open-addressing table of hashes, whose user compares the contents. Much less
// work than a node-based map, and these tables are the hottest thing after the walk.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace espalier {

class IdTable {
 public:
  static constexpr uint32_t absent = UINT32_MAX;

  IdTable() : entries_(64) {}

  /// The first id with this hash for which `equals(id)`; `absent` if there is none.
  template <typename Equals>
  uint32_t find(uint64_t hash, Equals equals) const {
    const size_t last = entries_.size() - 1;
    for (size_t at = hash & last; entries_[at].id != absent; at = (at + 1) & last) {
      if (entries_[at].hash == hash && equals(entries_[at].id)) return entries_[at].id;
    }
    return absent;
  }

  /// Room for one more: the `add` after it does not throw.
  void make_room() {
    if ((count_ + 1) * 2 > entries_.size()) rebuild(entries_.size() * 2);
  }

  void add(uint64_t hash, uint32_t id) {
    make_room();
    put(hash, id);
    ++count_;
  }

  /// Empty, with room for `count`: as many can then be added without an allocation.
  void reset(size_t count) {
    std::vector<Entry> fresh(size_for(count));
    fresh.swap(entries_);
    count_ = 0;
  }
  /// Empty, with the room it had.
  void clear_entries() {
    std::fill(entries_.begin(), entries_.end(), Entry{});
    count_ = 0;
  }
  void clear() {
    entries_.assign(64, Entry{});
    count_ = 0;
  }

 private:
  struct Entry {
    uint64_t hash = 0;
    uint32_t id = absent;
  };

  static size_t size_for(size_t count) {
    size_t size = 64;
    while (size < count * 4) size *= 2;
    return size;
  }

  void put(uint64_t hash, uint32_t id) {
    const size_t last = entries_.size() - 1;
    size_t at = hash & last;
    while (entries_[at].id != absent) at = (at + 1) & last;
    entries_[at] = {hash, id};
  }

  void rebuild(size_t size) {
    std::vector<Entry> old(size);
    old.swap(entries_);
    for (const Entry & entry : old) {
      if (entry.id != absent) put(entry.hash, entry.id);
    }
  }

  std::vector<Entry> entries_;
  size_t count_ = 0;
};

}  // namespace espalier
