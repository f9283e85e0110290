// What alternatives and intersections lead to, from what their parts lead to. Decides how few of the classes are looked
// at one by one: nearly all of a row's cost is here.
#include <algorithm>

#include "derivative.h"

namespace espalier {

// Per class, what the lists' targets give together under `op`.
void Derivatives::derive_joined(RegexOp op, const std::vector<Span> & lists) {
  joined_.clear();
  tuples_.clear();
  if (lists.size() <= few_lists) {
    join_by_runs(op, lists);
  } else {
    join_by_classes(op, lists);
  }
}

// What a tuple of targets is together. Most classes have the same as some other one.
RegexNode Derivatives::joined(RegexOp op, const RegexNode * targets, size_t count) {
  if (count == 1) return targets[0];
  uint64_t hash = count;
  for (size_t i = 0; i < count; ++i) hash = mix(hash, targets[i]);
  for (const Joined & known : joined_) {
    if (known.hash != hash || known.count != count) continue;
    if (std::equal(targets, targets + count, tuples_.begin() + known.first)) return known.node;
  }
  scratch_.assign(targets, targets + count);
  const RegexNode node = op == RegexOp::alt ? ast_.alt(scratch_) : ast_.both(scratch_);
  joined_.push_back({hash, static_cast<uint32_t>(tuples_.size()), static_cast<uint32_t>(count), node});
  tuples_.insert(tuples_.end(), targets, targets + count);
  return node;
}

// Between two ends of runs the targets are the same.
void Derivatives::join_by_runs(RegexOp op, const std::vector<Span> & lists) {
  bool is_end[257] = {};
  for (const Span & list : lists) {
    for (uint32_t i = 0; i < list.count; ++i) {
      is_end[pool_[list.first + i].from] = true;
      is_end[pool_[list.first + i].until] = true;
    }
  }
  uint32_t at[few_lists] = {};  // per list, its run that is not yet past
  RegexNode targets[few_lists];
  size_t work = 0;
  for (uint16_t from = 0, until; from < classes_.count; from = until) {
    for (until = from + 1; until < classes_.count && !is_end[until];) ++until;
    size_t count = 0;
    for (size_t i = 0; i < lists.size(); ++i) {
      const Run * const runs = pool_.data() + lists[i].first;
      while (at[i] < lists[i].count && runs[at[i]].until <= from) ++at[i];
      if (at[i] < lists[i].count && runs[at[i]].from <= from) targets[count++] = runs[at[i]].target;
    }
    work += lists.size();
    if (count == 0 || (op == RegexOp::both && count < lists.size())) continue;
    emit(from, until, joined(op, targets, count));
  }
  ast_.budget().spend(work / 4);
}

// Work by the width of the runs: of thousands of lists most have few.
void Derivatives::join_by_classes(RegexOp op, const std::vector<Span> & lists) {
  constexpr size_t tidy_size = 1024;
  for (auto & targets : targets_) targets.clear();
  size_t work = 0;
  for (const Span & list : lists) {
    for (uint32_t i = 0; i < list.count; ++i) {
      const Run run = pool_[list.first + i];
      work += run.until - run.from;
      for (uint16_t c = run.from; c < run.until; ++c) {
        std::vector<RegexNode> & targets = targets_[c];
        targets.push_back(run.target);
        if (op == RegexOp::alt && targets.size() >= tidy_size && targets.size() == targets.capacity()) {
          std::sort(targets.begin(), targets.end());
          targets.erase(std::unique(targets.begin(), targets.end()), targets.end());
        }
      }
    }
  }
  ast_.budget().spend(work / 4);
  for (uint16_t c = 0; c < classes_.count; ++c) {
    const std::vector<RegexNode> & targets = targets_[c];
    if (targets.empty() || (op == RegexOp::both && targets.size() < lists.size())) continue;
    emit(c, c + 1, joined(op, targets.data(), targets.size()));
  }
}

}  // namespace espalier
