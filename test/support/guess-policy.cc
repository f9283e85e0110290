// Decodes a text with guesses on a made-up machine, as native/guess_policy.h decides: what a call takes is a table, and
// chance says what is drawn. Prints for each seed, what it took as a share of what it takes without
// guesses.
//   guess-policy <micros of a call of 1, 2, 3, 4, 6, 8, 16 and 32 rows> <hit rate at first> <after 32 hits> <texts>
//                <stalls of 1,000 calls> <seeds>
#include "guess_policy.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>

using espalier::GuessPolicy;

namespace {

constexpr std::array<double, 8> sizes = {1, 2, 3, 4, 6, 8, 16, 32};
constexpr int tokens_each = 600;
constexpr int stalled_calls = 2;

struct Machine {
  std::array<double, 8> micros;

  double call(double rows) const {
    size_t above = 1;
    while (above + 1 < sizes.size() && sizes[above] < rows) above++;
    const double share = (rows - sizes[above - 1]) / (sizes[above] - sizes[above - 1]);
    return micros[above - 1] + share * (micros[above] - micros[above - 1]);
  }
};

struct Text {
  int left = tokens_each;
  size_t agreed = 0;  // tokens before that agree with the place guesses are from; 0: there are none
};

struct Chance {
  double first;
  double later;

  double of(size_t agreed) const {
    return first + (later - first) * std::min(1.0, std::log2(static_cast<double>(agreed)) / 5);
  }
};

double cost_of(const Machine & machine, const Chance & chance, size_t count, double stalls, unsigned seed) {
  std::vector<Text> texts(count);
  std::mt19937 random(seed);
  std::uniform_real_distribution<> uniform(0, 1);
  std::normal_distribution<> noise(0, 0.05);
  GuessPolicy policy;
  const double plain = tokens_each * machine.call(static_cast<double>(count));
  double micros = 0;
  int stalled = 0;
  for (;;) {
    std::vector<Text *> live;
    for (Text & text : texts)
      if (text.left > 0) live.push_back(&text);
    if (live.empty()) break;
    std::vector<GuessPolicy::Chances> groups;
    for (const Text * text : live) {
      const size_t most = text->agreed > 0 && !policy.is_spent() ? GuessPolicy::guesses_max : 0;
      groups.push_back(policy.chances(text->agreed, std::min<size_t>(most, static_cast<size_t>(text->left - 1))));
    }
    const std::vector<size_t> counts = policy.choose(live.size(), groups, 1000);
    size_t guesses = 0;
    for (const size_t count : counts) guesses += count;
    const size_t rows = live.size() + guesses;
    const double call = machine.call(static_cast<double>(rows));
    micros += call;
    if (stalled > 0) stalled--;
    else if (uniform(random) < stalls) stalled = stalled_calls;
    // What somebody else's work adds is not the guesses': it is measured, and not counted.
    policy.measure(rows, call * std::exp(noise(random)) * (stalled > 0 ? 3 + 10 * uniform(random) : 1));

    std::vector<double> stand(live.size(), 0);
    for (size_t i = 0; i < live.size(); i++) {
      Text & text = *live[i];
      for (size_t drawn = 0; drawn <= counts[i]; drawn++) {
        text.left--;
        const bool is_hit = text.agreed > 0 && uniform(random) < chance.of(text.agreed);
        if (text.agreed > 0) policy.learn(text.agreed, is_hit);
        text.agreed = is_hit ? text.agreed + 1 : 1;
        if (!is_hit) break;
        if (drawn < counts[i]) stand[i]++;
      }
    }
    if (guesses > 0) policy.settle(rows, guesses, stand);
  }
  return micros / plain;
}

}  // namespace

int main(int, char ** arguments) {
  Machine machine{};
  const auto number = [&](size_t index) { return std::atof(arguments[index]); };
  for (size_t i = 0; i < sizes.size(); i++) machine.micros[i] = number(i + 1);
  const Chance chance = {number(9), number(10)};
  for (unsigned seed = 1; seed <= number(13); seed++)
    std::printf("%.4f\n", cost_of(machine, chance, static_cast<size_t>(number(11)), number(12) / 1000, seed));
  return 0;
}
