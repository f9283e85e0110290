// The mask of a generation's next draw, worked out while the logits for it are still being computed: a mask depends on
// the matcher alone. Decides whether what was worked out is still what the matcher would say.
//
// Threads: one at a time, and never while somebody else uses the matcher.
#pragma once

#include <cstdint>
#include <exception>
#include <vector>

#include "constraint/matcher.h"

namespace espalier {

class MaskAhead {
 public:
  /// Keeps what goes wrong for who asks.
  void prepare(Matcher & matcher) noexcept;
  /// As the matcher's own. Throw what the matcher throws.
  bool allows(Matcher & matcher, int32_t token) const;
  void mask(Matcher & matcher, std::vector<uint32_t> & words) const;
  /// Whether asking for the mask costs nothing.
  bool has(const Matcher & matcher) const { return is_of(matcher) && failure_ == nullptr; }

 private:
  bool is_of(const Matcher & matcher) const { return at_ == matcher.token_count(); }

  std::vector<uint32_t> words_;
  std::exception_ptr failure_;
  int64_t at_ = -1;  // tokens the matcher had accepted: within a step it only goes on
};

}  // namespace espalier
