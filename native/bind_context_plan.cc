// Reads a StepPlan (lib/native/step-plan.ts). Decides that every id, token, position and number in it is in range; what
// depends on the cells is checked by the context. Every property is fetched once: a getter is the caller's code.
#include <algorithm>
#include <cmath>
#include <limits>

#include "bind_context.h"

namespace espalier {

namespace {

constexpr double positions_until = 1u << 30;
constexpr double whole_until = 9007199254740992.0;  // 2^53
constexpr double logprobs_until = 1025;
constexpr double logits_until = 1024;
constexpr double guesses_until = static_cast<double>(GuessPolicy::guesses_max) + 1;
constexpr double scale_until = 1e6;

int32_t read_id(const JsObject & object, const char * name, double until) {
  return static_cast<int32_t>(object.whole(name, {0, until}));
}

std::optional<int32_t> read_logits(const JsObject & object, const char * name) {
  const int64_t id = object.whole(name, {0, logits_until}, -1);
  return id < 0 ? std::nullopt : std::make_optional(static_cast<int32_t>(id));
}

std::vector<int32_t> read_sequences(Js value, const Path & path, const PlanSizes & sizes) {
  const JsList list(value, path);
  std::vector<int32_t> sequences;
  for (uint32_t i = 0; i < list.size(); i++) {
    const auto sequence =
        static_cast<int32_t>(read_whole(list.at(i), list.path_at(i), {0, static_cast<double>(sizes.sequences)}));
    if (std::find(sequences.begin(), sequences.end(), sequence) != sequences.end()) {
      throw usage_error("SEQUENCE_TWICE", path.text() + " names sequence " + std::to_string(sequence) + " twice.");
    }
    sequences.push_back(sequence);
  }
  if (sequences.empty()) {
    throw usage_error("ARGUMENT_INVALID", path.text() + " is empty; expected one sequence or more.");
  }
  return sequences;
}

KvOp read_op(Js value, const Path & path, const PlanSizes & sizes) {
  const JsObject object(value, path);
  const std::string kind = object.text("kind");
  const auto sequences = static_cast<double>(sizes.sequences);
  KvOp op{};
  const auto sequence = [&](const char * name) { return read_id(object, name, sequences); };
  const auto position = [&](const char * name) { return read_id(object, name, positions_until); };
  const auto blob = [&] { return object.whole("blob", {0, whole_until}); };
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
    op.sequences = read_sequences(object.get("sequences"), object.path_of("sequences"), sizes);
    op.from = position("from");
    op.until = position("until");
  } else {
    throw usage_error("ARGUMENT_INVALID",
                      path.of("kind").text() + " is \"" + kind.substr(0, 40) +
                          "\"; expected copy, truncate, shift, park, restore, drop-blob or repack.");
  }
  return op;
}

std::vector<int32_t> read_some_ids(Js value, const Path & path, const PlanSizes & sizes) {
  std::vector<int32_t> ids = read_ids(value, path, sizes.tokens);
  if (ids.empty()) throw usage_error("ARGUMENT_INVALID", path.text() + " is empty; expected one token or more.");
  return ids;
}

Chunk read_chunk(Js value, const Path & path, const PlanSizes & sizes) {
  const JsObject object(value, path);
  Chunk chunk;
  chunk.sequences = read_sequences(object.get("sequences"), object.path_of("sequences"), sizes);
  chunk.position = read_id(object, "position", positions_until);
  chunk.tokens = read_some_ids(object.get("tokens"), object.path_of("tokens"), sizes);
  chunk.has_output = object.boolean("output");
  chunk.keep_logits = read_logits(object, "keepLogits");
  const Js targets = object.get("targets");
  if (targets.is_undefined()) return chunk;
  const Path targets_path = object.path_of("targets");
  const JsList list(targets, targets_path);
  if (list.size() != chunk.tokens.size()) {
    throw usage_error("ARGUMENT_INVALID", targets_path.text() + " has " + std::to_string(list.size()) +
                                              " entries; expected one for each of the " +
                                              std::to_string(chunk.tokens.size()) + " tokens.");
  }
  chunk.has_targets = true;
  for (uint32_t i = 0; i < list.size(); i++) {
    chunk.targets.push_back(read_ids(list.at(i), list.path_at(i), sizes.tokens));
  }
  const Js best = object.get("best");
  if (!best.is_undefined()) {
    chunk.best = static_cast<int32_t>(read_whole(best, object.path_of("best"), {0, logprobs_until}));
  }
  return chunk;
}

void read_bias(const JsObject & object, const PlanSizes & sizes, DrawSettings & draw) {
  const std::vector<int32_t> tokens = object.ids("biasTokens", sizes.tokens);
  const Path path = object.path_of("biasValues");
  const JsList values(object.get("biasValues"), path);
  for (uint32_t i = 0; i < tokens.size(); i++) {
    const Js value = values.at(i);
    double added = std::nan("");
    if (value.type() == napi_number) check(value.env, napi_get_value_double(value.env, value, &added));
    if (!(added < std::numeric_limits<double>::max())) {
      throw usage_error("ARGUMENT_INVALID", object.path_of("bias").text() + " of token " + std::to_string(tokens[i]) +
                                                " is " + shown(value) + "; expected a finite number or -Infinity.");
    }
    draw.bias.emplace_back(tokens[i], added);
  }
}

DrySettings read_dry(Js value, const Path & path, const PlanSizes & sizes) {
  DrySettings dry;
  if (value.is_undefined()) return dry;
  const JsObject object(value, path);
  dry.multiplier = object.number("multiplier", {0, 1e6});
  dry.base = object.number("base", {1, 1e6});
  dry.allowed_length = object.whole("allowedLength", {1, whole_until});
  dry.last_n = object.whole("lastN", {0, whole_until});
  dry.window = object.ids("window", sizes.tokens);
  dry.breakers = object.list("breakers", read_some_bytes);
  return dry;
}

DrawSettings read_draw(Js value, const Path & path, const PlanSizes & sizes) {
  const JsObject object(value, path);
  const auto whole = [&](const char * name, double until) { return object.whole(name, {0, until}); };
  DrawSettings draw;
  draw.temperature = object.number("temperature", {0, 1e6});
  draw.top_k = whole("topK", whole_until);
  draw.top_p = object.number("topP", {0, 1});
  draw.min_p = object.number("minP", {0, 1});
  draw.typical_p = object.number("typicalP", {0, 1}, 1);
  draw.xtc_probability = object.number("xtcProbability", {0, 1}, 0);
  draw.xtc_threshold = object.number("xtcThreshold", {0, 1}, 1);
  draw.dry = read_dry(object.get("dry"), object.path_of("dry"), sizes);
  draw.seed = static_cast<uint64_t>(whole("seed", whole_until));
  draw.draw_index = static_cast<uint64_t>(whole("drawIndex", whole_until));
  draw.repeat_penalty = object.number("repeatPenalty", {1e-6, 1e6});
  draw.frequency_penalty = object.number("frequencyPenalty", {-1e6, 1e6});
  draw.presence_penalty = object.number("presencePenalty", {-1e6, 1e6});
  draw.penalty_window = object.ids("penaltyWindow", sizes.tokens);
  draw.penalty_last_n = whole("penaltyLastN", whole_until);
  draw.logprobs = static_cast<int32_t>(whole("logprobs", logprobs_until));
  if (!object.get("looked").is_undefined()) draw.looked = static_cast<int32_t>(whole("looked", logprobs_until));
  read_bias(object, sizes, draw);
  return draw;
}

Generation read_generation(Js value, const Path & path, const PlanSizes & sizes, const StepPlan & plan, Js & matcher) {
  const JsObject object(value, path);
  Generation generation;
  generation.logits = read_logits(object, "logits");
  generation.keep_logits = read_logits(object, "keepLogits");
  generation.chunk = generation.logits ? -1 : read_id(object, "chunk", static_cast<double>(plan.chunks.size()));
  if (!generation.logits && !plan.chunks[static_cast<size_t>(generation.chunk)].has_output) {
    throw usage_error("OUTPUT_MISSING", path.text() + " draws after chunk " + std::to_string(generation.chunk) +
                                            ", whose output is false; expected true.");
  }
  generation.sequence = read_id(object, "sequence", static_cast<double>(sizes.sequences));
  matcher = object.get("matcher");
  generation.draw = read_draw(object.get("draw"), object.path_of("draw"), sizes);
  generation.tokens_max = object.whole("tokensMax", {1, whole_until});
  const Path paths_path = object.path_of("forbidden");
  const JsList paths(object.get("forbidden"), paths_path);
  for (uint32_t i = 0; i < paths.size(); i++) {
    generation.forbidden.push_back(read_some_ids(paths.at(i), paths.path_at(i), sizes));
  }
  const Js guess_from = object.get("guessFrom");
  if (!guess_from.is_undefined()) {
    generation.guess_from = read_list(guess_from, object.path_of("guessFrom"),
                                      [&](Js text, const Path & at) { return read_ids(text, at, sizes.tokens); });
  }
  const int64_t guess_count = object.whole("guessCount", {0, guesses_until}, -1);
  if (guess_count >= 0) generation.guess_count = static_cast<size_t>(guess_count);
  const Js before = object.get("before");
  if (!before.is_undefined()) generation.before = read_ids(before, object.path_of("before"), sizes.tokens);
  return generation;
}

void check_rows(int64_t rows, const PlanSizes & sizes) {
  if (rows <= sizes.batch) return;
  throw usage_error("BATCH_TOO_LARGE", "The plan has " + std::to_string(rows) +
                                           " rows or more; this context takes at most " + std::to_string(sizes.batch) +
                                           ".");
}

std::vector<float> read_scales(Js value, const Path & path, const PlanSizes & sizes) {
  std::vector<float> scales;
  if (value.is_undefined()) return scales;
  const JsList list(value, path);
  if (list.size() != 0 && list.size() != static_cast<size_t>(sizes.adapters)) {
    throw usage_error("ARGUMENT_INVALID", path.text() + " has " + std::to_string(list.size()) +
                                              " scales; expected one for each of the model's " +
                                              std::to_string(sizes.adapters) + " adapters, or none.");
  }
  for (uint32_t i = 0; i < list.size(); i++) {
    scales.push_back(static_cast<float>(read_number(list.at(i), list.path_at(i), {-scale_until, scale_until})));
  }
  return scales;
}

}  // namespace

StepPlan read_plan(Js value, const PlanSizes & sizes, std::vector<Js> & matchers) {
  const Path path{"plan"};
  const JsObject object(value, path);
  StepPlan plan;
  const Path ops_path = object.path_of("ops");
  const JsList ops(object.get("ops"), ops_path);
  for (uint32_t i = 0; i < ops.size(); i++) plan.ops.push_back(read_op(ops.at(i), ops.path_at(i), sizes));
  const Path chunks_path = object.path_of("chunks");
  const JsList chunks(object.get("chunks"), chunks_path);
  int64_t rows = 0;
  for (uint32_t i = 0; i < chunks.size(); i++) {
    plan.chunks.push_back(read_chunk(chunks.at(i), chunks.path_at(i), sizes));
    rows += static_cast<int64_t>(plan.chunks.back().tokens.size());
    check_rows(rows, sizes);
  }
  const Path generations_path = object.path_of("generations");
  const JsList generations(object.get("generations"), generations_path);
  for (uint32_t i = 0; i < generations.size(); i++) {
    Js matcher{value.env, nullptr};
    const Js generation = generations.at(i);
    plan.generations.push_back(read_generation(generation, generations.path_at(i), sizes, plan, matcher));
    matchers.push_back(matcher);
  }
  plan.adapters = read_scales(object.get("adapters"), object.path_of("adapters"), sizes);
  plan.decodes_max = object.whole("decodesMax", {1, whole_until});
  const Js cells = object.get("cellsMax");
  if (!cells.is_undefined()) plan.cells_max = read_whole(cells, object.path_of("cellsMax"), {0, whole_until});
  return plan;
}

}  // namespace espalier
