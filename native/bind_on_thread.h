// Objects that live on a decode thread of their own. Decides that they are made there, are told to hurry when the env
// ends meanwhile, and are freed there after what runs has come back; never what they do in between. JS thread only,
// but for what is posted.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "bind_wrapped.h"
#include "closing.h"
#include "decode_thread.h"

namespace espalier {

/// Where an Object keeps its T.
template <class Object, class T>
using Member = std::shared_ptr<T> Object::*;

/// A promise of a JavaScript object around what `create` makes on a new thread. `Object` is as Wrapped wants it, and
/// has `thread`, `external` and, as `held`, the T, which has `bytes()` and `close()`. `what`: "a context", in messages.
template <class Object, class T>
napi_value make_on_thread(napi_env env, Member<Object, T> held, std::function<std::shared_ptr<T>()> create,
                          const char * what) {
  struct Making {
    std::function<std::shared_ptr<T>()> create;
    std::shared_ptr<T> made;
    std::optional<Failure> failure;
  };
  auto making = std::make_shared<Making>();
  making->create = std::move(create);
  auto closing = std::make_shared<Closing<T>>();
  const std::shared_ptr<DecodeThread> thread = DecodeThread::start(env, [closing] { closing->close(); });
  napi_deferred deferred = nullptr;
  napi_value promise = nullptr;
  check(env, napi_create_promise(env, &deferred, &promise));
  const auto make = [making, closing] {
    contained(
        [&] {
          making->made = making->create();
          closing->made(making->made);
        },
        [&](const Failure & failure) { making->failure = failure; });
    // What it holds is let go of here, as it was used here.
    making->create = nullptr;
  };
  const auto opened = [making, thread, held, what](napi_env done_env) {
    if (making->failure) throw Failure(*making->failure);
    if (!making->made) {
      throw Failure("CapacityError", "OUT_OF_MEMORY", std::string("There is not enough memory for ") + what + ".");
    }
    auto object = std::make_unique<Object>();
    (*object).*held = std::move(making->made);
    object->thread = thread;
    Object & made = *object;
    const napi_value instance = Wrapped<Object>::make(done_env, std::move(object));
    made.external.tell(done_env, (made.*held)->bytes());
    return instance;
  };
  thread->post(make, [thread, deferred, opened](napi_env done_env) {
    contained([&] { resolve(done_env, deferred, opened(done_env)); },
              [&](const Failure & failure) {
                thread->stop();
                reject(done_env, deferred, failure);
              });
  });
  return promise;
}

/// A promise that it is freed, on its thread; at once where it was before.
template <class Object, class T>
napi_value end_on_thread(napi_env env, Object & object, Member<Object, T> held) {
  napi_deferred deferred = nullptr;
  napi_value promise = nullptr;
  check(env, napi_create_promise(env, &deferred, &promise));
  const auto settle = [deferred](napi_env done_env) { resolve(done_env, deferred, js_undefined(done_env)); };
  if (!(object.*held)) {
    settle(env);
    return promise;
  }
  auto last = std::make_shared<std::shared_ptr<T>>(object.*held);
  const auto thread = object.thread;
  (object.*held)->close();
  const bool was_posted = thread->post([last] { last->reset(); },
                                       [thread, settle](napi_env done_env) {
                                         thread->stop();
                                         settle(done_env);
                                       });
  object.*held = nullptr;
  object.thread = nullptr;
  object.external.tell(env, 0);
  if (!was_posted) settle(env);
  return promise;
}

}  // namespace espalier
