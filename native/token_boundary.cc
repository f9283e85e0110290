// See token_boundary.h.
#include "token_boundary.h"

#include <algorithm>

#include "constraint/trie.h"
#include "token_seam.h"

namespace espalier {

/// First and last place where a token may start that runs past a text's end; its length where there is none.
struct TokenBoundary::Starts {
  size_t first;
  size_t last;
};

/// The last of some tokens.
struct TokenBoundary::Tail {
  size_t from;  // index of the first
  std::string text;
  std::vector<size_t> offsets;  // where each starts in the text, and its end
};

TokenBoundary::TokenBoundary(std::shared_ptr<const TokenTrie> trie, const Tokenizer & tokenizer)
    : trie_(std::move(trie)), tokenizer_(tokenizer) {
  for (const int32_t token : trie_->sorted()) {
    const std::string_view bytes = trie_->bytes(token);
    bytes_max_ = std::max(bytes_max_, bytes.size());
    for (size_t i = 1; i < bytes.size(); i++) {
      has_pair_.set(static_cast<uint8_t>(bytes[i - 1]) * 256u + static_cast<uint8_t>(bytes[i]));
    }
  }
}

TokenBoundary::~TokenBoundary() = default;

bool TokenBoundary::is_token(std::string_view bytes) const {
  const size_t next = trie_->first_extension(bytes);
  return next > 0 && trie_->bytes(trie_->sorted()[next - 1]) == bytes;
}

// Whether a token lies across `at` in the text before `end`: starts before `at`, ends after it, not after `end`.
bool TokenBoundary::is_crossed(std::string_view text, size_t at, size_t end) const {
  if (at == 0 || at >= end) return false;
  if (!has_pair_[static_cast<uint8_t>(text[at - 1]) * 256u + static_cast<uint8_t>(text[at])]) return false;
  const size_t first = at + 1 > bytes_max_ ? at + 1 - bytes_max_ : 0;
  for (size_t from = at; from-- > first;) {
    if (!trie_->can_extend(text.substr(from, at - from))) continue;
    const size_t last = std::min(end, from + bytes_max_);
    for (size_t until = at + 1; until <= last; until++) {
      if (is_token(text.substr(from, until - from))) return true;
      if (until < last && !trie_->can_extend(text.substr(from, until - from))) break;
    }
  }
  return false;
}

std::vector<size_t> TokenBoundary::offsets_of(const std::vector<int32_t> & tokens, size_t from) const {
  std::vector<size_t> offsets{from};
  for (const int32_t token : tokens) offsets.push_back(offsets.back() + trie_->bytes(token).size());
  return offsets;
}

// The last tokens with at least `reach` bytes, or all back to the wall.
TokenBoundary::Tail TokenBoundary::tail_of(const std::vector<int32_t> & tokens, size_t wall, size_t reach) const {
  size_t from = tokens.size();
  for (size_t length = 0; from > wall && length < reach; from--) length += trie_->bytes(tokens[from - 1]).size();
  Tail tail{from, "", {0}};
  for (size_t i = from; i < tokens.size(); i++) {
    tail.text += trie_->bytes(tokens[i]);
    tail.offsets.push_back(tail.text.size());
  }
  return tail;
}

// An end of the tokens and then the bytes, which are tokenised there as they are in the whole text. None where that may
// begin before what is known.
std::optional<std::string> TokenBoundary::window(LeftContext before, std::string_view bytes) const {
  const std::vector<int32_t> & tokens = before.tokens;
  size_t wall = tokens.size();
  while (wall > 0 && !(trie_->bytes(tokens[wall - 1]).empty() && trie_->is_special(tokens[wall - 1]))) wall--;
  const bool is_wall_known = wall > 0 || before.is_whole;
  for (size_t reach = bytes_max_ * 2;; reach *= 4) {
    const Tail tail = tail_of(tokens, wall, reach);
    const std::string joined = tail.text + std::string(bytes);
    const bool is_at_wall = tail.from == wall && is_wall_known;
    // Tokens across a place closer to the tail's own start could not be seen.
    const size_t first = is_at_wall ? 1 : bytes_max_;
    for (size_t i = tail.offsets.size() - 1; i-- > 0;) {
      const size_t at = tail.offsets[i];
      if (at < first) break;
      if (is_seam(tail.text, at) && !is_crossed(joined, at, joined.size())) return joined.substr(at);
    }
    if (is_at_wall) return joined;
    if (tail.from == wall) return std::nullopt;
  }
}

template <typename MayRunPast>
TokenBoundary::Starts TokenBoundary::extension_starts(std::string_view text, MayRunPast may_run_past) const {
  const auto can_start = [&](size_t from) { return trie_->can_extend(text.substr(from)) && may_run_past(from); };
  Starts starts{text.size() + 1 > bytes_max_ ? text.size() + 1 - bytes_max_ : 0, text.size()};
  while (starts.first < text.size() && !can_start(starts.first)) starts.first++;
  while (starts.last > starts.first && (starts.last == text.size() || !can_start(starts.last))) starts.last--;
  // A run of white space is cut before its last character, where something else follows it.
  const size_t run = space_run_start(text);
  if (run == text.size()) return starts;
  return {std::min(starts.first, run), std::max(starts.last, text.size() - 1)};
}

// Number of tokens that stay whatever follows the text.
size_t TokenBoundary::settled_tokens(std::string_view text, const std::vector<size_t> & offsets, Starts starts) const {
  size_t count = offsets.size() - 1;
  while (count > 0 && (offsets[count] > starts.first || is_crossed(text, offsets[count], starts.last))) count--;
  return count;
}

std::optional<ForcedTokens> TokenBoundary::forced_tokens(LeftContext before, std::string_view forced, Matcher & matcher,
                                                         bool counts_sure) const {
  const std::optional<std::string> joined = window(before, forced);
  if (!joined) return std::nullopt;
  const size_t at = joined->size() - forced.size();
  // A character cut at the end can't be tokenised; it may also have begun before the forced bytes.
  const std::string_view text = whole_code_points(*joined);
  ForcedTokens result;
  if (text.size() <= at) return result;
  std::vector<int32_t> tokens = tokenizer_.tokenize(text, false);
  std::vector<size_t> offsets = offsets_of(tokens, 0);
  const auto own = std::find(offsets.begin(), offsets.end(), at);
  size_t first = static_cast<size_t>(own - offsets.begin());
  if (own == offsets.end()) {
    // The last token would be another one, had it been known what follows; it was drawn, so it stays.
    tokens = tokenizer_.tokenize(text.substr(at), false);
    offsets = offsets_of(tokens, at);
    first = 0;
  }
  const auto behind = [&](size_t count) { return std::max(first, count) - first; };
  result.settled = behind(settled_tokens(text, offsets, extension_starts(text, [](size_t) { return true; })));
  result.sure = result.settled;
  if (counts_sure && text.size() == joined->size()) {
    // Tokens that begin before the forced bytes are there already.
    const auto may = [&](size_t from) { return from >= at && matcher.runs_past(forced, from - at); };
    result.sure = std::max(result.settled, behind(settled_tokens(text, offsets, extension_starts(text, may))));
  }
  result.tokens.assign(tokens.begin() + static_cast<std::ptrdiff_t>(first), tokens.end());
  return result;
}

}  // namespace espalier
