// What comes next in one generation: tokens that need no logits as long as there are such, else a draw. Decides which
// of the two it is, and no token itself: the sampler and token_boundary do.
#include "context.h"
#include "context_live.h"

namespace espalier {

namespace {

/// As much as NativeMatcher.forced() gives.
constexpr size_t forced_bytes_max = 65536;

}  // namespace

void Context::draw(Live & live, float * logits, DrawSpace & space) const {
  GenerationResult & result = *live.result;
  Matcher & matcher = *live.generation->matcher;
  const bool is_sure = live.sure.has_value();
  std::optional<Draw> drawn;
  if (is_sure) drawn = Draw{*live.sure, near_tie_logits};
  else drawn = live.sampler.draw(logits, matcher, live.banned(), space);
  live.sure.reset();
  if (!drawn) {
    result.stop = GenerationStop::dead_end;
    return;
  }
  const int32_t token = drawn->token;
  if (drawn->gap < near_tie_logits) result.near_ties.push_back({result.tokens.size(), drawn->gap});
  if (model_->is_eog(token)) {
    result.stop = GenerationStop::eog;
    result.end_token = token;
    return;
  }
  if (live.sampler.tells_draws()) {
    result.logprobs.push_back(live.sampler.logprobs(logits, token, matcher, live.banned(), space));
  }
  if (!matcher.accept(token)) {
    throw Failure("InternalError", "MASK_DISAGREES",
                  "The matcher refused token " + std::to_string(token) + " after allowing it.");
  }
  live.add(token, is_sure ? TokenKind::sure : TokenKind::drawn);
  settle(live, false);
}

// Takes what needs no logits, until there is a choice or the generation is over. At its start, where nothing was drawn
// yet, no bytes are forced: the first token always counts as a draw, so that draws keep their numbers.
void Context::settle(Live & live, bool is_start) const {
  GenerationResult & result = *live.result;
  Matcher & matcher = *live.generation->matcher;
  for (;;) {
    if (!is_start) {
      // A limit hides nothing: what is forced is so however many tokens were asked for at once.
      if (!matcher.is_ended() && matcher.forced(forced_bytes_min).size() >= forced_bytes_min && !force(live)) {
        result.stop = GenerationStop::forced;
        return;
      }
      const bool is_full = live.generation->before && live.length() >= facts_.cells_each;
      if (matcher.is_ended()) result.stop = GenerationStop::ended;
      else if (live.draws >= live.generation->tokens_max || is_full) result.stop = GenerationStop::limit;
      if (live.is_over()) return;
    }
    const std::optional<int32_t> sure = sure_token(live);
    if (!sure) return;
    if (live.sampler.wants_logprobs()) {
      live.sure = sure;
      return;
    }
    if (!matcher.accept(*sure)) return;
    live.add(*sure, TokenKind::sure);
    if (live.sampler.tells_draws()) result.logprobs.push_back(std::nullopt);
    is_start = false;
  }
}

std::optional<ForcedTokens> Context::spell(Live & live, bool counts_sure) const {
  Matcher & matcher = *live.generation->matcher;
  const bool is_whole = live.context.size() >= static_cast<size_t>(live.length());
  try {
    return boundary_->forced_tokens({live.context, is_whole}, matcher.forced(forced_bytes_max), matcher, counts_sure);
  } catch (const Failure & failure) {
    if (failure.code != "TOKENIZE_FAILED") throw;
    return std::nullopt;
  }
}

// Adds the forced bytes' tokens but for those that may run past them. False, and nothing added, where that is for
// JavaScript to do: it knows more of the text before, and what to do where the context is full.
bool Context::force(Live & live) const {
  if (!live.generation->before) return false;
  const std::optional<ForcedTokens> forced = spell(live, false);
  if (!forced || live.length() + static_cast<int64_t>(forced->settled) > facts_.cells_each) return false;
  for (size_t i = 0; i < forced->settled; i++) {
    if (!live.generation->matcher->accept(forced->tokens[i])) break;
    live.add(forced->tokens[i], TokenKind::forced);
  }
  return true;
}

// The token that comes next though its bytes were left to a draw: no token that the constraint allows runs past them,
// so the canonical one is known. None where a draw might come to something else.
std::optional<int32_t> Context::sure_token(Live & live) const {
  Matcher & matcher = *live.generation->matcher;
  if (!live.generation->before || matcher.can_end() || matcher.forced(1).empty()) return std::nullopt;
  const std::optional<ForcedTokens> forced = spell(live, true);
  if (!forced || forced->sure == 0) return std::nullopt;
  const int32_t token = forced->tokens.front();
  if (live.sampler.may_refuse(token, live.banned()) || !matcher.allows(token)) return std::nullopt;
  return token;
}

}  // namespace espalier
