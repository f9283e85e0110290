// See compiled_cache.h.
#include "compiled_cache.h"

#include <algorithm>

#include "byte_set.h"

namespace espalier {

namespace {

uint64_t hash_of(const std::vector<int32_t> & words, const std::string & bytes, const CompileLimits & limits) {
  uint64_t hash = mix(words.size(), static_cast<uint64_t>(limits.states_max));
  hash = mix(hash, static_cast<uint64_t>(limits.fuel_max));
  for (int32_t word : words) hash = mix(hash, static_cast<uint32_t>(word));
  for (char c : bytes) hash = mix(hash, static_cast<uint8_t>(c));
  return hash;
}

}  // namespace

std::shared_ptr<Constraint> CompiledCache::compile(const std::shared_ptr<const TokenTrie> & trie,
                                                   std::vector<int32_t> words, std::string bytes,
                                                   CompileLimits limits) {
  const uint64_t hash = hash_of(words, bytes, limits);
  const auto range = entries_.equal_range(hash);
  for (auto it = range.first; it != range.second; ++it) {
    const Entry & entry = it->second;
    if (entry.words != words || entry.bytes != bytes || entry.limits.states_max != limits.states_max ||
        entry.limits.fuel_max != limits.fuel_max) {
      continue;
    }
    std::shared_ptr<Constraint> constraint = entry.constraint.lock();
    if (constraint == nullptr) {
      entries_.erase(it);
      break;
    }
    keep_recent(constraint);
    return constraint;
  }
  const auto * literals = reinterpret_cast<const uint8_t *>(bytes.data());
  std::shared_ptr<Constraint> made =
      compile_constraint(trie, words.data(), words.size(), literals, bytes.size(), limits);
  if (entries_.size() >= sweep_at_) drop_expired();
  entries_.emplace(hash, Entry{std::move(words), std::move(bytes), limits, made});
  keep_recent(made);
  return made;
}

void CompiledCache::keep_recent(const std::shared_ptr<Constraint> & constraint) {
  const auto known = std::find(recent_.begin(), recent_.end(), constraint);
  if (known != recent_.end()) recent_.erase(known);
  recent_.push_back(constraint);
  if (recent_.size() > recent_max) recent_.pop_front();
}

void CompiledCache::drop_expired() {
  for (auto it = entries_.begin(); it != entries_.end();) {
    it = it->second.constraint.expired() ? entries_.erase(it) : std::next(it);
  }
  sweep_at_ = std::max<size_t>(64, entries_.size() * 2);
}

}  // namespace espalier
