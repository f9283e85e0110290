// Guesses: tokens that may be drawn next are decoded in the same call as the token before them, and stand if they are
// drawn. What is drawn depends on logits, options and (seed, index) alone, so it is the same with guesses and without.
#include "context.h"
#include "context_live.h"
#include "context_rows.h"

namespace espalier {

// As many as draws are left, and as there is room for.
size_t Context::guesses_max(const Live & live) const {
  const int64_t draws_left = live.generation->tokens_max - live.draws - 1;
  const int64_t room = facts_.cells_each - live.length() - 1;
  const int64_t most = std::min({draws_left, room, static_cast<int64_t>(GuessPolicy::guesses_max)});
  return static_cast<size_t>(std::max<int64_t>(0, most));
}

// As many of the first `count` as the constraint lets follow.
size_t Context::allowed_of(const Live & live, const std::vector<int32_t> & tokens, size_t count) {
  Matcher & matcher = *live.generation->matcher;
  size_t allowed = 0;
  try {
    while (allowed < count && !matcher.is_ended() && matcher.allows(tokens[allowed]) && matcher.accept(tokens[allowed]))
      allowed++;
  } catch (...) {
    // A draw that comes to it is told.
  }
  matcher.rollback(static_cast<int64_t>(allowed));
  return allowed;
}

// Generations that stand at one place, with all they have drawn. They guess alike, so that they go on in step: rows of
// those that draw the same are the same rows.
std::vector<Context::GuessGroup> Context::guess_groups(Ahead & ahead) const {
  std::vector<GuessGroup> groups;
  for (size_t i = 0; i < ahead.live.size(); i++) {
    Live & live = ahead.live[i];
    const Ahead::Taken & taken = ahead.taken[i];
    if (live.is_over() || taken.count < live.pending()) continue;
    size_t at = 0;
    while (at < groups.size() && groups[at].place != taken.place) at++;
    if (at == groups.size()) groups.push_back({taken.place, i, {}, {}, {}});
    GuessGroup & group = groups[at];
    group.members.push_back(i);
    if (!group.tokens.empty()) continue;
    group.owner = i;
    group.tokens = live.source.next(guesses_max(live));
    if (!policy_.is_spent()) group.chances = policy_.chances(live.source.agreed(), group.tokens.size());
  }
  return groups;
}

// Behind the rows of what is drawn, or in such a row where another generation has drawn the same.
void Context::add_guesses(Ahead & ahead, std::vector<AheadRow> & rows, size_t count_max, StepResult & result) {
  if (!facts_.can_fork_partially) return;
  std::vector<GuessGroup> groups = guess_groups(ahead);
  if (draft_ && rows.size() < count_max) draft_guesses(ahead, groups, rows.size(), result);
  std::vector<GuessPolicy::Chances> chances;
  bool has_some = false;
  for (const GuessGroup & group : groups) {
    chances.push_back(group.chances);
    has_some = has_some || !group.tokens.empty();
  }
  if (!has_some) return;
  ahead.groups = groups.size();
  const size_t drawn = rows.size();
  const size_t rows_left = count_max - std::min(count_max, drawn);
  std::vector<size_t> counts = policy_.choose(drawn, chances, rows_left);
  for (size_t i = 0; i < groups.size(); i++) {
    const GuessGroup & group = groups[i];
    size_t place = group.place;
    const Live & first = ahead.live[group.owner];
    const size_t wanted = std::min(first.generation->guess_count.value_or(counts[i]), group.tokens.size());
    const size_t count = allowed_of(first, group.tokens, wanted);
    size_t end = first.result->tokens.size();
    for (size_t g = 0; g < count && rows.size() < count_max; g++) {
      const int32_t token = group.tokens[g];
      const int32_t position = first.base + static_cast<int32_t>(end++);
      size_t at = 0;
      while (at < rows.size() && (rows[at].after != place || rows[at].token != token)) at++;
      if (at == rows.size()) {
        rows.push_back({place, ahead.places++, token, position, {}, true});
        ahead.guess_rows.push_back({group.members, i, end});
      }
      rows[at].has_output = true;
      place = rows[at].place;
      for (const size_t member : group.members) {
        Live & live = ahead.live[member];
        rows[at].sequences.push_back(live.generation->sequence);
        live.guesses.push_back({token, static_cast<int32_t>(at), place});
      }
    }
  }
  ahead.count = rows.size();
}

void Context::forget_guesses(Ahead & ahead) {
  for (Live & live : ahead.live) {
    live.guesses.clear();
    live.guesses_used = 0;
  }
  ahead.guess_rows.clear();
  ahead.has_drafts = false;
}

// After the draws: rows of what was not drawn go.
void Context::settle_guesses(Ahead & ahead) {
  if (ahead.guess_rows.empty()) return forget_guesses(ahead);
  std::vector<double> stand(ahead.groups, 0);
  for (const Ahead::GuessRow & row : ahead.guess_rows) {
    bool stands = false;
    for (const size_t i : row.members) stands = stands || ahead.live[i].result->decoded >= row.end;
    // The first of those that share it answers for it.
    GenerationResult & owner = *ahead.live[row.members.front()].result;
    owner.guessed++;
    if (stands) {
      owner.confirmed++;
      stand[row.group]++;
    } else {
      ahead.cells_used--;
    }
  }
  for (Live & live : ahead.live) {
    if (live.guesses_used == live.guesses.size()) continue;
    const int32_t from = live.base + static_cast<int32_t>(live.result->decoded);
    into_llama([&] { return truncate(live.generation->sequence, from); });
  }
  const size_t guesses = ahead.guess_rows.size();
  if (ahead.has_drafts) draft_policy_.settle(ahead.count, guesses, stand);
  else policy_.settle(ahead.count, guesses, stand);
  forget_guesses(ahead);
}

}  // namespace espalier
