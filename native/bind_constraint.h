// The constraint core's JavaScript classes, as the other bindings use them. Decides how a vocabulary reaches
// JavaScript and how a step borrows a matcher. Never decides which token may come next.
//
// Everything here belongs to the JavaScript thread. Errors are Napi::Error whose JS object has `code` and `kind`
// ('ConstraintError' | 'UsageError'); they are thrown as C++ exceptions (the addon is built with NAPI_CPP_EXCEPTIONS).
#pragma once

#include <napi.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

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
};

/// Registers the classes for this env and exports `createVocab({ tokens, special, eog, bos?, eos?, addsBos? })`,
/// whose `tokenize` takes the longest matching token at each byte. Call once, from the module's init.
void init_constraint(Napi::Env env, Napi::Object exports);

/// A NativeVocab (lib/native/addon.ts). init_constraint must have run in this env.
Napi::Value make_vocab(Napi::Env env, std::shared_ptr<const TokenTrie> trie, std::shared_ptr<const VocabSource> source);

/// The matcher behind a NativeMatcher. Throws UsageError: MATCHER_EXPECTED (anything else was passed), DISPOSED, BUSY.
/// The pointer stays valid while the JS object is alive and not disposed; a busy matcher can't be disposed.
Matcher * unwrap_matcher(Napi::Value value);

/// From here until clear_busy every JS call on the matcher throws UsageError BUSY. The caller keeps the JS object alive
/// (a Napi::Reference) meanwhile.
void mark_busy(Napi::Value value);
void clear_busy(Napi::Value value);

}  // namespace espalier
