// See item_walk.h. Texts are put together only where an item ends.
#include "item_walk.h"

#include <algorithm>

namespace espalier {

// As long as an item has bytes, so long may the list be.
ItemBytes::~ItemBytes() {
  while (before != nullptr && before.use_count() == 1) {
    std::shared_ptr<const ItemBytes> earlier = std::move(const_cast<ItemBytes &>(*before).before);
    before = std::move(earlier);
  }
}

void OpenItems::begin_at(size_t length) {
  if (std::find(beginnings_.begin(), beginnings_.begin() + count_, length) != beginnings_.begin() + count_) return;
  if (count_ == beginnings_max) {
    fail("CONSTRAINT_TOO_COMPLEX", "Items of its lists of distinct items can begin in more than " +
                                       std::to_string(beginnings_max) + " ways at one position.");
  }
  beginnings_[count_++] = length;
}

template <typename Keeps>
void OpenItems::keep(Keeps is_kept) {
  const auto end = std::remove_if(beginnings_.begin(), beginnings_.begin() + count_,
                                  [&](size_t beginning) { return !is_kept(beginning); });
  count_ = static_cast<size_t>(end - beginnings_.begin());
}

std::string OpenItems::text() const {
  std::string text(length_, 0);
  size_t end = length_;
  for (const ItemBytes * at = last_.get(); at != nullptr; at = at->before.get()) {
    end -= at->bytes.size();
    text.replace(end, at->bytes.size(), at->bytes);
  }
  return text;
}

void OpenItems::append(std::string bytes) {
  if (bytes.empty()) return;
  length_ += bytes.size();
  last_ = std::make_shared<const ItemBytes>(std::move(last_), std::move(bytes));
}

std::vector<std::string_view> OpenItems::from_beginnings(std::string_view text) const {
  std::vector<std::string_view> all;
  for (size_t i = 0; i < count_; ++i) all.push_back(text.substr(beginnings_[i]));
  return all;
}

namespace {

class ItemWalk {
 public:
  ItemWalk(Constraint & constraint, OpenItems & items) : constraint_(constraint), items_(items) {}

  /// Where the value leads; dead where it ends.
  State step(State state, uint8_t byte) {
    Automaton & automaton = constraint_.automaton();
    if ((automaton.info(state).marks & RegexAst::mark_begins) != 0) items_.begin_at(items_.length() + fresh_.size());
    State next = automaton.next(state, byte);
    if ((automaton.info(next).marks & RegexAst::mark_unsettled) != 0) next = settled(next);
    if ((automaton.info(next).marks & RegexAst::mark_within) != 0) {
      fresh_.push_back(static_cast<char>(byte));
    } else {
      items_.clear();
      fresh_.clear();
    }
    return next;
  }

  void finish() { items_.append(std::move(fresh_)); }

 private:
  State settled(State state) {
    const std::string text = items_.text() + fresh_;
    ItemTexts texts = {items_.from_beginnings(text), false};
    const State next = constraint_.automaton().settled(state, texts);
    if (texts.has_others) {
      items_.keep([&](size_t beginning) { return constraint_.begins_item(std::string_view(text).substr(beginning)); });
    } else {
      items_.clear();
      fresh_.clear();
    }
    return next;
  }

  Constraint & constraint_;
  OpenItems & items_;
  std::string fresh_;  // behind those that `items_` has
};

}  // namespace

bool step_exactly(Constraint & constraint, WalkStart & at, OpenItems & items, std::string_view bytes) {
  ItemWalk walk(constraint, items);
  for (char c : bytes) {
    const uint8_t byte = static_cast<uint8_t>(c);
    if (at.suffix != nullptr) {
      if ((at.active & at.suffix->whole) != 0) return false;
      at.active = at.suffix->step(at.active, constraint.automaton().info(at.state).accepting, byte);
    }
    at.state = walk.step(at.state, byte);
    if (at.state == Automaton::dead && at.active == 0) return false;
  }
  walk.finish();
  return true;
}

int exact_only_byte(Constraint & constraint, State state, const OpenItems & items) {
  int only = -1;
  for (unsigned byte = 0; byte < 256; ++byte) {
    if (constraint.automaton().next(state, static_cast<uint8_t>(byte)) == Automaton::dead) continue;
    WalkStart at = {state, 0, nullptr};
    OpenItems after = items;
    const char c = static_cast<char>(byte);
    if (!step_exactly(constraint, at, after, std::string_view(&c, 1))) continue;
    if (only >= 0) return Automaton::only_byte_none;
    only = static_cast<int>(byte);
  }
  return only;
}

}  // namespace espalier
