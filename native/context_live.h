// Generations while a step draws for them. Holds what is known of each, and counts.
//
//   tokens before | drawn forced forced | drawn forced    the result's tokens: the first `decoded` of them are rows,
//                 ^ base          decoded ^    pending     the others go into the next decode together
#pragma once

#include <algorithm>

#include "context.h"
#include "guess_policy.h"
#include "guess_source.h"
#include "llama/guard.h"

namespace espalier {

/// The plan doesn't fit the cells.
[[noreturn]] inline void refuse(const char * code, const std::string & message) {
  throw Failure("UsageError", code, message);
}

/// Fewer bytes that a constraint forces are left to a draw.
constexpr size_t forced_bytes_min = 2;

/// What the draft model says comes next, and how probable it holds that.
struct Context::Drafted {
  int32_t token;
  double probability;
};

inline float * found_logits(float * logits) {
  if (logits == nullptr)
    throw Failure("EngineError", "LOGITS_MISSING", "llama.cpp returned no logits for a row that asked for them.");
  return logits;
}

/// A generation while it goes on.
struct Context::Live {
  /// A row that stands if its token is drawn next.
  struct Guess {
    int32_t token;
    int32_t row;
    size_t place;
  };

  Generation * generation;
  GenerationResult * result;
  Sampler sampler;
  int32_t base;                  // tokens before the result's
  size_t place;                  // of its last row: generations at one place hold the same cells
  std::vector<char> is_on_path;  // per forbidden path: everything so far is its beginning
  std::vector<int32_t> context;  // the last tokens so far, where forced bytes are spelled
  int32_t row = -1;              // of the last decode, with its logits
  int64_t draws = 0;
  std::optional<int32_t> sure = std::nullopt;  // what comes next, if only its logits were known
  Kept * kept = nullptr;                       // what it draws from before its first row
  bool has_drawn = false;                      // from logits
  GuessSource source{generation->guess_from};
  std::vector<Drafted> drafted{};  // of its next tokens, the first `drafted_used` of which were drawn
  size_t drafted_used = 0;
  std::vector<Guess> guesses{};  // rows decoded beyond its tokens
  size_t guesses_used = 0;
  // For the policies of guesses and drafts, which all generations share.
  std::vector<std::pair<size_t, bool>> learnt{};
  std::vector<std::pair<double, bool>> learnt_of_drafts{};

  bool draws_now() const { return pending() == 0 && !is_over(); }
  bool is_over() const { return result->stop != GenerationStop::paused; }
  size_t pending() const { return result->tokens.size() - result->decoded; }
  int64_t length() const { return base + static_cast<int64_t>(result->tokens.size()); }

  std::vector<int32_t> banned() const {
    std::vector<int32_t> tokens;
    for (size_t i = 0; i < is_on_path.size(); i++) {
      const auto & path = generation->forbidden[i];
      if (is_on_path[i] != 0 && path.size() == result->tokens.size() + 1) tokens.push_back(path.back());
    }
    return tokens;
  }

  /// A token the matcher has accepted.
  void add(int32_t token, TokenKind kind) {
    const size_t at = result->tokens.size();
    for (size_t i = 0; i < is_on_path.size(); i++) {
      const auto & path = generation->forbidden[i];
      if (at >= path.size() || path[at] != token) is_on_path[i] = 0;
    }
    // What is forced needs no logits, so a right guess saves no call.
    if (kind == TokenKind::drawn && source.agreed() > 0) learnt.emplace_back(source.agreed(), source.expects(token));
    source.add(token);
    compare_draft(token, kind);
    result->tokens.push_back(token);
    result->kinds.push_back(kind);
    if (generation->before) context.push_back(token);
    if (kind == TokenKind::forced) return sampler.pass(token);
    sampler.accept(token);
    draws++;
  }

  void compare_draft(int32_t token, TokenKind kind) {
    if (drafted_used == drafted.size()) return;
    const Drafted & expected = drafted[drafted_used++];
    const bool is_hit = expected.token == token;
    if (kind == TokenKind::drawn) learnt_of_drafts.emplace_back(expected.probability, is_hit);
    if (!is_hit) forget_draft();
  }

  void forget_draft() {
    drafted.clear();
    drafted_used = 0;
  }

  /// Tokens whose rows are there as guesses are decoded, and the last one's logits are what comes next.
  void take_guesses() {
    for (; guesses_used < guesses.size() && pending() > 0; guesses_used++) {
      const Guess & guess = guesses[guesses_used];
      if (guess.token != result->tokens[result->decoded]) return;
      result->decoded++;
      row = guess.row;
      place = guess.place;
    }
  }

  /// As if nothing had been added.
  void take_back() {
    generation->matcher->rollback(static_cast<int64_t>(result->tokens.size()));
    guesses.clear();
    forget_draft();
    *result = GenerationResult{};
  }
};

/// A row that is decoded for generations beside or after the chunks.
struct Context::AheadRow {
  size_t after;  // place of the row before it
  size_t place;
  int32_t token;
  int32_t position;
  std::vector<int32_t> sequences;
  bool has_output;
};

/// Who guesses alike, and what: members of Ahead::live.
struct Context::GuessGroup {
  size_t place;
  size_t owner;  // the member whose guesses they are
  std::vector<size_t> members;
  std::vector<int32_t> tokens;
  GuessPolicy::Chances chances;
};

/// All generations of a step, and what their next decode takes.
struct Context::Ahead {
  /// Members of `live` whose guess a row is, the number of their group, and how many tokens each has with it.
  struct GuessRow {
    std::vector<size_t> members;
    size_t group;
    size_t end;
  };

  /// What the rows now being decoded take of one generation.
  struct Taken {
    size_t count = 0;
    size_t place = 0;
    int32_t row = -1;  // of its last token, counted from the first of these rows
  };

  /// Logits of the last decode that were kept: by their row.
  struct KeptRow {
    int32_t row;
    int32_t id;
  };

  std::vector<Live> live;
  std::vector<KeptRow> kept_rows;
  std::vector<float *> logits;       // of the rows that are drawn from in this turn, by row
  std::vector<Taken> taken;          // one a generation
  size_t places = 0;                 // numbers given so far
  size_t count = 0;                  // rows
  size_t groups = 0;                 // that guess, or might have
  bool has_drafts = false;           // among them
  std::vector<GuessRow> guess_rows;  // the last of these rows
  size_t first_row = 0;
  int64_t cells_max = 0;
  int64_t cells_used = 0;

  size_t cells_left() const { return static_cast<size_t>(std::max<int64_t>(0, cells_max - cells_used)); }

  /// After a decode that went well. `outputs`: rows of the chunks, where these were part of it.
  void take_over(const std::vector<int32_t> & outputs) {
    cells_used += static_cast<int64_t>(count);
    kept_rows.clear();
    for (size_t i = 0; i < live.size(); i++) {
      Live & one = live[i];
      const bool has_chunk = !outputs.empty() && !one.generation->logits;
      one.row = has_chunk ? outputs[static_cast<size_t>(one.generation->chunk)] : -1;
      if (taken[i].count == 0) continue;
      one.result->decoded += taken[i].count;
      one.place = taken[i].place;
      one.row = taken[i].row < 0 ? -1 : static_cast<int32_t>(first_row) + taken[i].row;
    }
  }

  /// Chunks whose logits somebody wants: a generation, or a caller where there is none.
  std::vector<char> chunks_drawn_from(const StepPlan & plan) const {
    std::vector<char> draws(plan.chunks.size(), 1);
    for (const Live & one : live)
      if (!one.generation->logits) draws[static_cast<size_t>(one.generation->chunk)] = 0;
    for (const Live & one : live) {
      if (one.generation->logits) continue;
      if (one.pending() == 0 && !one.is_over()) draws[static_cast<size_t>(one.generation->chunk)] = 1;
    }
    return draws;
  }

  /// Generations that go on, and whose sequence is there before the chunks are: the others become forks after them.
  /// What one that is over still has is decoded where something follows it, and nowhere else.
  std::vector<char> standing_on_chunks(const StepPlan & plan) const {
    std::vector<char> stands;
    for (const Live & one : live) {
      if (one.generation->logits) {
        stands.push_back(one.is_over() ? 0 : 1);
        continue;
      }
      const auto & own = plan.chunks[static_cast<size_t>(one.generation->chunk)].sequences;
      const bool is_own = std::find(own.begin(), own.end(), one.generation->sequence) != own.end();
      stands.push_back(is_own && !one.is_over() ? 1 : 0);
    }
    return stands;
  }
};

// What goes wrong for one generation (a constraint too complex, logits that are no numbers, no memory for its mask)
// ends that one: its tokens so far and all cells stand, and the others are drawn.
template <typename Work>
void Context::alone(Live & live, Work work) const {
  try {
    work();
  } catch (const GgmlAbort &) {
    throw;
  } catch (...) {
    live.result->stop = GenerationStop::failed;
    live.result->failure = current_failure();
  }
}

}  // namespace espalier
