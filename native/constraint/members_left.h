// What a set of members still has to ask and to offer. Decides how few more members can complete it; never knows which
// they are.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "grammar_rules.h"

namespace espalier {

class MembersLeft {
 public:
  static constexpr uint32_t never = UINT32_MAX;

  /// An element that has not come yet. One that has, met and counted what it can, however often it may come again.
  void add(const MemberSet::Element & element) { change(element, 1); }
  /// It has come.
  void take(const MemberSet::Element & element) { change(element, -1); }
  uint32_t required() const { return required_; }
  /// Members that are needed at least: all required ones, those that meet `needs`, and so many that there are
  /// `distinct`; `never` where all that is left is too little.
  uint32_t least(uint32_t needs, uint32_t distinct) const;

 private:
  struct Group {
    uint32_t meets;
    uint32_t count;
  };
  void change(const MemberSet::Element & element, int by);
  uint32_t least_meeting(uint32_t needs) const;

  uint32_t required_ = 0;
  std::array<uint32_t, MemberSet::need_count_max> required_meeting_ = {};  // per need
  uint32_t others_ = 0;
  std::vector<Group> groups_;  // of all that is not required, by what it meets
};

}  // namespace espalier
