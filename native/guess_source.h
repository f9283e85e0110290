// What may come next in a generation: what followed the same tokens before, in its own text or in others. Decides which
// place to go on from; whether a guess is decoded is the policy's, and whether it stands the draws'.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace espalier {

class GuessSource {
 public:
  /// The first of the texts is what the generation goes on from; the others stay with the caller. None: no guesses.
  explicit GuessSource(const std::vector<std::vector<int32_t>> & texts);

  /// The generation went on with a token.
  void add(int32_t token);
  /// At most so many tokens that may follow.
  std::vector<int32_t> next(size_t count_max) const;
  /// Tokens before that agree with the place they are from; 0: there is no guess.
  size_t agreed() const { return agreed_; }
  /// Whether guesses are wanted at all.
  bool is_on() const { return !texts_->empty(); }
  /// What it goes on from, and all it went on with.
  const std::vector<int32_t> & own() const { return own_; }
  /// Where there is a guess.
  bool expects(int32_t token) const { return text_at(text_)[at_] == token; }

 private:
  void look_up();
  size_t agreement(const std::vector<int32_t> & text, size_t until) const;
  const std::vector<int32_t> & text_at(size_t index) const { return index == 0 ? own_ : (*texts_)[index]; }

  const std::vector<std::vector<int32_t>> * texts_;
  std::vector<int32_t> own_;
  size_t text_ = 0;
  size_t at_ = 0;  // of the guess, in that text
  size_t agreed_ = 0;
};

}  // namespace espalier
