// See bind_make.h. Members are defined, not assigned, and errors are made without running anybody's code.
#include "bind_make.h"

#include <cstdint>
#include <cstring>
#include <string>

#include "pending_exception.h"

namespace espalier {

namespace {

template <class Number>
constexpr napi_typedarray_type array_type = napi_uint8_array;
template <>
constexpr napi_typedarray_type array_type<int32_t> = napi_int32_array;
template <>
constexpr napi_typedarray_type array_type<uint32_t> = napi_uint32_array;
template <>
constexpr napi_typedarray_type array_type<float> = napi_float32_array;
template <>
constexpr napi_typedarray_type array_type<double> = napi_float64_array;

template <class Make>
Js made(napi_env env, Make && make) {
  Js result{env, nullptr};
  check(env, make(&result.value));
  return result;
}

}  // namespace

Js js_undefined(napi_env env) {
  return made(env, [&](napi_value * to) { return napi_get_undefined(env, to); });
}

Js js_null(napi_env env) {
  return made(env, [&](napi_value * to) { return napi_get_null(env, to); });
}

Js js_boolean(napi_env env, bool value) {
  return made(env, [&](napi_value * to) { return napi_get_boolean(env, value, to); });
}

Js js_number(napi_env env, double value) {
  return made(env, [&](napi_value * to) { return napi_create_double(env, value, to); });
}

Js js_text(napi_env env, std::string_view text) {
  return made(env, [&](napi_value * to) { return napi_create_string_utf8(env, text.data(), text.size(), to); });
}

template <class Number>
Js js_numbers(napi_env env, size_t count, Number *& data) {
  void * place = nullptr;
  const Js buffer =
      made(env, [&](napi_value * to) { return napi_create_arraybuffer(env, count * sizeof(Number), &place, to); });
  data = static_cast<Number *>(place);
  return made(env,
              [&](napi_value * to) { return napi_create_typedarray(env, array_type<Number>, count, buffer, 0, to); });
}

template Js js_numbers<uint8_t>(napi_env, size_t, uint8_t *&);
template Js js_numbers<int32_t>(napi_env, size_t, int32_t *&);
template Js js_numbers<uint32_t>(napi_env, size_t, uint32_t *&);
template Js js_numbers<float>(napi_env, size_t, float *&);
template Js js_numbers<double>(napi_env, size_t, double *&);

Js js_bytes(napi_env env, std::string_view bytes) {
  uint8_t * data = nullptr;
  const Js array = js_numbers<uint8_t>(env, bytes.size(), data);
  if (!bytes.empty()) std::memcpy(data, bytes.data(), bytes.size());
  return array;
}

NewList::NewList(napi_env env, size_t count)
    : list_(made(env, [&](napi_value * to) { return napi_create_array_with_length(env, count, to); })) {}

void NewList::add(napi_value value) { check(list_.env, napi_set_element(list_.env, list_, next_++, value)); }

void NewObject::set(const char * name, napi_value value) {
  const auto plain = static_cast<napi_property_attributes>(napi_writable | napi_enumerable | napi_configurable);
  members_.push_back({name, nullptr, nullptr, nullptr, nullptr, value, plain, nullptr});
}

Js NewObject::value() const {
  const Js object = made(env_, [&](napi_value * to) { return napi_create_object(env_, to); });
  check(env_, napi_define_properties(env_, object, members_.size(), members_.data()));
  return object;
}

napi_value new_error(napi_env env, const Failure & failure) noexcept {
  napi_value message = nullptr;
  napi_value kind = nullptr;
  napi_value code = nullptr;
  napi_value error = nullptr;
  const auto text = [&](const std::string & from, napi_value * to) {
    return napi_create_string_utf8(env, from.data(), from.size(), to) == napi_ok;
  };
  if (!text(failure.message, &message) || !text(failure.kind, &kind) || !text(failure.code, &code) ||
      napi_create_error(env, nullptr, message, &error) != napi_ok) {
    return nullptr;
  }
  // Defined, not assigned: a setter on Error.prototype is somebody else's code.
  const auto plain = static_cast<napi_property_attributes>(napi_writable | napi_enumerable | napi_configurable);
  const napi_property_descriptor members[] = {{"kind", nullptr, nullptr, nullptr, nullptr, kind, plain, nullptr},
                                              {"code", nullptr, nullptr, nullptr, nullptr, code, plain, nullptr}};
  return napi_define_properties(env, error, 2, members) == napi_ok ? error : nullptr;
}

void throw_into(napi_env env, const Failure & failure) noexcept {
  bool is_pending = false;
  if (napi_is_exception_pending(env, &is_pending) != napi_ok || is_pending) return;
  const napi_value error = new_error(env, failure);
  if (error != nullptr) napi_throw(env, error);
}

void resolve(napi_env env, napi_deferred deferred, napi_value value) noexcept {
  napi_resolve_deferred(env, deferred, value);
  clear_pending(env);
}

void reject(napi_env env, napi_deferred deferred, const Failure & failure) noexcept {
  const napi_value error = new_error(env, failure);
  if (error != nullptr) napi_reject_deferred(env, deferred, error);
}

}  // namespace espalier
