// A list that grows by blocks and never moves what it holds. Decides the size of the blocks: a vector as long would
// stop one mask for a millisecond now and then, when it copies itself to memory that is new.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace espalier {

template <typename Value>
class BlockList {
 public:
  size_t size() const { return size_; }
  Value & operator[](size_t index) { return blocks_[index / values_in_block][index % values_in_block]; }
  const Value & operator[](size_t index) const { return blocks_[index / values_in_block][index % values_in_block]; }

  /// Room for one more: the `push_back` after it does not throw.
  void make_room() {
    if (size_ == blocks_.size() * values_in_block) blocks_.emplace_back(new Value[values_in_block]);
  }
  void push_back(Value value) {
    make_room();
    (*this)[size_++] = std::move(value);
  }
  /// Drops all from `size` on.
  void shrink(size_t size) {
    size_ = size;
    blocks_.resize((size + values_in_block - 1) / values_in_block);
  }

 private:
  static constexpr size_t values_in_block = 256;
  std::vector<std::unique_ptr<Value[]>> blocks_;
  size_t size_ = 0;
};

}  // namespace espalier
