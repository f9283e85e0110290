// See guess_source.h. Decides how many tokens have to agree.
#include "guess_source.h"

#include <algorithm>

namespace espalier {

namespace {

/// Fewer tokens that agree say too little.
constexpr size_t agreed_min = 2;
/// More are not told apart.
constexpr size_t agreed_max = 32;

}  // namespace

GuessSource::GuessSource(const std::vector<std::vector<int32_t>> & texts) : texts_(&texts) {
  if (!texts.empty()) own_ = texts.front();
  look_up();
}

void GuessSource::add(int32_t token) {
  if (texts_->empty()) return;
  const bool is_hit = agreed_ > 0 && text_at(text_)[at_] == token;
  own_.push_back(token);
  if (!is_hit) return look_up();
  at_++;
  agreed_ = std::min(agreed_ + 1, agreed_max);
  if (at_ == text_at(text_).size()) look_up();
}

// Our own text goes on with the guesses themselves: what repeats is taken to go on repeating.
std::vector<int32_t> GuessSource::next(size_t count_max) const {
  std::vector<int32_t> tokens;
  if (agreed_ == 0) return tokens;
  const std::vector<int32_t> & text = text_at(text_);
  while (tokens.size() < count_max) {
    const size_t at = at_ + tokens.size();
    if (at < text.size()) tokens.push_back(text[at]);
    else if (text_ == 0) tokens.push_back(tokens[at - text.size()]);
    else break;
  }
  return tokens;
}

// How many tokens before `until` in the text are the last ones of our own.
size_t GuessSource::agreement(const std::vector<int32_t> & text, size_t until) const {
  const size_t most = std::min({until, own_.size(), agreed_max});
  size_t count = 0;
  while (count < most && text[until - 1 - count] == own_[own_.size() - 1 - count]) count++;
  return count;
}

// The place that agrees longest; among equals the first text's that is not our own, and there the last.
void GuessSource::look_up() {
  agreed_ = 0;
  if (own_.empty()) return;
  const int32_t last = own_.back();
  for (size_t i = 0; i < texts_->size(); i++) {
    const size_t index = (i + 1) % texts_->size();
    const std::vector<int32_t> & text = text_at(index);
    for (size_t until = text.size(); until > 1;) {
      until--;
      if (text[until - 1] != last) continue;
      const size_t count = agreement(text, until);
      if (count < agreed_min || count <= agreed_) continue;
      agreed_ = count;
      text_ = index;
      at_ = until;
      if (count == agreed_max) return;
    }
  }
}

}  // namespace espalier
