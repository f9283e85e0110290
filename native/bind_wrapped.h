// JavaScript objects around C++ ones, and the boundary every call from JavaScript crosses. Decides that a method checks
// its object's type tag before it trusts the pointer, and that nothing is ever thrown out of a C callback: a Failure
// becomes a JavaScript error with `kind` and `code`, or nothing where the env takes no more errors. JS thread only.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bind_make.h"
#include "bind_read.h"

namespace espalier {

struct Call {
  static constexpr size_t arguments_max = 4;
  napi_env env;
  napi_value self;
  size_t count;
  std::array<napi_value, arguments_max> arguments;
  void * data;

  Js argument(size_t index) const { return {env, arguments[index]}; }
};

/// Runs `work`; what it throws is handed to `fail` as a Failure. Nothing leaves it.
template <class Work, class Fail>
void contained(Work && work, Fail && fail) noexcept {
  try {
    work();
  } catch (const JsPending &) {
    // The exception that waits is told, or no JavaScript runs any more.
  } catch (...) {
    try {
      fail(current_failure());
    } catch (...) {
      // There is no memory for an error.
    }
  }
}

template <class Work>
napi_value guarded_call(napi_env env, napi_callback_info info, Work && work) noexcept {
  napi_value result = nullptr;
  contained(
      [&] {
        Call call = {env, nullptr, Call::arguments_max, {}, nullptr};
        check(env, napi_get_cb_info(env, info, &call.count, call.arguments.data(), &call.self, &call.data));
        result = work(static_cast<const Call &>(call));
      },
      [&](const Failure & failure) { throw_into(env, failure); });
  return result;
}

using Function = napi_value (*)(const Call &);

template <Function function>
napi_value entry(napi_env env, napi_callback_info info) {
  return guarded_call(env, info, function);
}

/// Puts a function on the module's exports.
void export_function(napi_env env, napi_value exports, const char * name, napi_callback call);

/// The classes of one env, so that C++ can make instances; they go with it.
void keep_class(napi_env env, const char * name, napi_value constructor);
napi_value kept_class(napi_env env, const char * name);
/// Before any keep_class, once an env.
void init_classes(napi_env env);

/// Native memory that lives as long as a JavaScript object, told to V8, so that it collects what is worth collecting.
class ExternalBytes {
 public:
  ExternalBytes() = default;
  ExternalBytes(const ExternalBytes &) = delete;
  ExternalBytes & operator=(const ExternalBytes &) = delete;

  void tell(napi_env env, size_t bytes) noexcept {
    const auto now = static_cast<int64_t>(bytes);
    int64_t all = 0;
    if (now != told_ && napi_adjust_external_memory(env, now - told_, &all) == napi_ok) told_ = now;
  }

 private:
  int64_t told_ = 0;
};

/// T has `static const napi_type_tag tag`, `static constexpr const char * name` and `ExternalBytes external`.
template <class T>
class Wrapped {
 public:
  using Method = napi_value (*)(T &, const Call &);

  struct Named {
    const char * name;
    napi_callback call;
  };

  template <Method method>
  static napi_value call(napi_env env, napi_callback_info info) {
    return guarded_call(env, info, [](const Call & made) { return method(from(made.env, made.self), made); });
  }

  static void define(napi_env env, const std::vector<Named> & methods, const std::vector<Named> & getters = {}) {
    std::vector<napi_property_descriptor> properties;
    for (const Named & getter : getters) {
      properties.push_back({getter.name, nullptr, nullptr, getter.call, nullptr, nullptr,
                            static_cast<napi_property_attributes>(napi_enumerable | napi_configurable), nullptr});
    }
    for (const Named & method : methods) {
      properties.push_back({method.name, nullptr, method.call, nullptr, nullptr, nullptr,
                            static_cast<napi_property_attributes>(napi_writable | napi_configurable), nullptr});
    }
    napi_value constructor = nullptr;
    check(env, napi_define_class(env, T::name, NAPI_AUTO_LENGTH, construct, nullptr, properties.size(),
                                 properties.data(), &constructor));
    keep_class(env, T::name, constructor);
  }

  static napi_value make(napi_env env, std::unique_ptr<T> object) {
    passed = object.get();
    napi_value instance = nullptr;
    const napi_status status = napi_new_instance(env, kept_class(env, T::name), 0, nullptr, &instance);
    // The constructor took it: it is the instance's from then on, even where that could not be handed out.
    const bool was_taken = std::exchange(passed, nullptr) == nullptr;
    if (was_taken) object.release();
    check(env, status);
    // In an env that began to close meanwhile the constructor was refused, and there is an instance all the same.
    if (!was_taken) throw JsPending{};
    return instance;
  }

  /// Null where the value is not such an object.
  static T * find(Js value) {
    bool matches = false;
    void * object = nullptr;
    if (value.type() != napi_object) return nullptr;
    if (napi_check_object_type_tag(value.env, value, &T::tag, &matches) != napi_ok || !matches) return nullptr;
    if (napi_unwrap(value.env, value, &object) != napi_ok) return nullptr;
    return static_cast<T *>(object);
  }

  static T & from(napi_env env, napi_value value) {
    T * object = find({env, value});
    if (object != nullptr) return *object;
    throw usage_error("THIS_INVALID", std::string("The method was called on something else than a ") + T::name + ".");
  }

 private:
  static napi_value construct(napi_env env, napi_callback_info info) {
    return guarded_call(env, info, [](const Call & call) {
      if (passed == nullptr) {
        throw usage_error("CONSTRUCTOR_PRIVATE", std::string(T::name) + " can't be constructed; open a model instead.");
      }
      check(call.env, napi_type_tag_object(call.env, call.self, &T::tag));
      check(call.env, napi_wrap(call.env, call.self, passed, destroy, nullptr, nullptr));
      passed = nullptr;
      return call.self;
    });
  }

  // Also called while the env is torn down, where no JavaScript may run.
  static void destroy(napi_env env, void * object, void *) noexcept {
    auto * mine = static_cast<T *>(object);
    mine->external.tell(env, 0);
    delete mine;
  }

  static thread_local T * passed;
};

template <class T>
thread_local T * Wrapped<T>::passed = nullptr;

}  // namespace espalier
