// See bind_model.h. Decides how long a model lives: as long as its JS object is not disposed, or a context uses it.
#include "bind_model.h"

#include <utility>

#include "bind_class.h"
#include "bind_constraint.h"
#include "bind_context.h"
#include "bind_value.h"
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

 private:
  std::weak_ptr<Model> model_;
  std::optional<int32_t> bos_;
  std::optional<int32_t> eos_;
  bool adds_bos_;
  bool adds_space_;
};

class ModelObject : public Napi::ObjectWrap<ModelObject> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Model",
                       {InstanceMethod<&ModelObject::facts>("facts"), InstanceMethod<&ModelObject::vocab>("vocab"),
                        InstanceMethod<&ModelObject::create_context>("createContext"),
                        InstanceMethod<&ModelObject::dispose>("dispose")});
  }

  explicit ModelObject(const Napi::CallbackInfo & info)
      : Napi::ObjectWrap<ModelObject>(info), model_(std::move(*taken_from<std::shared_ptr<Model>>(info))) {}

 private:
  const std::shared_ptr<Model> & usable(Napi::Env env) const {
    if (!model_) throw usage_error(env, "DISPOSED", "The model was disposed.");
    return model_;
  }

  Napi::Value facts(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    const std::shared_ptr<Model> & model = usable(env);
    Napi::Object object = Napi::Object::New(env);
    const auto entries = model->metadata();
    Napi::Array metadata = Napi::Array::New(env, entries.size());
    for (uint32_t i = 0; i < entries.size(); i++) {
      Napi::Array entry = Napi::Array::New(env, 2);
      entry.Set(0u, entries[i].first);
      entry.Set(1u, entries[i].second);
      metadata.Set(i, entry);
    }
    object.Set("metadata", metadata);
    const auto chat_template = model->chat_template();
    object.Set("chatTemplate", chat_template ? Napi::Value(Napi::String::New(env, *chat_template)) : env.Null());
    object.Set("description", model->description());
    object.Set("parameters", static_cast<double>(llama().llama_model_n_params(model->handle())));
    object.Set("bytes", static_cast<double>(llama().llama_model_size(model->handle())));
    object.Set("contextTrained", llama().llama_model_n_ctx_train(model->handle()));
    object.Set("memory", memory_text(model->memory()));
    return object;
  }

  Napi::Value vocab(const Napi::CallbackInfo & info) {
    const std::shared_ptr<Model> & model = usable(info.Env());
    return make_vocab(info.Env(), model->trie(), std::make_shared<ModelVocab>(model));
  }

  Napi::Value create_context(const Napi::CallbackInfo & info) {
    return with_errors(info.Env(), [&] { return espalier::create_context(info.Env(), usable(info.Env()), info[0]); });
  }

  Napi::Value dispose(const Napi::CallbackInfo & info) {
    model_.reset();
    return info.Env().Undefined();
  }

  std::shared_ptr<Model> model_;
};

struct Loading {
  explicit Loading(Napi::Env env) : deferred(env) {}
  ModelRequest request;
  std::atomic<bool> is_cancelled{false};
  std::shared_ptr<Model> model;
  std::unique_ptr<Failure> failure;
  Napi::Promise::Deferred deferred;
  Napi::FunctionReference on_progress;  // null where nobody listens
  int last_percent = -1;                // loading thread only
};

void load(Loading & loading) {
  try {
    loading.model = Model::load(loading.request);
  } catch (const Failure & failure) {
    loading.failure = std::make_unique<Failure>(failure);
  } catch (const std::exception & error) {
    loading.failure = std::make_unique<Failure>("ModelError", "MODEL_DAMAGED",
                                                "The model file " + loading.request.path + " can't be loaded: " +
                                                    error.what() + ".");
  }
}

void finish(Napi::Env env, Loading & loading) {
  if (!loading.on_progress.IsEmpty()) loading.on_progress.Reset();
  if (loading.failure) return loading.deferred.Reject(make_error(env, *loading.failure).Value());
  loading.deferred.Resolve(make_instance(env, "Model", &loading.model));
}

// Whole percents only: a callback per tensor would swamp the event loop.
void report(const std::shared_ptr<DecodeThread> & thread, const std::shared_ptr<Loading> & loading, float progress) {
  const int percent = static_cast<int>(progress * 100);
  if (percent <= loading->last_percent) return;
  loading->last_percent = percent;
  thread->tell([loading, progress](Napi::Env env) {
    if (!loading->on_progress.IsEmpty()) loading->on_progress.Call({Napi::Number::New(env, progress)});
  });
}

Napi::Value load_model(const Napi::CallbackInfo & info) {
  const Napi::Env env = info.Env();
  return with_errors(env, [&]() -> Napi::Value {
    const Napi::Object options = read_object(info[0], "options");
    auto loading = std::make_shared<Loading>(env);
    loading->request.path = read_text(options.Get("path"), "path");
    loading->request.is_vocab_only = read_boolean(options.Get("vocabOnly"), "vocabOnly");
    loading->request.uses_gpu = read_boolean(options.Get("gpu"), "gpu");
    loading->request.is_cancelled = &loading->is_cancelled;
    llama();
    const std::shared_ptr<DecodeThread> thread =
        DecodeThread::start(env, [weak = std::weak_ptr<Loading>(loading)] {
          if (const auto running = weak.lock()) running->is_cancelled.store(true);
        });
    if (info[1].IsFunction()) {
      loading->on_progress = Napi::Persistent(info[1].As<Napi::Function>());
      loading->on_progress.SuppressDestruct();
      loading->request.on_progress = [weak_thread = std::weak_ptr<DecodeThread>(thread),
                                      weak = std::weak_ptr<Loading>(loading)](float progress) {
        const auto running = weak.lock();
        const auto running_thread = weak_thread.lock();
        if (running && running_thread) report(running_thread, running, progress);
      };
    }
    thread->post([loading] { load(*loading); },
                 [loading, thread](Napi::Env done_env) {
                   thread->stop();
                   finish(done_env, *loading);
                 });
    Napi::Object handle = Napi::Object::New(env);
    handle.Set("promise", loading->deferred.Promise());
    handle.Set("cancel", Napi::Function::New(env,
        [loading](const Napi::CallbackInfo &) { loading->is_cancelled.store(true); }));
    return handle;
  });
}

Napi::Value open_llama_from(const Napi::CallbackInfo & info) {
  const Napi::Env env = info.Env();
  return with_errors(env, [&]() -> Napi::Value {
    const Napi::Object given = read_object(info[0], "libraries");
    const auto text = [&](const char * name) { return read_text(given.Get(name), name); };
    open_llama({text("folder"), text("llama"), text("ggml"), text("ggmlBase")});
    return Napi::String::New(env, llama().llama_version());
  });
}

Napi::Value stop_all(const Napi::CallbackInfo & info) {
  DecodeThread::end_all_of(info.Env());
  return info.Env().Undefined();
}

}  // namespace

void init_model(Napi::Env env, Napi::Object exports) {
  keep_class(env, "Model", ModelObject::define(env));
  exports.Set("openLlama", Napi::Function::New(env, open_llama_from));
  exports.Set("loadModel", Napi::Function::New(env, load_model));
  exports.Set("stopAll", Napi::Function::New(env, stop_all));
}

}  // namespace espalier
