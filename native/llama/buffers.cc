// See buffers.h. Decides which words of a line say what a buffer is for.
#include "llama/buffers.h"

#include <algorithm>
#include <cstdlib>

namespace espalier {

namespace {

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

// The text behind a line's end is llama.cpp's own zero.
size_t size_behind(std::string_view line, size_t at) noexcept {
  const size_t equals = line.find('=', at);
  if (equals == std::string_view::npos) return 0;
  const double mebibytes = std::strtod(line.data() + equals + 1, nullptr);
  return mebibytes > 0 && mebibytes < 1e9 ? static_cast<size_t>(mebibytes * (1 << 20)) : 0;
}

BufferUse use_of(std::string_view kind) {
  if (has(kind, " KV ") || has(kind, " RS ")) return BufferUse::cache;
  return has(kind, " model ") ? BufferUse::weights : BufferUse::work;
}

// "llama_kv_cache:        CPU KV ": the word behind the colon.
std::array<char, 32> place_of(std::string_view kind) {
  std::array<char, 32> place = {};
  const size_t colon = kind.find(':');
  const size_t from = colon == std::string_view::npos ? colon : kind.find_first_not_of(' ', colon + 1);
  if (from == std::string_view::npos) return place;
  const std::string_view word = kind.substr(from, std::min(kind.find(' ', from) - from, place.size() - 1));
  std::copy(word.begin(), word.end(), place.begin());
  return place;
}

}  // namespace

// "llama_kv_cache:        CPU KV buffer size =    12.00 MiB"
// "llama_kv_cache: size =   12.00 MiB (  2048 cells,   6 layers, 32/1 seqs), K (f16):    6.00 MiB, ..."
std::optional<TakenBuffer> taken_buffer(std::string_view line) noexcept {
  const size_t at = line.find("buffer size");
  if (at != std::string_view::npos) {
    const std::string_view kind = line.substr(0, at);
    return TakenBuffer{use_of(kind), place_of(kind), size_behind(line, at)};
  }
  const bool is_cache = line.rfind("llama_kv_cache", 0) == 0 || line.rfind("llama_memory", 0) == 0;
  const size_t total = is_cache ? line.find(": size =") : std::string_view::npos;
  if (total == std::string_view::npos) return std::nullopt;
  return TakenBuffer{BufferUse::whole_cache, {}, size_behind(line, total)};
}

void BufferTally::add(const TakenBuffer & taken) noexcept {
  Entry * const end = entries_.data() + count_;
  Entry * const found =
      std::find_if(entries_.data(), end, [&](const Entry & entry) { return entry.place == taken.place; });
  if (found == end) {
    if (count_ == entries_.size()) return;
    *found = {taken.place, 0};
    count_++;
  }
  found->bytes += taken.bytes;
}

}  // namespace espalier
