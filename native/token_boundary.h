// Tokens for bytes that follow without alternative. Decides which they are so that they are canonical whatever follows:
// rule for rule what lib/engine/local/tokens/boundary.ts says of forced bytes, where the reasons stand. Knows a little
// fewer seams, so that it may read further back and find the same. Threads: immutable once made.
#pragma once

#include <bitset>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "constraint/matcher.h"
#include "model_tokenizer.h"

namespace espalier {

/// The tokens that forced bytes come after, as far back as they are known.
struct LeftContext {
  const std::vector<int32_t> & tokens;
  bool is_whole;  // nothing came before them
};

struct ForcedTokens {
  std::vector<int32_t> tokens;  // of the forced bytes, but for a character that is cut at their end
  size_t settled = 0;           // so many stay whatever follows
  size_t sure = 0;              // and so many whatever follows that the constraint allows
};

class TokenBoundary {
 public:
  TokenBoundary(std::shared_ptr<const TokenTrie> trie, const Tokenizer & tokenizer);
  ~TokenBoundary();
  /// Tokens for bytes the matcher calls forced. `counts_sure` false: `sure` is as `settled`. Nothing where the tokens
  /// before don't tell. Throws Failure TOKENIZE_FAILED.
  std::optional<ForcedTokens> forced_tokens(LeftContext before, std::string_view forced, Matcher & matcher,
                                            bool counts_sure) const;

 private:
  struct Starts;
  struct Tail;
  template <typename MayRunPast>
  Starts extension_starts(std::string_view text, MayRunPast may_run_past) const;
  size_t settled_tokens(std::string_view text, const std::vector<size_t> & offsets, Starts starts) const;
  std::optional<std::string> window(LeftContext before, std::string_view bytes) const;
  Tail tail_of(const std::vector<int32_t> & tokens, size_t wall, size_t reach) const;
  std::vector<size_t> offsets_of(const std::vector<int32_t> & tokens, size_t from) const;
  bool is_crossed(std::string_view text, size_t at, size_t end) const;
  bool is_token(std::string_view bytes) const;

  std::shared_ptr<const TokenTrie> trie_;
  const Tokenizer & tokenizer_;
  size_t bytes_max_ = 1;             // of the longest token
  std::bitset<256 * 256> has_pair_;  // bit a * 256 + b: some token has byte b right after byte a
};

}  // namespace espalier
