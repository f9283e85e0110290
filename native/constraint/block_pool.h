// Lists of values that stay where they are put. Decides to take memory in blocks: a list that grows by copying itself
// would stop one byte of a text for milliseconds now and then.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

namespace espalier {

template <typename Value>
class BlockPool {
 public:
  /// Room for `count` values side by side, which nobody has written yet. It stays as long as the pool.
  Value * take(size_t count) {
    if (count > left_) {
      const size_t size = std::max(count, values_in_next_);
      blocks_.emplace_back(new Value[size]);
      next_ = blocks_.back().get();
      left_ = size;
      values_in_next_ = std::min(2 * values_in_next_, values_in_block);
    }
    Value * const taken = next_;
    next_ += count;
    left_ -= count;
    return taken;
  }

 private:
  static constexpr size_t values_in_block = 8192;
  std::vector<std::unique_ptr<Value[]>> blocks_;
  Value * next_ = nullptr;
  size_t left_ = 0;
  size_t values_in_next_ = 128;  // most pools stay small
};

}  // namespace espalier
