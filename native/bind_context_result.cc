// Writes a StepResult (lib/native/step-result.ts) as a JavaScript object. JS thread only.
#include "bind_context.h"

namespace espalier {

namespace {

const char * text_of(StepStatus status) {
  switch (status) {
    case StepStatus::ok: return "ok";
    case StepStatus::no_room: return "no-room";
    case StepStatus::aborted: return "aborted";
    case StepStatus::failed: return "failed";
  }
  return "failed";
}

const char * text_of(GenerationStop stop) {
  switch (stop) {
    case GenerationStop::ended: return "ended";
    case GenerationStop::eog: return "eog";
    case GenerationStop::forced: return "forced";
    case GenerationStop::limit: return "limit";
    case GenerationStop::dead_end: return "dead-end";
    case GenerationStop::paused: return "paused";
    case GenerationStop::failed: return "failed";
  }
  return "paused";
}

napi_value write_best(napi_env env, const std::vector<TokenLogprob> & best) {
  NewList list(env, best.size());
  for (const TokenLogprob & one : best) {
    NewObject object(env);
    object.set("token", js_number(env, one.token));
    object.set("logprob", js_number(env, one.logprob));
    list.add(object.value());
  }
  return list.value();
}

napi_value write_logprobs(napi_env env, const std::vector<std::optional<DrawnLogprobs>> & logprobs) {
  NewList list(env, logprobs.size());
  for (const std::optional<DrawnLogprobs> & drawn : logprobs) {
    if (!drawn) {
      list.add(js_null(env));
      continue;
    }
    NewObject entry(env);
    entry.set("logprob", js_number(env, drawn->logprob));
    entry.set("allowed", js_number(env, drawn->allowed));
    entry.set("top", write_best(env, drawn->top));
    NewList may_come(env, drawn->may_come.size());
    for (const bool may : drawn->may_come) may_come.add(js_number(env, may ? 1 : 0));
    entry.set("mayCome", may_come.value());
    list.add(entry.value());
  }
  return list.value();
}

napi_value write_near_ties(napi_env env, const std::vector<NearTie> & near_ties) {
  NewList list(env, near_ties.size());
  for (const NearTie & tie : near_ties) {
    NewObject object(env);
    object.set("index", js_number(env, static_cast<double>(tie.index)));
    object.set("gap", js_number(env, tie.gap));
    list.add(object.value());
  }
  return list.value();
}

napi_value write_kinds(napi_env env, const std::vector<TokenKind> & kinds) {
  std::string bytes;
  for (const TokenKind kind : kinds) bytes.push_back(static_cast<char>(kind));
  return js_bytes(env, bytes);
}

napi_value write_failure(napi_env env, const std::optional<Failure> & failure) {
  if (!failure) return js_null(env);
  NewObject object(env);
  object.set("kind", js_text(env, failure->kind));
  object.set("code", js_text(env, failure->code));
  object.set("message", js_text(env, failure->message));
  return object.value();
}

napi_value write_kept(napi_env env, const std::optional<KeptAt> & kept) {
  if (!kept) return js_null(env);
  NewObject object(env);
  object.set("logits", js_number(env, kept->id));
  object.set("after", js_number(env, static_cast<double>(kept->after)));
  return object.value();
}

napi_value write_generation(napi_env env, const GenerationResult & generation) {
  NewObject object(env);
  object.set("tokens", js_numbers(env, generation.tokens));
  object.set("kinds", write_kinds(env, generation.kinds));
  object.set("decoded", js_number(env, static_cast<double>(generation.decoded)));
  object.set("stop", js_text(env, text_of(generation.stop)));
  object.set("endToken", generation.end_token ? js_number(env, *generation.end_token) : js_null(env));
  object.set("logprobs", write_logprobs(env, generation.logprobs));
  object.set("nearTies", write_near_ties(env, generation.near_ties));
  object.set("kept", write_kept(env, generation.kept));
  object.set("guessed", js_number(env, static_cast<double>(generation.guessed)));
  object.set("confirmed", js_number(env, static_cast<double>(generation.confirmed)));
  object.set("failure", write_failure(env, generation.failure));
  return object.value();
}

napi_value write_targets(napi_env env, const Chunk & chunk, const TargetsResult & targets) {
  if (!chunk.has_targets || targets.logprobs.empty()) return js_null(env);
  NewList list(env, targets.logprobs.size());
  for (const auto & row : targets.logprobs) list.add(row ? js_numbers(env, *row) : js_null(env));
  return list.value();
}

napi_value write_target_best(napi_env env, const Chunk & chunk, const TargetsResult & targets) {
  if (chunk.best == 0 || targets.best.empty()) return js_null(env);
  NewList list(env, targets.best.size());
  for (const auto & row : targets.best) list.add(write_best(env, row));
  return list.value();
}

template <class Number>
napi_value write_numbers(napi_env env, const std::vector<Number> & numbers) {
  NewList list(env, numbers.size());
  for (const Number number : numbers) list.add(js_number(env, static_cast<double>(number)));
  return list.value();
}

napi_value write_decodes(napi_env env, const std::vector<DecodeTally> & decodes) {
  NewList list(env, 0);
  for (const DecodeTally & alike : decodes) {
    if (alike.calls == 0) continue;
    NewObject object(env);
    object.set("rows", js_number(env, static_cast<double>(alike.rows)));
    object.set("calls", js_number(env, static_cast<double>(alike.calls)));
    object.set("micros", js_number(env, alike.micros));
    list.add(object.value());
  }
  return list.value();
}

}  // namespace

napi_value write_result(napi_env env, const StepPlan & plan, const StepResult & result) {
  NewObject object(env);
  object.set("status", js_text(env, text_of(result.status)));
  object.set("rowsDecoded", js_number(env, static_cast<double>(result.rows_decoded)));
  object.set("decodeCalls", js_number(env, static_cast<double>(result.decode_calls)));
  object.set("decodeMicros", js_number(env, result.decode_micros));
  object.set("decodes", write_decodes(env, result.decodes));
  object.set("stepMicros", js_number(env, result.step_micros));
  object.set("drafted", js_number(env, static_cast<double>(result.drafted)));
  object.set("draftMicros", js_number(env, result.draft_micros));
  object.set("opsRefused", write_numbers(env, result.ops_refused));
  object.set("opMicros", write_numbers(env, result.op_micros));
  object.set("parkedBytes", write_numbers(env, result.parked_bytes));
  object.set("logitsKept", write_numbers(env, result.logits_kept));
  NewList generations(env, result.generations.size());
  for (const GenerationResult & generation : result.generations) generations.add(write_generation(env, generation));
  object.set("generations", generations.value());
  NewList targets(env, result.targets.size());
  NewList best(env, result.targets.size());
  NewList failures(env, result.targets.size());
  for (size_t i = 0; i < result.targets.size(); i++) {
    targets.add(write_targets(env, plan.chunks[i], result.targets[i]));
    best.add(write_target_best(env, plan.chunks[i], result.targets[i]));
    failures.add(write_failure(env, result.targets[i].failure));
  }
  object.set("targets", targets.value());
  object.set("targetBest", best.value());
  object.set("targetFailures", failures.value());
  object.set("message", js_text(env, result.message));
  object.set("code", js_text(env, result.code));
  return object.value();
}

}  // namespace espalier
