// See bind_context_request.h. Decides the names of options' values; what they do, the context decides.
#include "bind_context_request.h"

#include <algorithm>

namespace espalier {

namespace {

template <class Value>
struct Named {
  const char * name;
  Value value;
};

/// One of a few names; `otherwise` where the caller left it out.
template <class Value, size_t count>
Value read_named(Js value, const Path & path, const Named<Value> (&all)[count], Value otherwise) {
  if (value.is_undefined()) return otherwise;
  const std::string text = read_text(value, path);
  std::string expected;
  for (const Named<Value> & named : all) {
    if (text == named.name) return named.value;
    expected += (expected.empty() ? "" : ", ") + std::string(named.name);
  }
  refuse(value, path, "one of " + expected);
}

constexpr Named<FlashAttention> flash_names[] = {
    {"auto", FlashAttention::automatic}, {"on", FlashAttention::on}, {"off", FlashAttention::off}};

// What llama.cpp can attend over; q8_0 halves the cache at next to no cost in quality.
constexpr Named<ggml_type> cache_names[] = {
    {"f32", GGML_TYPE_F32},   {"f16", GGML_TYPE_F16},   {"bf16", GGML_TYPE_BF16}, {"q8_0", GGML_TYPE_Q8_0},
    {"q5_1", GGML_TYPE_Q5_1}, {"q5_0", GGML_TYPE_Q5_0}, {"q4_1", GGML_TYPE_Q4_1}, {"q4_0", GGML_TYPE_Q4_0},
    {"iq4_nl", GGML_TYPE_IQ4_NL}};

constexpr Named<llama_rope_scaling_type> rope_names[] = {
    {"none", LLAMA_ROPE_SCALING_TYPE_NONE},
    {"linear", LLAMA_ROPE_SCALING_TYPE_LINEAR},
    {"yarn", LLAMA_ROPE_SCALING_TYPE_YARN},
    {"longrope", LLAMA_ROPE_SCALING_TYPE_LONGROPE}};

constexpr Named<Pooling> pooling_names[] = {
    {"mean", Pooling::mean}, {"cls", Pooling::cls}, {"last", Pooling::last}, {"rank", Pooling::rank}};

RopeScaling read_rope(Js value, const Path & path) {
  RopeScaling rope;
  if (value.is_undefined()) return rope;
  const JsObject given(value, path);
  const auto optional = [&](const char * name) {
    const Js number = given.get(name);
    // Bounds that keep the angles finite; llama.cpp checks none.
    return number.is_undefined() ? 0.0 : read_number(number, given.path_of(name), {1e-3, 1e12});
  };
  rope.type = read_named(given.get("type"), given.path_of("type"), rope_names, LLAMA_ROPE_SCALING_TYPE_UNSPECIFIED);
  rope.frequency_base = static_cast<float>(optional("base"));
  const double factor = optional("factor");
  rope.frequency_scale = factor == 0 ? 0.0f : static_cast<float>(1 / factor);
  const Js trained = given.get("contextTrained");
  if (!trained.is_undefined()) {
    rope.context_trained = static_cast<uint32_t>(read_whole(trained, given.path_of("contextTrained"), {1, 1 << 30}));
  }
  return rope;
}

}  // namespace

ContextRequest read_context_request(Js value) {
  const Path path{"options"};
  const JsObject options(value, path);
  const auto optional = [&](const char * name, double until) {
    const Js given = options.get(name);
    return given.is_undefined() ? 0 : static_cast<int32_t>(read_whole(given, options.path_of(name), {1, until}));
  };
  ContextRequest request;
  request.cells = static_cast<int32_t>(options.whole("cells", {1, 1 << 26}));
  request.sequences = optional("sequences", 256);
  request.batch = optional("batch", 65537);
  request.micro_batch = optional("microBatch", 65537);
  request.threads = std::max(1, optional("threads", 513));
  request.threads_batch = optional("threadsBatch", 513);
  request.cores = optional("cores", 1 << 16);
  if (request.threads_batch == 0) request.threads_batch = request.threads;
  const auto path_of = [&](const char * name) { return options.path_of(name); };
  request.flash_attention =
      read_named(options.get("flashAttention"), path_of("flashAttention"), flash_names, FlashAttention::automatic);
  request.cache_type = read_named(options.get("kvType"), path_of("kvType"), cache_names, GGML_TYPE_F16);
  request.rope = read_rope(options.get("ropeScaling"), path_of("ropeScaling"));
  return request;
}

EmbedderRequest read_embedder_request(Js value) {
  EmbedderRequest request;
  request.context = read_context_request(value);
  const Path path{"options"};
  const JsObject options(value, path);
  const Path pooling = options.path_of("pooling");
  request.pooling = read_named(options.get("pooling"), pooling, pooling_names, Pooling::as_model);
  return request;
}

}  // namespace espalier
