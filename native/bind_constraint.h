// The constraint core's JavaScript classes, as the other bindings use them. Decides how a vocabulary reaches
// JavaScript and how a step borrows a matcher. Never decides which token may come next. JS thread only.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "bind_wrapped.h"
#include "constraint/matcher.h"

namespace espalier {

/// What a vocabulary knows beyond its trie. Shared with every JS object made from it, so it outlives them.
class VocabSource {
 public:
  virtual ~VocabSource() = default;
  /// Canonical tokens; no BOS/EOS, no space put in front. `special`: text of special tokens becomes that token.
  /// May throw std::exception.
  virtual std::vector<int32_t> tokenize(std::string_view bytes, bool special) const = 0;
  virtual std::optional<int32_t> bos() const = 0;
  virtual std::optional<int32_t> eos() const = 0;
  virtual bool adds_bos() const = 0;
  /// Whether a space belongs in front of text at the beginning and behind a special token; `tokenize` puts none.
  virtual bool adds_space() const = 0;
  virtual std::string special_text(int32_t token) const = 0;
};

/// Registers the classes for this env and exports `createVocab({ tokens, special, eog, bos?, eos?, addsBos? })`,
/// whose `tokenize` takes the longest matching token at each byte. Call once, from the module's init.
void init_constraint(napi_env env, napi_value exports);

/// A RawVocab (lib/native/raw.ts). init_constraint must have run in this env.
napi_value make_vocab(napi_env env, std::shared_ptr<const TokenTrie> trie, std::shared_ptr<const VocabSource> source);

struct MatcherObject {
  static constexpr napi_type_tag tag = {0x9d0b6a53c1f24e07u, 0x8a3b51d6e0c94f12u};
  static constexpr const char * name = "NativeMatcher";
  std::unique_ptr<Matcher> matcher;  // null once disposed
  /// A step has it: every JS call on the matcher throws UsageError BUSY, and the step keeps the JS object alive.
  bool is_busy = false;
  ExternalBytes external;
};

/// What a NativeMatcher wraps. Throws UsageError MATCHER_EXPECTED for anything else.
MatcherObject & matcher_object(Js value, const Path & path);
/// Throws UsageError DISPOSED, BUSY. The matcher stays while the JS object is alive and not disposed.
Matcher & usable(MatcherObject & object);

}  // namespace espalier
