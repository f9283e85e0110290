// See bind_model.h. Decides how long a model lives: as long as its JS object is not disposed, or a context uses it.
#include "bind_model.h"

#include <atomic>
#include <utility>

#include "bind_constraint.h"
#include "bind_context.h"
#include "bind_embedder.h"
#include "bind_log.h"
#include "bind_model_request.h"
#include "decode_thread.h"

namespace espalier {

namespace {

/// What the vocabulary's JS objects know of the model. They don't keep its weights in memory.
class ModelVocab : public VocabSource {
 public:
  explicit ModelVocab(const std::shared_ptr<Model> & model)
      : model_(model), bos_(model->bos()), eos_(model->eos()), adds_bos_(model->adds_bos()),
        adds_space_(model->tokenizer().adds_space()) {}

  std::vector<int32_t> tokenize(std::string_view bytes, bool special) const override {
    const std::shared_ptr<Model> model = model_.lock();
    if (!model) throw Failure("UsageError", "DISPOSED", "The model of this vocabulary was disposed.");
    return model->tokenizer().tokenize(bytes, special);
  }
  std::optional<int32_t> bos() const override { return bos_; }
  std::optional<int32_t> eos() const override { return eos_; }
  bool adds_bos() const override { return adds_bos_; }
  bool adds_space() const override { return adds_space_; }
  std::string special_text(int32_t token) const override {
    const std::shared_ptr<Model> model = model_.lock();
    if (!model) throw Failure("UsageError", "DISPOSED", "The model of this vocabulary was disposed.");
    return model->tokenizer().text(token);
  }

 private:
  std::weak_ptr<Model> model_;
  std::optional<int32_t> bos_;
  std::optional<int32_t> eos_;
  bool adds_bos_;
  bool adds_space_;
};

struct ModelObject {
  static constexpr napi_type_tag tag = {0x17c5d08e9a4be326u, 0xd35f6b20817e94acu};
  static constexpr const char * name = "NativeModel";
  std::shared_ptr<Model> model;  // null once disposed
  ExternalBytes external;
};

using WrappedModel = Wrapped<ModelObject>;

const std::shared_ptr<Model> & usable(const ModelObject & object) {
  if (!object.model) throw usage_error("DISPOSED", "The model was disposed.");
  return object.model;
}

napi_value facts(ModelObject & object, const Call & call) {
  const napi_env env = call.env;
  const std::shared_ptr<Model> model = usable(object);
  const auto entries = model->metadata();
  NewList metadata(env, entries.size());
  for (const auto & [key, value] : entries) {
    NewList entry(env, 2);
    entry.add(js_text(env, key));
    entry.add(js_text(env, value));
    metadata.add(entry.value());
  }
  const auto chat_template = model->chat_template();
  NewObject result(env);
  result.set("metadata", metadata.value());
  result.set("chatTemplate", chat_template ? js_text(env, *chat_template) : js_null(env));
  result.set("description", js_text(env, model->description()));
  result.set("parameters", js_number(env, static_cast<double>(llama().llama_model_n_params(model->handle()))));
  result.set("bytes", js_number(env, static_cast<double>(model->bytes())));
  result.set("contextTrained", js_number(env, llama().llama_model_n_ctx_train(model->handle())));
  result.set("memory", js_text(env, memory_text(model->memory())));
  NewList devices(env, model->devices().size());
  for (const std::string & name : model->devices()) devices.add(js_text(env, name));
  result.set("devices", devices.value());
  NewList adapters(env, model->adapters().size());
  for (const Adapter & adapter : model->adapters()) {
    NewObject told(env);
    told.set("path", js_text(env, adapter.path));
    told.set("bytes", js_number(env, static_cast<double>(adapter.bytes)));
    adapters.add(told.value());
  }
  result.set("adapters", adapters.value());
  result.set("layers", js_number(env, model->layers()));
  result.set("gpuLayers", js_number(env, model->layers_on_devices()));
  return result.value();
}

napi_value vocab(ModelObject & object, const Call & call) {
  const std::shared_ptr<Model> & model = usable(object);
  return make_vocab(call.env, model->trie(), std::make_shared<ModelVocab>(model));
}

napi_value model_context(ModelObject & object, const Call & call) {
  return create_context(call.env, usable(object), call.argument(0));
}

napi_value model_embedder(ModelObject & object, const Call & call) {
  return create_embedder(call.env, usable(object), call.argument(0));
}

napi_value dispose(ModelObject & object, const Call & call) {
  object.model.reset();
  object.external.tell(call.env, 0);
  return js_undefined(call.env);
}

struct Loading {
  ModelRequest request;
  std::atomic<bool> is_cancelled{false};
  std::shared_ptr<Model> model;
  std::optional<Failure> failure;
  napi_deferred deferred = nullptr;
  napi_ref on_progress = nullptr;  // null where nobody listens; JS thread only
  int last_percent = -1;           // loading thread only
};

void load(Loading & loading) noexcept {
  contained([&] { loading.model = Model::load(loading.request); },
            [&](const Failure & failure) { loading.failure = failure; });
}

napi_value loaded(napi_env env, Loading & loading) {
  if (loading.failure) throw Failure(*loading.failure);
  if (!loading.model) throw Failure("CapacityError", "OUT_OF_MEMORY", "There is not enough memory for the model.");
  auto object = std::make_unique<ModelObject>();
  object->model = std::move(loading.model);
  // So that V8 looks for models nobody holds before many more are opened.
  ModelObject & made = *object;
  const napi_value instance = WrappedModel::make(env, std::move(object));
  if (!made.model->is_measured_only()) made.external.tell(env, made.model->bytes());
  return instance;
}

void finish(napi_env env, Loading & loading) {
  if (loading.on_progress != nullptr) napi_delete_reference(env, loading.on_progress);
  loading.on_progress = nullptr;
  contained([&] { resolve(env, loading.deferred, loaded(env, loading)); },
            [&](const Failure & failure) { reject(env, loading.deferred, failure); });
}

void call_listener(napi_env env, const Loading & loading, float progress) {
  if (loading.on_progress == nullptr) return;
  napi_value listener = nullptr;
  napi_value result = nullptr;
  check(env, napi_get_reference_value(env, loading.on_progress, &listener));
  const napi_value arguments[] = {js_number(env, progress)};
  // What it throws is dropped with the result: lib/native/model.ts has caught its caller's errors.
  napi_call_function(env, js_undefined(env), listener, 1, arguments, &result);
}

// Whole percents only: a callback per tensor would swamp the event loop. On the loading thread, under llama.cpp's C
// frames.
void report(const std::shared_ptr<DecodeThread> & thread, const std::shared_ptr<Loading> & loading,
            float progress) noexcept {
  const int percent = static_cast<int>(progress * 100);
  if (percent <= loading->last_percent) return;
  loading->last_percent = percent;
  contained([&] { thread->tell([loading, progress](napi_env env) { call_listener(env, *loading, progress); }); },
            [](const Failure &) {});
}

void listen(napi_env env, const std::shared_ptr<DecodeThread> & thread, const std::shared_ptr<Loading> & loading,
            napi_value listener) {
  check(env, napi_create_reference(env, listener, 1, &loading->on_progress));
  loading->request.on_progress = [weak_thread = std::weak_ptr<DecodeThread>(thread),
                                  weak = std::weak_ptr<Loading>(loading)](float progress) {
    const auto running = weak.lock();
    const auto running_thread = weak_thread.lock();
    if (running && running_thread) report(running_thread, running, progress);
  };
}

using LoadingHandle = std::shared_ptr<Loading>;

napi_value cancel(const Call & call) {
  static_cast<LoadingHandle *>(call.data)->get()->is_cancelled.store(true);
  return js_undefined(call.env);
}

// The function owns a share of the loading.
napi_value cancel_function(napi_env env, const LoadingHandle & loading) {
  auto share = std::make_unique<LoadingHandle>(loading);
  napi_value function = nullptr;
  check(env, napi_create_function(env, "cancel", NAPI_AUTO_LENGTH, entry<cancel>, share.get(), &function));
  const auto destroy = [](napi_env, void * data, void *) { delete static_cast<LoadingHandle *>(data); };
  check(env, napi_add_finalizer(env, function, share.get(), destroy, nullptr, nullptr));
  share.release();
  return function;
}

napi_value load_model(const Call & call) {
  const napi_env env = call.env;
  auto loading = std::make_shared<Loading>();
  loading->request = read_model_request(call.argument(0));
  loading->request.is_cancelled = &loading->is_cancelled;
  loading->request.log = read_log(call.argument(2), {"log"});
  llama();
  const std::shared_ptr<DecodeThread> thread = DecodeThread::start(env, [weak = std::weak_ptr<Loading>(loading)] {
    if (const auto running = weak.lock()) running->is_cancelled.store(true);
  });
  if (call.argument(1).type() == napi_function) listen(env, thread, loading, call.argument(1));
  napi_value promise = nullptr;
  check(env, napi_create_promise(env, &loading->deferred, &promise));
  NewObject handle(env);
  handle.set("promise", promise);
  handle.set("cancel", cancel_function(env, loading));
  const napi_value result = handle.value();
  thread->post([loading] { load(*loading); },
               [loading, thread](napi_env done_env) {
                 thread->stop();
                 finish(done_env, *loading);
               });
  return result;
}

napi_value open_llama_from(const Call & call) {
  const JsObject given(call.argument(0), {"libraries"});
  open_llama({given.text("folder"), given.text("llama"), given.text("ggml"), given.text("ggmlBase")});
  return js_text(call.env, llama().llama_version());
}

napi_value llama_folder(const Call & call) {
  const std::optional<std::string> folder = opened_folder();
  return folder ? js_text(call.env, *folder) : js_null(call.env);
}

napi_value devices(const Call & call) {
  const napi_env env = call.env;
  const std::vector<Device> all = list_devices();
  NewList list(env, all.size());
  for (const Device & device : all) {
    NewObject facts(env);
    facts.set("name", js_text(env, device.name));
    facts.set("description", js_text(env, device.description));
    facts.set("backend", js_text(env, device.backend));
    facts.set("type", js_text(env, device_type_text(device.type)));
    facts.set("bytes", js_number(env, static_cast<double>(device.bytes)));
    facts.set("bytesFree", js_number(env, static_cast<double>(device.bytes_free)));
    list.add(facts.value());
  }
  return list.value();
}

napi_value stop_all(const Call & call) {
  DecodeThread::end_all_of(call.env);
  return js_undefined(call.env);
}

}  // namespace

void init_model(napi_env env, napi_value exports) {
  WrappedModel::define(env, {{"facts", WrappedModel::call<facts>},
                             {"vocab", WrappedModel::call<vocab>},
                             {"createContext", WrappedModel::call<model_context>},
                             {"createEmbedder", WrappedModel::call<model_embedder>},
                             {"dispose", WrappedModel::call<dispose>}});
  export_function(env, exports, "openLlama", entry<open_llama_from>);
  export_function(env, exports, "loadModel", entry<load_model>);
  export_function(env, exports, "llamaFolder", entry<llama_folder>);
  export_function(env, exports, "devices", entry<devices>);
  export_function(env, exports, "stopAll", entry<stop_all>);
}

}  // namespace espalier
