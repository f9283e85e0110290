// What is known of one suffix: where each byte stands in it, and which tokens hold all of it and go on.
#include "suffix.h"

#include <atomic>

namespace espalier {

namespace {
std::atomic<uint64_t> next_id{1};
}

SuffixUse::SuffixUse(std::string_view literal)
    : bytes(literal.substr(0, bytes_max)), whole(uint64_t{1} << (bytes.size() - 1)), id(next_id++) {
  for (size_t i = 0; i < bytes.size(); ++i) places_[static_cast<uint8_t>(bytes[i])] |= uint64_t{1} << i;
}

int SuffixUse::longest(uint64_t active) {
  int length = 0;
  for (; active != 0; active >>= 1) ++length;
  return length;
}

const std::vector<int32_t> & SuffixUse::straddlers(const TokenTrie & trie) const {
  if (!straddlers_.has_value()) {
    straddlers_.emplace();
    for (int32_t token : trie.sorted()) {
      const std::string_view text = trie.bytes(token);
      const size_t found = text.size() > bytes.size() ? text.find(bytes) : std::string_view::npos;
      if (found != std::string_view::npos && found + bytes.size() < text.size()) straddlers_->push_back(token);
    }
  }
  return *straddlers_;
}

}  // namespace espalier
