// Guesses of the draft model: where texts tell less, it is asked for one token after the other, in each of its calls
// for all generations that want one. Decides who asks and when to stop. Its rows are drawn from as the model's would
// be, with the same numbers, biases and masks, so that both say the same where they agree; what is drawn never depends
// on it.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

#include "context.h"
#include "context_live.h"
#include "llama/guard.h"
#include "sampler_math.h"

namespace espalier {

namespace {

/// Tokens asked for where it is only to be seen whether it pays again.
constexpr size_t try_max = 4;
/// Who is less likely than this to get so far needs no more.
constexpr double chance_min = 0.1;

}  // namespace

/// A group while its next tokens are asked for.
struct Context::Drafting {
  size_t group;  // its number
  Live * live;
  size_t said_max;
  bool is_forced;                    // so many are wanted, whatever they cost
  std::optional<Sampler> sampler{};  // the generation's, as it would be after what was said
  std::vector<Drafted> said{};
  size_t sequence = 0;
  bool goes_on = true;
};

/// Matchers stand where they stood, whatever happens.
struct Context::DraftingAll {
  std::vector<Drafting> list;
  ~DraftingAll() {
    for (Drafting & one : list) {
      try {
        one.live->generation->matcher->rollback(static_cast<int64_t>(one.said.size()));
      } catch (...) {
        // It was accepted a moment ago.
      }
    }
  }
};

// Shares the model's memory figures: who asks what a context takes asks for all of it.
void Context::open_draft(const ContextRequest & request) {
  ContextRequest own = request;
  own.rope = {};
  llama_context_params params = context_params(own);
  params.abort_callback = [](void * self) { return static_cast<Context *>(self)->must_stop(); };
  params.abort_callback_data = this;
  const auto on_call = [this](size_t rows, double micros) { draft_policy_.measure(rows, micros); };
  draft_ = std::make_unique<Draft>(*model_->draft(), *llama_,
                                   Draft::Options{params, facts_.cells, model_->vocab_size(), on_call});
  const ContextMemory & memory = draft_->memory();
  bytes_buffers_ += memory.bytes;
  facts_.cache_bytes += memory.cache_bytes;
  for (const auto & [place, bytes] : memory.work) facts_.work.add({BufferUse::work, place, bytes});
  if (!model_->is_measured_only()) draft_->warm_up();
}

// Who has guesses of texts that are as likely to stand keeps those. What was said before and not decoded still holds.
void Context::begin_drafting(Ahead & ahead, const std::vector<GuessGroup> & groups, DraftingAll & all,
                             DraftPolicy::Turn & turn) {
  for (size_t i = 0; i < groups.size(); i++) {
    const GuessGroup & group = groups[i];
    Live & live = ahead.live[group.owner];
    double expected = 0;
    for (const double chance : group.chances) expected += chance;
    turn.tokens.push_back(expected);
    turn.chances.push_back(0);
    const auto count = live.generation->guess_count;
    const bool is_told = !group.chances.empty() && group.chances.front() >= draft_policy_.chance();
    const bool wants = count ? group.tokens.empty() : !is_told;
    const size_t most = std::min(count.value_or(GuessPolicy::guesses_max), guesses_max(live));
    if (!wants || most == 0 || !live.source.is_on() || all.list.size() == Draft::sequences_max) continue;
    all.list.push_back({i, &live, most, count.has_value()});
    Drafting & one = all.list.back();
    turn.tokens[i] = 0;
    turn.chances[i] = 1;
    Matcher & matcher = *live.generation->matcher;
    for (size_t at = live.drafted_used; at < live.drafted.size() && one.said.size() < most; at++) {
      const Drafted & said = live.drafted[at];
      if (matcher.is_ended() || !matcher.allows(said.token) || !matcher.accept(said.token)) break;
      take_said(one, said, turn);
    }
    one.goes_on = one.said.size() < most && !matcher.is_ended();
    if (!one.goes_on) turn.chances[i] = 0;
  }
}

// Its matcher has accepted it.
void Context::take_said(Drafting & one, const Drafted & said, DraftPolicy::Turn & turn) const {
  one.said.push_back(said);
  if (one.sampler) one.sampler->accept(said.token);
  turn.tokens[one.group] += turn.chances[one.group] *= draft_policy_.chance(said.probability);
  turn.guesses++;
  turn.has_begun = true;
}

bool Context::take_text(Drafting & one, const DraftPolicy::Turn & turn) {
  one.sampler = one.live->sampler;
  for (const Drafted & said : one.said) one.sampler->accept(said.token);
  std::vector<int32_t> text = one.live->source.own();
  for (const Drafted & said : one.said) text.push_back(said.token);
  const auto left = static_cast<double>(one.live->generation->tokens_max - one.live->draws);
  const auto taken = draft_->take(text, one.is_forced ? text.size() : draft_policy_.readable(turn, left));
  one.sequence = taken.value_or(0);
  return taken.has_value();
}

// Drawn from the draft's row as it would be from the model's. Where bytes are forced no logits are needed, so nothing
// is said of what follows them.
bool Context::say_next(Drafting & one, DraftPolicy::Turn & turn) {
  Matcher & matcher = *one.live->generation->matcher;
  float * logits = draft_->logits(one.sequence);
  if (logits == nullptr) return false;
  const auto size = static_cast<size_t>(model_->vocab_size());
  const double total = log_sum_exp(logits, size, look_at_sound_row(logits, size).max);
  const std::optional<Draw> drawn = one.sampler->draw(logits, matcher, {}, draw_spaces_.front());
  if (!drawn || model_->is_eog(drawn->token) || !matcher.accept(drawn->token)) return false;
  const double probability = std::exp(std::min(0.0, logits[drawn->token] - total));
  take_said(one, {drawn->token, probability}, turn);
  draft_->add(one.sequence, drawn->token);
  const bool is_likely = one.is_forced || turn.chances[one.group] >= chance_min;
  return is_likely && one.said.size() < one.said_max && !matcher.is_ended() &&
         matcher.forced(forced_bytes_min).size() < forced_bytes_min;
}

// One token for each that goes on. False: there will be no more.
bool Context::say_all(DraftingAll & all, DraftPolicy::Turn & turn) {
  std::vector<size_t> sequences;
  for (const Drafting & one : all.list)
    if (one.goes_on) sequences.push_back(one.sequence);
  const auto stops = [this] { return is_interrupted_.load() || must_stop(); };
  if (sequences.empty() || !draft_->read(sequences, stops)) return false;
  for (Drafting & one : all.list) {
    if (!one.goes_on) continue;
    try {
      one.goes_on = say_next(one, turn);
    } catch (const GgmlAbort &) {
      throw;
    } catch (const Failure & failure) {
      // What is wrong with a constraint its own draw tells.
      if (failure.code == "LOGITS_NOT_FINITE") draft_->give_up();
      one.goes_on = false;
    } catch (...) {
      one.goes_on = false;
    }
    if (!one.goes_on) turn.chances[one.group] = 0;
  }
  return true;
}

// What texts told stays where more of it is expected to stand.
void Context::end_drafting(Ahead & ahead, std::vector<GuessGroup> & groups, const DraftingAll & all) const {
  for (const Drafting & one : all.list) {
    GuessGroup & group = groups[one.group];
    std::vector<int32_t> tokens;
    GuessPolicy::Chances chances;
    double chance = 1;
    for (const Drafted & said : one.said) {
      tokens.push_back(said.token);
      chances.push_back(chance *= draft_policy_.chance(said.probability));
    }
    for (const size_t member : group.members) {
      ahead.live[member].drafted = one.said;
      ahead.live[member].drafted_used = 0;
    }
    const auto sum = [](const GuessPolicy::Chances & list) { return std::accumulate(list.begin(), list.end(), 0.0); };
    if (tokens.empty() || (!one.is_forced && sum(chances) <= sum(group.chances))) continue;
    group.tokens = std::move(tokens);
    group.chances = std::move(chances);
    ahead.has_drafts = true;
  }
}

void Context::draft_guesses(Ahead & ahead, std::vector<GuessGroup> & groups, size_t rows, StepResult & result) {
  const auto start = std::chrono::steady_clock::now();
  DraftingAll all;
  DraftPolicy::Turn turn;
  turn.rows = rows;
  begin_drafting(ahead, groups, all, turn);
  if (all.list.empty()) return;
  const auto is_forced = [](const Drafting & one) { return one.is_forced; };
  const bool is_free = std::any_of(all.list.begin(), all.list.end(), is_forced);
  const size_t said_before = turn.guesses;
  const bool is_try = !is_free && !turn.has_begun && !draft_policy_.is_worth(turn);
  if (is_try) {
    if (!draft_policy_.may_try()) return;
    while (all.list.size() > 1) all.list.pop_back();
    std::fill(turn.chances.begin(), turn.chances.end(), 0.0);
    turn.chances[all.list.front().group] = 1;
    all.list.front().said_max = std::min(all.list.front().said_max, try_max);
  }
  draft_->begin_turn();
  if (draft_->is_usable() && (is_free || is_try || draft_policy_.is_worth(turn))) {
    for (Drafting & one : all.list) {
      one.goes_on = one.goes_on && take_text(one, turn);
      if (!one.goes_on) turn.chances[one.group] = 0;
    }
    while (say_all(all, turn) && (is_free || is_try || draft_policy_.is_worth(turn))) continue;
  }
  end_drafting(ahead, groups, all);
  const double micros = std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count();
  result.drafted += turn.guesses - said_before;
  result.draft_micros += micros;
  draft_policy_.spend(micros);
  if (is_try) draft_policy_.tried(micros);
}

}  // namespace espalier
