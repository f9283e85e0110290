// See sampler_dry.h. Positions are counted from the end, since what ends the text is what is compared.
#include "sampler_dry.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

namespace espalier {

namespace {

/// Keeps a logit finite, however long a repetition is.
constexpr double penalty_max = 1e30;

bool holds(std::string_view token, std::string_view text) { return token.find(text) != std::string_view::npos; }

}  // namespace

Dry::Dry(DrySettings settings) : settings_(std::move(settings)) {}

void Dry::see(int32_t token) {
  if (!is_on()) return;
  std::vector<int32_t> & window = settings_.window;
  window.push_back(token);
  // Now and then, so that each token is moved once.
  const auto most = static_cast<size_t>(settings_.last_n);
  if (window.size() / 2 > most) window.erase(window.begin(), window.end() - static_cast<std::ptrdiff_t>(most));
}

std::vector<std::pair<int32_t, double>> Dry::penalties(const TokenTrie & trie) const {
  const size_t count = std::min(settings_.window.size(), static_cast<size_t>(settings_.last_n));
  const auto allowed = static_cast<size_t>(settings_.allowed_length);
  if (count <= allowed) return {};
  const size_t most = repeat_max(trie, count);
  if (most < allowed) return {};
  std::unordered_map<int32_t, size_t> longest;
  const std::vector<size_t> lengths = repeats(count, most);
  for (size_t back = 1; back < count; back++) {
    if (lengths[back] < allowed) continue;
    // What came after it then would go on with it now.
    size_t & known = longest[token_at(back - 1)];
    known = std::max(known, lengths[back]);
  }
  std::vector<std::pair<int32_t, double>> penalties;
  for (const auto & [token, length] : longest) {
    const std::string_view bytes = trie.bytes(token);
    const bool breaks = std::any_of(settings_.breakers.begin(), settings_.breakers.end(),
                                    [bytes](const std::string & one) { return holds(bytes, one); });
    if (breaks) continue;
    const double penalty = settings_.multiplier * std::pow(settings_.base, static_cast<double>(length - allowed));
    penalties.emplace_back(token, std::min(penalty, penalty_max));
  }
  return penalties;
}

/// Tokens behind the last breaker; all of them where there is none.
size_t Dry::repeat_max(const TokenTrie & trie, size_t count) const {
  for (size_t back = 0; back < count; back++) {
    bool is_begun = false;
    size_t longest = 0;
    for (const std::string & breaker : settings_.breakers) {
      size_t tail = 0;
      if (!begins_breaker(trie, breaker, back, tail)) continue;
      is_begun = true;
      longest = std::max(longest, tail);
    }
    if (is_begun) return back - longest;
  }
  return count;
}

/// Whether the token holds the breaker, or its end begins it and the tokens behind it go on with it, `tail` of them.
bool Dry::begins_breaker(const TokenTrie & trie, std::string_view breaker, size_t back, size_t & tail) const {
  const std::string_view token = trie.bytes(token_at(back));
  if (holds(token, breaker)) return true;
  bool is_begun = false;
  for (size_t begun = 1; begun < breaker.size() && begun <= token.size(); begun++) {
    if (token.substr(token.size() - begun) != breaker.substr(0, begun)) continue;
    std::string_view rest = breaker.substr(begun);
    size_t count = 0;
    while (!rest.empty() && count < back) {
      const std::string_view next = trie.bytes(token_at(back - 1 - count));
      const size_t length = std::min(next.size(), rest.size());
      // A special token has no bytes, and ends what was begun.
      if (length == 0 || next.substr(0, length) != rest.substr(0, length)) break;
      rest.remove_prefix(length);
      count++;
    }
    if (!rest.empty()) continue;
    is_begun = true;
    tail = std::max(tail, count);
  }
  return is_begun;
}

/// For each place how many tokens up to it are those at the end, at most `most`. The Z-algorithm from the end: each
/// comparison that holds moves `end`, which never comes back.
std::vector<size_t> Dry::repeats(size_t count, size_t most) const {
  std::vector<size_t> lengths(count, 0);
  size_t start = 0;
  size_t end = 0;
  for (size_t back = 1; back < count; back++) {
    size_t length = back < end ? std::min(end - back, lengths[back - start]) : 0;
    while (back + length < count && token_at(length) == token_at(back + length)) length++;
    lengths[back] = length;
    if (back + length > end) {
      start = back;
      end = back + length;
    }
  }
  for (size_t & length : lengths) length = std::min(length, most);
  return lengths;
}

}  // namespace espalier
