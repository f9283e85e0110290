// JavaScript values made without running anybody's code, errors, and the end of promises. JS thread only.
#pragma once

#include <string_view>
#include <vector>

#include "bind_js.h"
#include "failure.h"

namespace espalier {

Js js_undefined(napi_env env);
Js js_null(napi_env env);
Js js_boolean(napi_env env, bool value);
Js js_number(napi_env env, double value);
Js js_text(napi_env env, std::string_view text);
Js js_bytes(napi_env env, std::string_view bytes);

/// A new typed array of `count` elements and where they lie.
template <class Number>
Js js_numbers(napi_env env, size_t count, Number *& data);
template <class Number>
Js js_numbers(napi_env env, const std::vector<Number> & numbers) {
  Number * data = nullptr;
  const Js array = js_numbers<Number>(env, numbers.size(), data);
  for (size_t i = 0; i < numbers.size(); i++) data[i] = numbers[i];
  return array;
}

/// A new array; entries are put in by rising index.
class NewList {
 public:
  NewList(napi_env env, size_t count);
  void add(napi_value value);
  Js value() const { return list_; }

 private:
  Js list_;
  uint32_t next_ = 0;
};

/// A new plain object whose members are defined, not assigned: a setter somebody put on Object.prototype is not run.
class NewObject {
 public:
  explicit NewObject(napi_env env) : env_(env) {}
  void set(const char * name, napi_value value);
  Js value() const;

 private:
  napi_env env_;
  std::vector<napi_property_descriptor> members_;
};

/// An error object with `kind` (the class it becomes in lib/base/errors.ts) and `code`; null in an env that makes none.
napi_value new_error(napi_env env, const Failure & failure) noexcept;
/// Throws it into the env, where that still takes one.
void throw_into(napi_env env, const Failure & failure) noexcept;
/// Concludes the promise, where the env still lets that be done. Once: Node has freed the deferred afterwards, also
/// where it says that something went wrong, as it does when a getter of `then` throws.
void resolve(napi_env env, napi_deferred deferred, napi_value value) noexcept;
void reject(napi_env env, napi_deferred deferred, const Failure & failure) noexcept;

}  // namespace espalier
