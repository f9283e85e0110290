// Steps through constraints with lists of distinct items, where the automaton alone allows too much: it does not know
// what an item was (regex_distinct.cc). Decides that the bytes of an item are kept from its first one on, and that its
// value is put among the others as soon as a comma begins.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include "constraint.h"
#include "walk.h"

namespace espalier {

/// Bytes behind others; shared by all positions that come after them.
struct ItemBytes {
  std::shared_ptr<const ItemBytes> before;
  std::string bytes;

  ItemBytes(std::shared_ptr<const ItemBytes> earlier, std::string own)
      : before(std::move(earlier)), bytes(std::move(own)) {}
  ~ItemBytes();
  ItemBytes(const ItemBytes &) = delete;
  ItemBytes & operator=(const ItemBytes &) = delete;
};

/// The items a position is in: mostly one. More only where a text is read in several ways, as an array may be an item
/// or hold some. A value.
class OpenItems {
 public:
  bool is_empty() const { return count_ == 0; }
  void clear() { *this = OpenItems(); }
  /// One begins behind so many bytes.
  void begin_at(size_t length);
  /// Leaves the beginnings for which `is_kept`, of the whole text.
  template <typename Keeps>
  void keep(Keeps is_kept);
  size_t length() const { return length_; }
  std::string text() const;
  void append(std::string bytes);
  /// The ends of a text that begin where items did.
  std::vector<std::string_view> from_beginnings(std::string_view text) const;

 private:
  static constexpr size_t beginnings_max = 8;

  std::shared_ptr<const ItemBytes> last_;
  size_t length_ = 0;
  std::array<size_t, beginnings_max> beginnings_ = {};
  size_t count_ = 0;
};

/// As `step_bytes`, exactly.
bool step_exactly(Constraint & constraint, WalkStart & at, OpenItems & items, std::string_view bytes);
/// The one byte of the value that can follow, -1 where there is none, Automaton::only_byte_none where there are more.
int exact_only_byte(Constraint & constraint, State state, const OpenItems & items);

}  // namespace espalier
