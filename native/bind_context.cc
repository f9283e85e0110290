// The context class, see bind_context.h. Decides what a method answers while busy and after disposal.
#include "bind_context.h"

#include <algorithm>
#include <utility>

#include "bind_class.h"
#include "bind_constraint.h"
#include "bind_value.h"

namespace espalier {

namespace {

struct OpenedContext {
  std::shared_ptr<Context> context;
  std::shared_ptr<DecodeThread> thread;
};

class ContextObject : public Napi::ObjectWrap<ContextObject> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "Context",
                       {InstanceAccessor<&ContextObject::capabilities>("capabilities"),
                        InstanceMethod<&ContextObject::step>("step"),
                            InstanceMethod<&ContextObject::interrupt>("interrupt"),
                        InstanceMethod<&ContextObject::abort>("abort"),
                            InstanceMethod<&ContextObject::positions>("positions"),
                        InstanceMethod<&ContextObject::logits>("logits"),
                            InstanceMethod<&ContextObject::dispose>("dispose")});
  }

  explicit ContextObject(const Napi::CallbackInfo & info) : Napi::ObjectWrap<ContextObject>(info) {
    OpenedContext & opened = *taken_from<OpenedContext>(info);
    context_ = std::move(opened.context);
    thread_ = std::move(opened.thread);
  }

  // Reached only by a context nobody refers to any more; a running step refers to it.
  ~ContextObject() override {
    if (context_) context_->close();
    if (thread_) thread_->stop();
  }

 private:
  struct PendingStep {
    explicit PendingStep(Napi::Env env) : deferred(env) {}
    StepPlan plan;
    StepResult result;
    Napi::Promise::Deferred deferred;
    std::vector<Napi::ObjectReference> matchers;
    Napi::ObjectReference self;
  };

  static Napi::ObjectReference hold(Napi::Object object) {
    Napi::ObjectReference reference = Napi::Persistent(object);
    // If the env is torn down first, the reference goes with it.
    reference.SuppressDestruct();
    return reference;
  }

  void check_usable(Napi::Env env) const {
    if (!context_) throw usage_error(env, "DISPOSED", "The context was disposed.");
  }

  void check_idle(Napi::Env env) const {
    check_usable(env);
    if (is_busy_) throw usage_error(env, "BUSY", "The context is running a step; wait until it has settled.");
  }

  Napi::Value capabilities(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    check_usable(env);
    const ContextFacts & facts = context_->facts();
    Napi::Object object = Napi::Object::New(env);
    object.Set("memory", memory_text(facts.memory));
    object.Set("canTruncate", facts.can_truncate);
    object.Set("canShift", facts.can_shift);
    object.Set("canForkPartially", facts.can_fork_partially);
    object.Set("canPark", facts.can_park);
    object.Set("cells", facts.cells);
    object.Set("sequences", facts.sequences);
    object.Set("batch", facts.batch);
    object.Set("flashAttention", facts.flash_attention);
    return object;
  }

  Napi::Value step(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    return with_errors(env, [&]() -> Napi::Value {
      check_idle(env);
      std::vector<Napi::Object> matchers;
      auto pending = std::make_shared<PendingStep>(env);
      pending->plan = read_plan(info[0], *context_, matchers);
      for (const Napi::Object & matcher : matchers) {
        mark_busy(matcher);
        pending->matchers.push_back(hold(matcher));
      }
      pending->self = hold(info.This().As<Napi::Object>());
      is_busy_ = true;
      context_->announce_step();
      const bool was_posted = thread_->post([context = context_,
          pending] { pending->result = context->step(pending->plan); },
                                            [this, pending](Napi::Env) { finish(*pending); });
      if (!was_posted) {
        pending->result.status = StepStatus::aborted;
        finish(*pending);
      }
      return pending->deferred.Promise();
    });
  }

  void finish(PendingStep & pending) {
    const Napi::Env env = pending.deferred.Env();
    is_busy_ = false;
    for (Napi::ObjectReference & matcher : pending.matchers) {
      clear_busy(matcher.Value());
      matcher.Unref();
      matcher.Reset();
    }
    // Last use of `this` below: the reference kept it alive.
    const Napi::HandleScope scope(env);
    [[maybe_unused]] const Napi::Object keep = pending.self.Value();
    pending.self.Reset();
    pending.deferred.Resolve(write_result(env, pending.plan, pending.result));
  }

  Napi::Value interrupt(const Napi::CallbackInfo & info) {
    check_usable(info.Env());
    context_->interrupt();
    return info.Env().Undefined();
  }

  Napi::Value abort(const Napi::CallbackInfo & info) {
    check_usable(info.Env());
    context_->abort();
    return info.Env().Undefined();
  }

  Napi::Value positions(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    return with_errors(env, [&]() -> Napi::Value {
      check_idle(env);
      const auto sequence = read_whole(info[0], "sequence", {0, static_cast<double>(context_->facts().sequences)});
      const auto held = context_->positions(static_cast<int32_t>(sequence));
      if (!held) return env.Null();
      Napi::Object object = Napi::Object::New(env);
      object.Set("first", held->first);
      object.Set("last", held->second);
      return object;
    });
  }

  Napi::Value logits(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    return with_errors(env, [&]() -> Napi::Value {
      check_idle(env);
      const auto chunk = read_whole(info[0], "chunk", {0, 1 << 20});
      const float * row = context_->logits(static_cast<size_t>(chunk));
      if (row == nullptr) return env.Null();
      const auto size = static_cast<size_t>(context_->model().vocab_size());
      Napi::Float32Array copy = Napi::Float32Array::New(env, size);
      std::copy(row, row + size, copy.Data());
      return copy;
    });
  }

  // The context is freed on its own thread, after a running step has come back.
  Napi::Value dispose(const Napi::CallbackInfo & info) {
    const Napi::Env env = info.Env();
    const Napi::Promise::Deferred deferred(env);
    if (!context_) {
      deferred.Resolve(env.Undefined());
      return deferred.Promise();
    }
    context_->close();
    auto last = std::make_shared<std::shared_ptr<Context>>(std::move(context_));
    context_ = nullptr;
    auto thread = std::move(thread_);
    thread_ = nullptr;
    const bool was_posted = thread->post([last] { last->reset(); },
                                         [thread, deferred](Napi::Env done_env) {
                                           thread->stop();
                                           deferred.Resolve(done_env.Undefined());
                                         });
    if (!was_posted) deferred.Resolve(env.Undefined());
    return deferred.Promise();
  }

  std::shared_ptr<Context> context_;
  std::shared_ptr<DecodeThread> thread_;
  bool is_busy_ = false;
};

FlashAttention read_flash(Napi::Value value) {
  if (value.IsUndefined()) return FlashAttention::automatic;
  const std::string text = read_text(value, "flashAttention");
  if (text == "auto") return FlashAttention::automatic;
  if (text == "on") return FlashAttention::on;
  if (text == "off") return FlashAttention::off;
  throw usage_error(value.Env(), "ARGUMENT_INVALID", "flashAttention is \"" + text + "\"; expected auto, on or off.");
}

ContextRequest read_request(Napi::Value value) {
  const Napi::Object options = read_object(value, "options");
  const auto optional = [&](const char * name, double until) {
    const Napi::Value given = options.Get(name);
    return given.IsUndefined() ? 0 : static_cast<int32_t>(read_whole(given, name, {1, until}));
  };
  ContextRequest request;
  request.cells = static_cast<int32_t>(read_whole(options.Get("cells"), "cells", {1, 1 << 26}));
  request.sequences = optional("sequences", 256);
  request.batch = optional("batch", 65537);
  request.threads = std::max(1, optional("threads", 513));
  request.flash_attention = read_flash(options.Get("flashAttention"));
  return request;
}

}  // namespace

void init_context(Napi::Env env) { keep_class(env, "Context", ContextObject::define(env)); }

Napi::Value create_context(Napi::Env env, std::shared_ptr<Model> model, Napi::Value options) {
  const ContextRequest request = read_request(options);
  struct Making {
    std::shared_ptr<Context> context;
    std::unique_ptr<Failure> failure;
  };
  auto making = std::make_shared<Making>();
  auto closing = std::make_shared<std::weak_ptr<Context>>();
  const std::shared_ptr<DecodeThread> thread = DecodeThread::start(env, [closing] {
    if (const auto context = closing->lock()) context->close();
  });
  const Napi::Promise::Deferred deferred(env);
  thread->post(
      [making, closing, model = std::move(model), request] {
        try {
          making->context = Context::create(model, request);
          *closing = making->context;
        } catch (const Failure & failure) {
          making->failure = std::make_unique<Failure>(failure);
        } catch (const std::exception & error) {
          making->failure = std::make_unique<Failure>("CapacityError", "CONTEXT_FAILED",
                                                      std::string("A context could not be made: ") + error.what() +
                                                          ".");
        }
      },
      [making, thread, deferred](Napi::Env done_env) {
        if (making->failure) {
          thread->stop();
          return deferred.Reject(make_error(done_env, *making->failure).Value());
        }
        OpenedContext opened{std::move(making->context), thread};
        deferred.Resolve(make_instance(done_env, "Context", &opened));
      });
  return deferred.Promise();
}

}  // namespace espalier
