// JavaScript objects around C++ ones, safe against a wrong `this`. Decides that every method checks a type tag before
// it
// trusts the pointer, and that whatever C++ throws becomes a JS error with `kind` and `code`. JS thread only.
#pragma once

#include <napi.h>

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bind_value.h"
#include "constraint/matcher.h"

namespace espalier {

struct Call {
  static constexpr size_t arguments_max = 4;
  napi_env env;
  napi_value self;
  size_t count;
  std::array<napi_value, arguments_max> arguments;

  Napi::Value argument(size_t index) const { return Napi::Value(env, arguments[index]); }
};

Napi::Error constraint_error(Napi::Env env, const ConstraintFailure & failure);

/// Copies of the arrays' contents. Throw UsageError ARGUMENT_INVALID naming `what`.
std::string read_bytes(Napi::Value value, const char * what);
std::vector<int32_t> read_words(Napi::Value value, const char * what);
Napi::Value new_bytes(Napi::Env env, std::string_view bytes);

template <class Work>
napi_value guarded(napi_env env, napi_callback_info info, Work && work) {
  try {
    Call call = {env, nullptr, Call::arguments_max, {}};
    if (napi_get_cb_info(env, info, &call.count, call.arguments.data(), &call.self, nullptr) != napi_ok) {
      throw Napi::Error::New(env);
    }
    return work(call);
  } catch (const Napi::Error & error) {
    error.ThrowAsJavaScriptException();
  } catch (const ConstraintFailure & failure) {
    constraint_error(env, failure).ThrowAsJavaScriptException();
  } catch (const Failure & failure) {
    make_error(env, failure).ThrowAsJavaScriptException();
  } catch (const std::bad_alloc &) {
    make_error(env, "CapacityError", "OUT_OF_MEMORY", "There is not enough memory for this constraint.")
        .ThrowAsJavaScriptException();
  } catch (const std::exception & error) {
    make_error(env, "InternalError", "NATIVE", std::string("The constraint core failed: ") + error.what() + ".")
        .ThrowAsJavaScriptException();
  }
  return nullptr;
}

/// Keeps the class for instances made by C++; dropped with the env.
void keep_constructor(napi_env env, const napi_type_tag & tag, napi_value constructor);
napi_value kept_constructor(napi_env env, const napi_type_tag & tag);

/// T has `static const napi_type_tag tag` and `static constexpr const char * name`.
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
    return guarded(env, info, [](const Call & made) { return method(from(made.env, made.self), made); });
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
        properties.data(),
                                 &constructor));
    keep_constructor(env, T::tag, constructor);
  }

  static napi_value make(napi_env env, std::unique_ptr<T> object) {
    passed = object.get();
    napi_value instance = nullptr;
    const napi_status status = napi_new_instance(env, kept_constructor(env, T::tag), 0, nullptr, &instance);
    passed = nullptr;
    check(env, status);
    object.release();
    return instance;
  }

  /// Null where the value is not such an object.
  static T * find(napi_env env, napi_value value) {
    napi_valuetype type = napi_undefined;
    bool matches = false;
    void * object = nullptr;
    if (napi_typeof(env, value, &type) != napi_ok || type != napi_object) return nullptr;
    if (napi_check_object_type_tag(env, value, &T::tag, &matches) != napi_ok || !matches) return nullptr;
    if (napi_unwrap(env, value, &object) != napi_ok) return nullptr;
    return static_cast<T *>(object);
  }

  static T & from(napi_env env, napi_value value) {
    T * object = find(env, value);
    if (object == nullptr) {
      throw usage_error(env, "THIS_INVALID",
          std::string("The method was called on something else than a ") + T::name + ".");
    }
    return *object;
  }

 private:
  static void check(napi_env env, napi_status status) {
    if (status != napi_ok) throw Napi::Error::New(env);
  }

  static napi_value construct(napi_env env, napi_callback_info info) {
    return guarded(env, info, [](const Call & call) {
      T * object = std::exchange(passed, nullptr);
      if (object == nullptr) {
        throw usage_error(call.env, "CONSTRUCTOR_PRIVATE", std::string(T::name) + " can't be constructed directly.");
      }
      check(call.env, napi_type_tag_object(call.env, call.self, &T::tag));
      check(call.env, napi_wrap(call.env, call.self, object, destroy, nullptr, nullptr));
      return call.self;
    });
  }

  static void destroy(napi_env, void * object, void *) { delete static_cast<T *>(object); }

  static thread_local T * passed;
};

template <class T>
thread_local T * Wrapped<T>::passed = nullptr;

}  // namespace espalier
