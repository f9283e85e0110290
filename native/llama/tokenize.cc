// See tokenize.h. Decides from which length of a stretch on a text is read on a deep stack, and how deep that is.
#include "llama/tokenize.h"

#include <algorithm>
#include <exception>
#include <new>
#include <string>

#include "deep_stack.h"
#include "failure.h"
#include "llama/api.h"
#include "llama/guard.h"

namespace espalier {

namespace {

/// Measured with GNU's library: 350. A character may be a byte.
constexpr size_t stack_per_byte = 640;
constexpr size_t stack_least = size_t{1} << 20;
/// Takes less than 400 KB, which every thread has.
constexpr size_t stretch_usual = 1024;
/// 5 GB of stack, if a text really goes so deep.
constexpr size_t stretch_most = size_t{1} << 23;

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// Bytes of the longest stretch that is all white space, or has none: what no tokenizer takes as one lies within.
size_t longest_stretch(std::string_view text) {
  size_t longest = 0;
  size_t from = 0;
  for (size_t at = 1; at <= text.size(); at++) {
    if (at < text.size() && is_space(text[at]) == is_space(text[from])) continue;
    longest = std::max(longest, at - from);
    from = at;
  }
  return longest;
}

[[noreturn]] void refuse(const std::string & message) { throw Failure("UsageError", "TOKENIZE_FAILED", message); }

}  // namespace

std::vector<int32_t> call_tokenizer(const llama_vocab * vocab, std::string_view text, TokenizeMarks marks) {
  if (text.size() > INT32_MAX / 2) refuse("The text is too long to be tokenized at once.");
  const size_t stretch = llama().llama_vocab_type(vocab) == LLAMA_VOCAB_TYPE_BPE ? longest_stretch(text) : 0;
  if (stretch > stretch_most) {
    refuse("The text has " + std::to_string(stretch) + " bytes without white space, or of nothing else; expected at " +
           "most " + std::to_string(stretch_most) + ": divide it.");
  }
  std::vector<int32_t> tokens(text.size() + 8);
  const auto call = [&] {
    return llama().llama_tokenize(vocab, text.data(), static_cast<int32_t>(text.size()), tokens.data(),
                                  static_cast<int32_t>(tokens.size()), marks.adds, marks.reads);
  };
  int32_t count = 0;
  const auto tokenize = [&] {
    count = guarded(call);
    if (count >= 0 || count == INT32_MIN) return;
    tokens.resize(static_cast<size_t>(-count));
    count = guarded(call);
  };
  try {
    if (stretch <= stretch_usual) tokenize();
    else on_deep_stack(stack_least + stretch * stack_per_byte, tokenize);
  } catch (const std::bad_alloc &) {
    throw;
  } catch (const std::exception & error) {
    refuse(std::string("The vocabulary can't spell this text: ") + error.what() + ".");
  }
  if (count < 0) refuse("The text is too long to be tokenized at once.");
  tokens.resize(static_cast<size_t>(count));
  return tokens;
}

}  // namespace espalier
