// See bind_context_request.h. Decides the names of options' values; what they do, the context decides.
#include "bind_context_request.h"

namespace espalier {

namespace {

constexpr Named<FlashAttention> flash_names[] = {
    {"auto", FlashAttention::automatic}, {"on", FlashAttention::on}, {"off", FlashAttention::off}};

// What llama.cpp can attend over; q8_0 halves the cache at next to no cost in quality.
constexpr Named<ggml_type> cache_names[] = {
    {"f32", GGML_TYPE_F32},   {"f16", GGML_TYPE_F16},   {"bf16", GGML_TYPE_BF16},
    {"q8_0", GGML_TYPE_Q8_0}, {"q5_1", GGML_TYPE_Q5_1}, {"q5_0", GGML_TYPE_Q5_0},
    {"q4_1", GGML_TYPE_Q4_1}, {"q4_0", GGML_TYPE_Q4_0}, {"iq4_nl", GGML_TYPE_IQ4_NL}};

constexpr Named<llama_rope_scaling_type> rope_names[] = {{"none", LLAMA_ROPE_SCALING_TYPE_NONE},
                                                         {"linear", LLAMA_ROPE_SCALING_TYPE_LINEAR},
                                                         {"yarn", LLAMA_ROPE_SCALING_TYPE_YARN},
                                                         {"longrope", LLAMA_ROPE_SCALING_TYPE_LONGROPE}};

constexpr Named<Pooling> pooling_names[] = {
    {"mean", Pooling::mean}, {"cls", Pooling::cls}, {"last", Pooling::last}, {"rank", Pooling::rank}};

RopeScaling read_rope(Js value, const Path & path) {
  RopeScaling rope;
  if (value.is_undefined()) return rope;
  const JsObject given(value, path);
  // Bounds that keep the angles finite; llama.cpp checks none.
  constexpr Range sound = {1e-3, 1e12};
  rope.type = given.named("type", rope_names, LLAMA_ROPE_SCALING_TYPE_UNSPECIFIED);
  rope.frequency_base = static_cast<float>(given.number("base", sound, 0));
  const double factor = given.number("factor", sound, 0);
  rope.frequency_scale = factor == 0 ? 0.0f : static_cast<float>(1 / factor);
  rope.context_trained = static_cast<uint32_t>(given.whole("contextTrained", {1, 1 << 30}, rope.context_trained));
  return rope;
}

ContextRequest read_context(const JsObject & options) {
  const auto count = [&](const char * name, double until, int32_t otherwise) {
    return static_cast<int32_t>(options.whole(name, {1, until}, otherwise));
  };
  ContextRequest request;
  request.cells = static_cast<int32_t>(options.whole("cells", {1, 1 << 26}));
  request.sequences = count("sequences", 256, 0);
  request.streams = static_cast<int32_t>(options.whole("streams", {2, 256}, 0));
  if (request.streams > 0 && request.sequences > 0) {
    throw usage_error("ARGUMENT_INVALID", "sequences is " + std::to_string(request.sequences) +
                                              " beside streams, each " +
                                              "of which is one sequence; expected one of the two.");
  }
  request.batch = count("batch", 65537, 0);
  request.micro_batch = count("microBatch", 65537, 0);
  request.threads = count("threads", 513, 1);
  request.threads_batch = count("threadsBatch", 513, request.threads);
  request.cores = count("cores", 1 << 16, 0);
  request.flash_attention = options.named("flashAttention", flash_names, FlashAttention::automatic);
  request.cache_type = options.named("kvType", cache_names, GGML_TYPE_F16);
  request.rope = read_rope(options.get("ropeScaling"), options.path_of("ropeScaling"));
  return request;
}

}  // namespace

ContextRequest read_context_request(Js value) { return read_context(JsObject(value, {"options"})); }

EmbedderRequest read_embedder_request(Js value) {
  const JsObject options(value, {"options"});
  return {read_context(options), options.named("pooling", pooling_names, Pooling::as_model)};
}

}  // namespace espalier
