// See compiled_cache.h.
#include "compiled_cache.h"

#include <algorithm>

#include "byte_set.h"
#include "constraint.h"

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
      entry_bytes_ -= size_of(entry);
      entries_.erase(it);
      break;
    }
    keep_recent(constraint);
    return constraint;
  }
  const auto * literals = reinterpret_cast<const uint8_t *>(bytes.data());
  std::shared_ptr<Constraint> made =
      compile_constraint(trie, words.data(), words.size(), literals, bytes.size(), limits);
  keep_recent(made);
  if (entries_.size() >= sweep_at_ || entry_bytes_ > sweep_above_) drop_expired();
  const auto entry = entries_.emplace(hash, Entry{std::move(words), std::move(bytes), limits, made});
  entry_bytes_ += size_of(entry->second);
  return made;
}

void CompiledCache::keep_recent(const std::shared_ptr<Constraint> & constraint) {
  const auto known = std::find(recent_.begin(), recent_.end(), constraint);
  if (known != recent_.end()) recent_.erase(known);
  recent_.push_back(constraint);
  if (recent_.size() > recent_max) recent_.pop_front();
  // What they hold grows while they are used, so all are asked again.
  size_t bytes = 0;
  for (const auto & kept : recent_) bytes += kept->bytes();
  for (; bytes > recent_bytes_max && recent_.size() > 1; recent_.pop_front()) bytes -= recent_.front()->bytes();
}

void CompiledCache::drop_expired() {
  for (auto it = entries_.begin(); it != entries_.end();) {
    if (!it->second.constraint.expired()) {
      ++it;
      continue;
    }
    entry_bytes_ -= size_of(it->second);
    it = entries_.erase(it);
  }
  sweep_above_ = std::max<size_t>(size_t{16} << 20, entry_bytes_ * 2);
  sweep_at_ = std::max<size_t>(64, entries_.size() * 2);
}

}  // namespace espalier
