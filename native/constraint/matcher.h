// The constraint core as the sampler and the bindings see it. Decides which tokens may come next; never knows about
// models, logits, threads of decoding or N-API.
//
// Threads: TokenTrie is immutable. A Constraint may be used by matchers on any number of threads (it locks its own
// lazy tables). A Matcher belongs to one thread at a time. Only accept, allows, mask and forced wait while another
// matcher of the constraint works out a mask; making, forking, rolling back and asking never do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "constraint_failure.h"

namespace espalier {

/// Bytes of every token, by id. Special tokens have no bytes and are never reachable by matching.
struct VocabTokens {
  std::vector<std::string> bytes;
  std::vector<bool> special;
  std::vector<int32_t> eog;
};

class TokenTrie;
class Constraint;

std::shared_ptr<const TokenTrie> build_token_trie(VocabTokens tokens);
int32_t token_count(const TokenTrie & trie);
/// Whether some ordinary token is `bytes` plus at least one more byte.
bool can_extend(const TokenTrie & trie, std::string_view bytes);

struct CompileLimits {
  int64_t states_max;  // lexer states alive in one constraint
  int64_t fuel_max;    // derivative steps
};
CompileLimits default_limits();

/// Compiles the words of lib/constraint/ir/ir.ts. Throws ConstraintFailure.
std::shared_ptr<Constraint> compile_constraint(std::shared_ptr<const TokenTrie> trie, const int32_t * words,
                                               size_t word_count, const uint8_t * bytes, size_t byte_count,
                                               CompileLimits limits);

/// Whether the bytes are a member, as they stand. Never holds the constraint for long. May throw ConstraintFailure.
bool has_value(Constraint & constraint, std::string_view bytes);
/// About what its tables hold by now. Any thread, at no cost.
size_t bytes_held(const Constraint & constraint);
/// What the trie and its slices hold. Any thread, at no cost.
size_t bytes_held(const TokenTrie & trie);

/// Texts that must not come out of a hole; none of them empty. See NativeConstraint.matcher in lib/native/addon.ts.
struct BanTexts {
  std::vector<std::string> texts;
  std::vector<std::string> ends;
  std::string before;
};

/// Position in `prefix · value · suffix`; see NativeConstraint.matcher in lib/native/addon.ts for the meaning.
/// Methods other than the destructor may throw ConstraintFailure (limits).
class Matcher {
 public:
  /// `suffix` null or empty: nothing follows. `ban` null: nothing is banned.
  Matcher(std::shared_ptr<Constraint> constraint, std::string_view prefix, const std::string_view * suffix,
          const BanTexts * ban = nullptr);
  ~Matcher();
  Matcher(const Matcher &) = delete;
  Matcher & operator=(const Matcher &) = delete;

  /// False, and nothing changed, for a token that is not allowed or does not exist.
  bool accept(int32_t token);
  bool allows(int32_t token);
  /// Sets bit id & 31 of words[id >> 5] for every allowed token and clears all others; (token_count + 31) / 32 words.
  void mask(uint32_t * words);
  /// The value is complete as it stands. End-of-generation tokens are allowed exactly here.
  bool can_end();
  /// An end-of-generation token was accepted; or the whole suffix (its first 64 bytes) was matched; or the value can't
  /// hold the last bytes, so that they belong to the suffix; or, without a suffix, nothing more can follow.
  bool is_ended();
  /// Bytes that follow without alternative, at most `bytes_max`; never beyond the suffix. Without a suffix they stop
  /// where the value could end. A pending prefix is part of them.
  std::string forced(size_t bytes_max);
  /// Of bytes that are `forced`: whether an allowed token begins `from` bytes into them and runs past their end. True
  /// also where that is too complex to be told.
  bool runs_past(std::string_view bytes, size_t from);
  /// Bytes after the prefix, and once ended without the suffix's. Where the value may have ended at several places, all
  /// consistent with the suffix so far, the earliest one counts. So the length can still grow after is_ended, if later
  /// bytes rule that place out.
  int64_t value_length();
  /// Bytes of the suffix consumed, counted from the same place; 0 before the value has ended.
  int64_t suffix_length();
  /// Accepted tokens, an end-of-generation token included.
  int64_t token_count() const;
  /// Throws ConstraintFailure where fewer tokens were accepted.
  void rollback(int64_t tokens);
  std::unique_ptr<Matcher> fork() const;
  const TokenTrie & trie() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
  explicit Matcher(std::unique_ptr<State> state);
};

}  // namespace espalier
