// Writes a StepResult of lib/native/addon.ts. Decides nothing.
#include <algorithm>

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
  }
  return "paused";
}

Napi::Array write_logprobs(Napi::Env env, const std::vector<DrawnLogprobs> & logprobs) {
  Napi::Array list = Napi::Array::New(env, logprobs.size());
  for (uint32_t i = 0; i < logprobs.size(); i++) {
    Napi::Array top = Napi::Array::New(env, logprobs[i].top.size());
    for (uint32_t k = 0; k < logprobs[i].top.size(); k++) {
      Napi::Object one = Napi::Object::New(env);
      one.Set("token", logprobs[i].top[k].token);
      one.Set("logprob", logprobs[i].top[k].logprob);
      top.Set(k, one);
    }
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("logprob", logprobs[i].logprob);
    entry.Set("top", top);
    list.Set(i, entry);
  }
  return list;
}

Napi::Array write_near_ties(Napi::Env env, const std::vector<NearTie> & near_ties) {
  Napi::Array list = Napi::Array::New(env, near_ties.size());
  for (uint32_t i = 0; i < near_ties.size(); i++) {
    Napi::Object one = Napi::Object::New(env);
    one.Set("index", static_cast<double>(near_ties[i].index));
    one.Set("gap", near_ties[i].gap);
    list.Set(i, one);
  }
  return list;
}

Napi::Object write_generation(Napi::Env env, const GenerationResult & generation) {
  Napi::Int32Array tokens = Napi::Int32Array::New(env, generation.tokens.size());
  std::copy(generation.tokens.begin(), generation.tokens.end(), tokens.Data());
  Napi::Object object = Napi::Object::New(env);
  object.Set("tokens", tokens);
  object.Set("stop", text_of(generation.stop));
  object.Set("endToken", generation.end_token ? Napi::Value(Napi::Number::New(env,
      *generation.end_token)) : env.Null());
  object.Set("logprobs", write_logprobs(env, generation.logprobs));
  object.Set("nearTies", write_near_ties(env, generation.near_ties));
  object.Set("failure", env.Null());
  return object;
}

Napi::Value write_targets(Napi::Env env, const Chunk & chunk, const std::vector<std::vector<double>> & targets) {
  if (!chunk.has_targets || targets.empty()) return env.Null();
  Napi::Array list = Napi::Array::New(env, targets.size());
  for (uint32_t i = 0; i < targets.size(); i++) {
    Napi::Float64Array values = Napi::Float64Array::New(env, targets[i].size());
    std::copy(targets[i].begin(), targets[i].end(), values.Data());
    list.Set(i, values);
  }
  return list;
}

template <class Number>
Napi::Array write_numbers(Napi::Env env, const std::vector<Number> & numbers) {
  Napi::Array list = Napi::Array::New(env, numbers.size());
  for (uint32_t i = 0; i < numbers.size(); i++) list.Set(i, Napi::Number::New(env, static_cast<double>(numbers[i])));
  return list;
}

}  // namespace

Napi::Object write_result(Napi::Env env, const StepPlan & plan, const StepResult & result) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("status", text_of(result.status));
  object.Set("rowsDecoded", static_cast<double>(result.rows_decoded));
  object.Set("decodeCalls", static_cast<double>(result.decode_calls));
  object.Set("decodeMicros", result.decode_micros);
  object.Set("stepMicros", result.step_micros);
  object.Set("opsRefused", write_numbers(env, result.ops_refused));
  object.Set("opMicros", write_numbers(env, result.op_micros));
  object.Set("parkedBytes", write_numbers(env, result.parked_bytes));
  Napi::Array generations = Napi::Array::New(env, result.generations.size());
  for (uint32_t i = 0; i < result.generations.size(); i++) generations.Set(i, write_generation(env,
      result.generations[i]));
  object.Set("generations", generations);
  Napi::Array targets = Napi::Array::New(env, plan.chunks.size());
  for (uint32_t i = 0; i < plan.chunks.size(); i++) targets.Set(i, write_targets(env, plan.chunks[i],
      result.targets[i]));
  object.Set("targets", targets);
  Napi::Array failures = Napi::Array::New(env, plan.chunks.size());
  for (uint32_t i = 0; i < plan.chunks.size(); i++) failures.Set(i, env.Null());
  object.Set("targetFailures", failures);
  object.Set("message", result.message);
  object.Set("code", result.code);
  return object;
}

}  // namespace espalier
