// Reads a StepPlan of lib/native/addon.ts. Decides that every id, token, position and number in it is in range; what
// depends on the cells is checked by the context.
#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "bind_constraint.h"
#include "bind_context.h"
#include "bind_value.h"

namespace espalier {

namespace {

constexpr double positions_until = 1u << 30;
constexpr double whole_until = 9007199254740992.0;  // 2^53
constexpr double logprobs_until = 1025;

struct Sizes {
  int64_t sequences;
  int64_t tokens;
  int64_t batch;
};

int32_t read_id(Napi::Object object, const char * name, const std::string & where, double until) {
  return static_cast<int32_t>(read_whole(object.Get(name), where + "." + name, {0, until}));
}

std::vector<int32_t> read_sequences(Napi::Value value, const std::string & where, const Sizes & sizes) {
  const Napi::Array list = read_list(value, where);
  std::vector<int32_t> sequences;
  for (uint32_t i = 0; i < list.Length(); i++) {
    const auto sequence = static_cast<int32_t>(
        read_whole(list.Get(i), where + "[" + std::to_string(i) + "]", {0, static_cast<double>(sizes.sequences)}));
    if (std::find(sequences.begin(), sequences.end(), sequence) != sequences.end()) {
      throw usage_error(value.Env(), "SEQUENCE_TWICE",
          where + " names sequence " + std::to_string(sequence) + " twice.");
    }
    sequences.push_back(sequence);
  }
  if (sequences.empty()) throw usage_error(value.Env(), "ARGUMENT_INVALID",
      where + " is empty; expected one sequence or more.");
  return sequences;
}

KvOp read_op(Napi::Value value, const std::string & where, const Sizes & sizes) {
  const Napi::Object object = read_object(value, where);
  const std::string kind = read_text(object.Get("kind"), where + ".kind");
  const auto sequences = static_cast<double>(sizes.sequences);
  KvOp op{};
  const auto sequence = [&](const char * name) { return read_id(object, name, where, sequences); };
  const auto position = [&](const char * name) { return read_id(object, name, where, positions_until); };
  const auto blob = [&] { return read_whole(object.Get("blob"), where + ".blob", {0, whole_until}); };
  if (kind == "copy") {
    op.kind = KvOp::Kind::copy;
    op.sequence = sequence("from");
    op.to = sequence("to");
    op.until = position("until");
  } else if (kind == "truncate") {
    op.kind = KvOp::Kind::truncate;
    op.sequence = sequence("sequence");
    op.from = position("from");
  } else if (kind == "shift" || kind == "park") {
    op.kind = kind == "park" ? KvOp::Kind::park : KvOp::Kind::shift;
    op.sequence = sequence("sequence");
    op.from = position("from");
    op.until = position("until");
    if (kind == "park") op.blob = blob();
  } else if (kind == "restore") {
    op.kind = KvOp::Kind::restore;
    op.sequence = sequence("sequence");
    op.blob = blob();
  } else if (kind == "drop-blob") {
    op.kind = KvOp::Kind::drop_blob;
    op.blob = blob();
  } else if (kind == "repack") {
    op.kind = KvOp::Kind::repack;
    op.sequences = read_sequences(object.Get("sequences"), where + ".sequences", sizes);
    op.from = position("from");
    op.until = position("until");
  } else {
    throw usage_error(value.Env(), "ARGUMENT_INVALID",
                      where + ".kind is \"" + kind +
                          "\"; expected copy, truncate, shift, park, restore, drop-blob or repack.");
  }
  return op;
}

Chunk read_chunk(Napi::Value value, const std::string & where, const Sizes & sizes) {
  const Napi::Object object = read_object(value, where);
  Chunk chunk;
  chunk.sequences = read_sequences(object.Get("sequences"), where + ".sequences", sizes);
  chunk.position = read_id(object, "position", where, positions_until);
  chunk.tokens = read_ids(object.Get("tokens"), where + ".tokens", sizes.tokens);
  if (chunk.tokens.empty()) throw usage_error(value.Env(), "ARGUMENT_INVALID",
      where + ".tokens is empty; expected one token or more.");
  chunk.has_output = read_boolean(object.Get("output"), where + ".output");
  const Napi::Value targets = object.Get("targets");
  if (targets.IsUndefined()) return chunk;
  const Napi::Array list = read_list(targets, where + ".targets");
  if (list.Length() != chunk.tokens.size()) {
    throw usage_error(value.Env(), "ARGUMENT_INVALID", where + ".targets has " + std::to_string(list.Length()) +
                                                           " entries; expected one for each of the " +
                                                           std::to_string(chunk.tokens.size()) + " tokens.");
  }
  chunk.has_targets = true;
  for (uint32_t i = 0; i < list.Length(); i++) {
    chunk.targets.push_back(read_ids(list.Get(i), where + ".targets[" + std::to_string(i) + "]", sizes.tokens));
  }
  return chunk;
}

void read_bias(Napi::Object object, const std::string & where, const Sizes & sizes, DrawSettings & draw) {
  const std::vector<int32_t> tokens = read_ids(object.Get("biasTokens"), where + ".bias", sizes.tokens);
  const Napi::Array values = read_list(object.Get("biasValues"), where + ".bias");
  for (size_t i = 0; i < tokens.size(); i++) {
    const Napi::Value value = values.Get(static_cast<uint32_t>(i));
    const double added = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : std::nan("");
    if (!(added < std::numeric_limits<double>::max())) {
      throw usage_error(object.Env(), "ARGUMENT_INVALID",
          where + ".bias of token " + std::to_string(tokens[i]) + " is " +
          shown(value) + "; expected a finite number or -Infinity.");
    }
    draw.bias.emplace_back(tokens[i], added);
  }
}

DrawSettings read_draw(Napi::Value value, const std::string & where, const Sizes & sizes) {
  const Napi::Object object = read_object(value, where);
  const auto number = [&](const char * name, double from, double until) {
    return read_number(object.Get(name), where + "." + name, {from, until});
  };
  const auto whole = [&](const char * name, double until) { return read_whole(object.Get(name), where + "." + name,
      {0, until}); };
  DrawSettings draw;
  draw.temperature = number("temperature", 0, 1e6);
  draw.top_k = whole("topK", whole_until);
  draw.top_p = number("topP", 0, 1);
  draw.min_p = number("minP", 0, 1);
  draw.seed = static_cast<uint64_t>(whole("seed", whole_until));
  draw.draw_index = static_cast<uint64_t>(whole("drawIndex", whole_until));
  draw.repeat_penalty = number("repeatPenalty", 1e-6, 1e6);
  draw.frequency_penalty = number("frequencyPenalty", -1e6, 1e6);
  draw.presence_penalty = number("presencePenalty", -1e6, 1e6);
  draw.penalty_window = read_ids(object.Get("penaltyWindow"), where + ".penaltyWindow", sizes.tokens);
  draw.logprobs = static_cast<int32_t>(whole("logprobs", logprobs_until));
  read_bias(object, where, sizes, draw);
  return draw;
}

Generation read_generation(Napi::Value value, const std::string & where, const Sizes & sizes, const StepPlan & plan) {
  const Napi::Object object = read_object(value, where);
  Generation generation;
  generation.chunk = read_id(object, "chunk", where, static_cast<double>(plan.chunks.size()));
  if (!plan.chunks[static_cast<size_t>(generation.chunk)].has_output) {
    throw usage_error(value.Env(), "OUTPUT_MISSING", where + " draws after chunk " + std::to_string(generation.chunk) +
                                                         ", whose output is false; expected true.");
  }
  generation.sequence = read_id(object, "sequence", where, static_cast<double>(sizes.sequences));
  generation.matcher = unwrap_matcher(object.Get("matcher"));
  if (token_count(generation.matcher->trie()) != sizes.tokens) {
    throw usage_error(value.Env(), "VOCABULARY_DIFFERS", where + ".matcher belongs to a vocabulary of " +
                                                             std::to_string(token_count(generation.matcher->trie())) +
                                                             " tokens; expected one of this model's " +
                                                                 std::to_string(sizes.tokens) + ".");
  }
  generation.draw = read_draw(object.Get("draw"), where + ".draw", sizes);
  generation.tokens_max = read_whole(object.Get("tokensMax"), where + ".tokensMax", {1, whole_until});
  const Napi::Array paths = read_list(object.Get("forbidden"), where + ".forbidden");
  for (uint32_t i = 0; i < paths.Length(); i++) {
    const std::string path = where + ".forbidden[" + std::to_string(i) + "]";
    generation.forbidden.push_back(read_ids(paths.Get(i), path, sizes.tokens));
    if (generation.forbidden.back().empty()) throw usage_error(value.Env(), "ARGUMENT_INVALID",
        path + " is empty; expected one token or more.");
  }
  return generation;
}

void check_twice(Napi::Env env, const StepPlan & plan) {
  std::set<int32_t> sequences;
  std::set<const Matcher *> matchers;
  for (const Generation & generation : plan.generations) {
    if (!sequences.insert(generation.sequence).second) {
      throw usage_error(env, "SEQUENCE_TWICE",
          "Two generations draw for sequence " + std::to_string(generation.sequence) + ".");
    }
    if (!matchers.insert(generation.matcher).second) {
      throw usage_error(env, "MATCHER_TWICE", "Two generations share one matcher; expected a fork for each.");
    }
  }
}

}  // namespace

StepPlan read_plan(Napi::Value value, const Context & context, std::vector<Napi::Object> & matchers) {
  const Sizes sizes{context.facts().sequences, context.model().vocab_size(), context.facts().batch};
  const Napi::Object object = read_object(value, "plan");
  StepPlan plan;
  const Napi::Array ops = read_list(object.Get("ops"), "plan.ops");
  for (uint32_t i = 0; i < ops.Length(); i++) plan.ops.push_back(read_op(ops.Get(i),
      "plan.ops[" + std::to_string(i) + "]", sizes));
  const Napi::Array chunks = read_list(object.Get("chunks"), "plan.chunks");
  int64_t rows = 0;
  for (uint32_t i = 0; i < chunks.Length(); i++) {
    plan.chunks.push_back(read_chunk(chunks.Get(i), "plan.chunks[" + std::to_string(i) + "]", sizes));
    rows += static_cast<int64_t>(plan.chunks.back().tokens.size());
  }
  if (rows > sizes.batch) {
    throw usage_error(value.Env(), "BATCH_TOO_LARGE", "The plan has " + std::to_string(rows) +
                                                          " rows; this context takes at most " +
                                                              std::to_string(sizes.batch) + ".");
  }
  const Napi::Array generations = read_list(object.Get("generations"), "plan.generations");
  for (uint32_t i = 0; i < generations.Length(); i++) {
    const Napi::Value generation = generations.Get(i);
    plan.generations.push_back(read_generation(generation, "plan.generations[" + std::to_string(i) + "]", sizes, plan));
    matchers.push_back(generation.As<Napi::Object>().Get("matcher").As<Napi::Object>());
  }
  check_twice(value.Env(), plan);
  plan.decodes_max = read_whole(object.Get("decodesMax"), "plan.decodesMax", {1, whole_until});
  return plan;
}

}  // namespace espalier
