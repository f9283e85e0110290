// See mask_ahead.h. A refusal is kept: asked again, the matcher might have learnt enough to answer, and whether a draw
// fails must not depend on who was quicker.
#include "mask_ahead.h"

namespace espalier {

void MaskAhead::prepare(Matcher & matcher) noexcept {
  try {
    at_ = -1;
    failure_ = nullptr;
    words_.resize((static_cast<size_t>(token_count(matcher.trie())) + 31) / 32);
    matcher.mask(words_.data());
  } catch (...) {
    failure_ = std::current_exception();
  }
  at_ = matcher.token_count();
}

bool MaskAhead::allows(Matcher & matcher, int32_t token) const {
  if (!has(matcher)) return matcher.allows(token);
  const auto at = static_cast<size_t>(token);
  return (words_[at / 32] >> (at % 32) & 1u) != 0;
}

void MaskAhead::mask(Matcher & matcher, std::vector<uint32_t> & words) const {
  if (!is_of(matcher)) {
    words.resize((static_cast<size_t>(token_count(matcher.trie())) + 31) / 32);
    return matcher.mask(words.data());
  }
  if (failure_ != nullptr) std::rethrow_exception(failure_);
  words = words_;
}

}  // namespace espalier
