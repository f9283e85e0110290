// The embedder class, see bind_embedder.h. Decides what a method answers while busy and after disposal.
#include "bind_embedder.h"

#include <optional>
#include <set>

#include "bind_context_request.h"
#include "bind_on_thread.h"
#include "embedder.h"

namespace espalier {

namespace {

struct EmbedderObject {
  static constexpr napi_type_tag tag = {0x5ad3f0c9b1e84726u, 0x9c02e7d4a86f315bu};
  static constexpr const char * name = "NativeEmbedder";
  std::shared_ptr<Embedder> embedder;  // null once disposed
  std::shared_ptr<DecodeThread> thread;
  bool is_busy = false;
  ExternalBytes external;

  // One nobody refers to any more; running work refers to it.
  ~EmbedderObject() {
    if (embedder) embedder->close();
    if (thread) thread->stop();
  }
};

using WrappedEmbedder = Wrapped<EmbedderObject>;

const std::shared_ptr<Embedder> & usable(const EmbedderObject & object) {
  if (!object.embedder) throw usage_error("DISPOSED", "The embedder was disposed.");
  return object.embedder;
}

const std::shared_ptr<Embedder> & idle(const EmbedderObject & object) {
  const std::shared_ptr<Embedder> & embedder = usable(object);
  if (object.is_busy) throw usage_error("BUSY", "The embedder is reading texts; wait until that has settled.");
  return embedder;
}

/// Work under way. Its reference is deleted in `settle`, or goes with its env.
struct Work {
  napi_deferred deferred = nullptr;
  napi_ref held = nullptr;
  EmbedderObject * object = nullptr;  // kept by the reference
  std::optional<Failure> failure;
};

struct Tokenizing : Work {
  std::vector<std::string> texts;
  std::optional<std::string> query;
  std::vector<std::vector<int32_t>> tokens;
};

struct Reading : Work {
  std::vector<EmbedChunk> chunks;
  EmbedVectors vectors;
};

template <class Some, class Write>
void settle(napi_env env, Some & work, Write && write) {
  contained(
      [&] {
        if (work.failure) throw Failure(*work.failure);
        resolve(env, work.deferred, write(env, work));
      },
      [&](const Failure & failure) { reject(env, work.deferred, failure); });
  // Last: it kept the object alive.
  if (work.held != nullptr) napi_delete_reference(env, work.held);
}

/// Posts the work and returns its promise. `act` on the thread may throw; `write` makes the value; `end` comes first.
template <class Some, class Act, class Write, class End>
napi_value posted(EmbedderObject & object, const Call & call, const std::shared_ptr<Some> & work, Act act, Write write,
                  End end) {
  const napi_env env = call.env;
  napi_value promise = nullptr;
  check(env, napi_create_promise(env, &work->deferred, &promise));
  check(env, napi_create_reference(env, call.self, 1, &work->held));
  work->object = &object;
  bool was_posted = false;
  try {
    was_posted = object.thread->post(
        [embedder = object.embedder, work, act] {
          contained([&] { act(*embedder, *work); }, [&](const Failure & failure) { work->failure = failure; });
        },
        [work, write, end](napi_env done_env) {
          end(*work->object);
          settle(done_env, *work, write);
        });
  } catch (...) {
    napi_delete_reference(env, work->held);
    throw;
  }
  if (was_posted) return promise;
  napi_delete_reference(env, work->held);
  throw usage_error("CLOSED", "The embedder's thread has ended; make another embedder.");
}

napi_value tokenize(EmbedderObject & object, const Call & call) {
  usable(object);
  auto work = std::make_shared<Tokenizing>();
  work->texts = read_list(call.argument(0), {"texts"}, read_text);
  const Js query = call.argument(1);
  if (!query.is_null()) work->query = read_text(query, {"query"});
  usable(object);
  const auto act = [](Embedder & embedder, Tokenizing & tokenizing) {
    tokenizing.tokens = embedder.tokenize(tokenizing.texts, tokenizing.query ? &*tokenizing.query : nullptr);
  };
  const auto write = [](napi_env env, Tokenizing & tokenizing) -> napi_value {
    NewList lists(env, tokenizing.tokens.size());
    for (const auto & tokens : tokenizing.tokens) lists.add(js_numbers(env, tokens));
    return lists.value();
  };
  return posted(object, call, work, act, write, [](EmbedderObject &) {});
}

EmbedChunk read_chunk(Js value, const Path & path, const EmbedderFacts & facts, int64_t tokens) {
  const JsObject object(value, path);
  EmbedChunk chunk;
  chunk.sequence = static_cast<int32_t>(object.whole("sequence", {0, static_cast<double>(facts.sequences)}));
  chunk.position = static_cast<int32_t>(object.whole("position", {0, static_cast<double>(facts.tokens_max)}));
  chunk.tokens = object.ids("tokens", tokens);
  chunk.is_last = object.boolean("last");
  if (chunk.tokens.empty()) {
    throw usage_error("ARGUMENT_INVALID", path.of("tokens").text() + " is empty; expected one token or more.");
  }
  return chunk;
}

void check_chunks(const std::vector<EmbedChunk> & chunks, const EmbedderFacts & facts) {
  std::set<int32_t> sequences;
  size_t rows = 0;
  for (const EmbedChunk & chunk : chunks) {
    if (!sequences.insert(chunk.sequence).second) {
      throw usage_error("SEQUENCE_TWICE", "Two chunks are of sequence " + std::to_string(chunk.sequence) + ".");
    }
    rows += chunk.tokens.size();
  }
  if (rows == 0) throw usage_error("ARGUMENT_INVALID", "chunks is empty; expected one chunk or more.");
  if (rows > static_cast<size_t>(facts.batch)) {
    throw usage_error("BATCH_TOO_LARGE", "The chunks have " + std::to_string(rows) + " tokens; a call takes at most " +
                                             std::to_string(facts.batch) + ".");
  }
}

std::vector<EmbedChunk> read_chunks(Js value, const Embedder & embedder) {
  const EmbedderFacts facts = embedder.facts();
  const int64_t tokens = embedder.model().vocab_size();
  std::vector<EmbedChunk> chunks =
      read_list(value, {"chunks"}, [&](Js one, const Path & path) { return read_chunk(one, path, facts, tokens); });
  check_chunks(chunks, facts);
  return chunks;
}

napi_value write_vectors(napi_env env, Reading & reading) {
  NewList list(env, reading.vectors.size());
  for (const auto & vector : reading.vectors) list.add(vector.empty() ? js_null(env) : js_numbers(env, vector));
  return list.value();
}

napi_value run(EmbedderObject & object, const Call & call) {
  auto work = std::make_shared<Reading>();
  // A share of its own: the caller's getters may dispose the object.
  const std::shared_ptr<Embedder> before = idle(object);
  work->chunks = read_chunks(call.argument(0), *before);
  idle(object)->announce_run();
  const auto act = [](Embedder & embedder, Reading & reading) { reading.vectors = embedder.run(reading.chunks); };
  const auto end = [](EmbedderObject & busy) { busy.is_busy = false; };
  const napi_value promise = posted(object, call, work, act, write_vectors, end);
  object.is_busy = true;
  return promise;
}

napi_value abort(EmbedderObject & object, const Call & call) {
  usable(object)->abort();
  return js_undefined(call.env);
}

napi_value facts(EmbedderObject & object, const Call & call) {
  const napi_env env = call.env;
  const EmbedderFacts & known = usable(object)->facts();
  NewObject result(env);
  result.set("pooling", js_text(env, pooling_text(known.pooling)));
  result.set("dimensions", js_number(env, known.dimensions));
  result.set("contextTokens", js_number(env, known.tokens_max));
  result.set("rows", js_number(env, known.rows));
  result.set("batch", js_number(env, known.batch));
  result.set("sequences", js_number(env, known.sequences));
  result.set("canSplit", js_boolean(env, known.can_split));
  result.set("tellsProbability", js_boolean(env, known.tells_probability));
  return result.value();
}

napi_value dispose(EmbedderObject & object, const Call & call) {
  return end_on_thread(call.env, object, &EmbedderObject::embedder);
}

}  // namespace

void init_embedder(napi_env env) {
  WrappedEmbedder::define(env,
                          {{"tokenize", WrappedEmbedder::call<tokenize>},
                           {"run", WrappedEmbedder::call<run>},
                           {"abort", WrappedEmbedder::call<abort>},
                           {"dispose", WrappedEmbedder::call<dispose>}},
                          {{"facts", WrappedEmbedder::call<facts>}});
}

napi_value create_embedder(napi_env env, std::shared_ptr<Model> model, Js options) {
  const EmbedderRequest request = read_embedder_request(options);
  const std::function<std::shared_ptr<Embedder>()> create = [model, request] {
    return Embedder::create(model, request);
  };
  return make_on_thread(env, &EmbedderObject::embedder, create, "an embedder");
}

}  // namespace espalier
