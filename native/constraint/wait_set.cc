// See wait_set.h: an open-addressing table over a list, since small rows are made by the million.
#include "wait_set.h"

#include <algorithm>

#include "earley.h"

namespace espalier {

size_t WaitSet::place(const Wait & wait) const {
  return mix(mix(wait.first, wait.second.dot), wait.second.start->number) & (table_.size() - 1);
}

void WaitSet::clear() {
  // A table that one large row made is not worth clearing for each small one.
  if (table_.size() > 64 && all_.size() * 8 < table_.size()) {
    table_.assign(64, 0);
  } else {
    std::fill(table_.begin(), table_.end(), 0);
  }
  all_.clear();
}

bool WaitSet::add(const Wait & wait) {
  size_t at = place(wait);
  for (; table_[at] != 0; at = (at + 1) & (table_.size() - 1)) {
    if (all_[table_[at] - 1] == wait) return false;
  }
  all_.push_back(wait);
  table_[at] = static_cast<uint32_t>(all_.size());
  if (all_.size() * 2 <= table_.size()) return true;
  table_.assign(table_.size() * 2, 0);
  for (size_t i = 0; i < all_.size(); ++i) {
    size_t fresh = place(all_[i]);
    while (table_[fresh] != 0) fresh = (fresh + 1) & (table_.size() - 1);
    table_[fresh] = static_cast<uint32_t>(i + 1);
  }
  return true;
}

}  // namespace espalier
