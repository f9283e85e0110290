// See members_left.h. The fewest members that meet some needs are found over sets of needs.
#include "members_left.h"

#include <algorithm>

namespace espalier {

void MembersLeft::change(const MemberSet::Element & element, int by) {
  const uint32_t change = static_cast<uint32_t>(by);
  if (element.times == MemberSet::Times::required) {
    required_ += change;
    for (uint32_t need = 0; need < required_meeting_.size(); ++need) {
      if ((element.meets >> need & 1) != 0) required_meeting_[need] += change;
    }
    return;
  }
  others_ += change;
  for (Group & group : groups_) {
    if (group.meets == element.meets) {
      group.count += change;
      return;
    }
  }
  groups_.push_back({element.meets, change});
}

uint32_t MembersLeft::least(uint32_t needs, uint32_t distinct) const {
  for (uint32_t need = 0; need < required_meeting_.size(); ++need) {
    if (required_meeting_[need] > 0) needs &= ~(1u << need);
  }
  distinct = distinct > required_ ? distinct - required_ : 0;
  if (distinct > others_) return never;
  const uint32_t meeting = needs == 0 ? 0 : least_meeting(needs);
  return meeting == never ? never : required_ + std::max(meeting, distinct);
}

// By the needs met so far: how few members that takes.
uint32_t MembersLeft::least_meeting(uint32_t needs) const {
  std::vector<uint32_t> fewest(needs + 1, never);
  fewest[0] = 0;
  for (uint32_t met = 0; met < needs; ++met) {
    if (fewest[met] == never) continue;
    for (const Group & group : groups_) {
      uint32_t & after = fewest[met | (group.meets & needs)];
      if (group.count > 0) after = std::min(after, fewest[met] + 1);
    }
  }
  return fewest[needs];
}

}  // namespace espalier
