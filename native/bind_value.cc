// JavaScript values read and made, see bind_value.h. Decides the wording of refusals.
#include "bind_value.h"

#include <cmath>
#include <cstdio>
#include <cstring>

#include "pending_exception.h"

namespace espalier {

void check(napi_env env, napi_status status) {
  if (status == napi_ok) return;
  bool is_pending = false;
  const bool is_told = napi_is_exception_pending(env, &is_pending) == napi_ok;
  // Node says "pending exception" for an env that is closing, too; newer ones say "cannot run js".
  constexpr int cannot_run_js = 23;
  if (!is_told || is_pending || status == napi_pending_exception || status == cannot_run_js ||
      status == napi_closing) {
    throw JsPending{};
  }
  throw Failure("InternalError", "NATIVE", "Node-API refused a call with status " + std::to_string(status) + ".");
}

napi_valuetype Js::type() const {
  napi_valuetype type = napi_undefined;
  if (value != nullptr) check(env, napi_typeof(env, value, &type));
  return type;
}

std::string Path::text() const {
  const std::string before = parent == nullptr ? std::string() : parent->text();
  if (index >= 0) return before + "[" + std::to_string(index) + "]";
  return before.empty() ? name : before + "." + name;
}

namespace {

double number_of(Js value) {
  double number = 0;
  check(value.env, napi_get_value_double(value.env, value, &number));
  return number;
}

std::string text_of(Js value) {
  size_t length = 0;
  check(value.env, napi_get_value_string_utf8(value.env, value, nullptr, 0, &length));
  std::string text(length + 1, '\0');
  check(value.env, napi_get_value_string_utf8(value.env, value, text.data(), text.size(), &length));
  text.resize(length);
  return text;
}

/// The beginning of a text, however long it is.
std::string beginning_of(Js value, size_t bytes_max) {
  std::string text(bytes_max + 1, '\0');
  size_t length = 0;
  check(value.env, napi_get_value_string_utf8(value.env, value, text.data(), text.size(), &length));
  text.resize(length);
  return text;
}

std::string whole_text(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.0f", number);
  return text;
}

bool is_array(Js value) {
  bool answer = false;
  return value.value != nullptr && napi_is_array(value.env, value, &answer) == napi_ok && answer;
}

// Elements of a typed array of one kind. Node refuses a buffer that was handed away.
template <class Element>
std::vector<Element> elements_of(Js value, napi_typedarray_type wanted, const Path & path, const char * expected) {
  bool is_view = false;
  napi_typedarray_type type = napi_uint8_array;
  size_t count = 0;
  void * data = nullptr;
  if (value.value != nullptr && napi_is_typedarray(value.env, value, &is_view) == napi_ok && is_view &&
      napi_get_typedarray_info(value.env, value, &type, &count, &data, nullptr, nullptr) == napi_ok && type == wanted) {
    const auto * first = static_cast<const Element *>(data);
    return data == nullptr ? std::vector<Element>() : std::vector<Element>(first, first + count);
  }
  refuse(value, path, expected);
}

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

}  // namespace

std::string shown(Js value) {
  switch (value.type()) {
    case napi_undefined: return "undefined";
    case napi_null: return "null";
    case napi_function: return "a function";
    case napi_object: return is_array(value) ? "an array" : "an object";
    case napi_boolean: {
      bool answer = false;
      check(value.env, napi_get_value_bool(value.env, value, &answer));
      return answer ? "true" : "false";
    }
    case napi_number: {
      char text[32];
      std::snprintf(text, sizeof text, "%.17g", number_of(value));
      return text;
    }
    case napi_string: {
      constexpr size_t shown_max = 40;
      const std::string text = beginning_of(value, shown_max + 4);
      return "\"" + (text.size() > shown_max ? text.substr(0, shown_max) + "..." : text) + "\"";
    }
    default: return "a value of another type";
  }
}

void refuse(Js value, const Path & path, const std::string & expected) {
  throw usage_error("ARGUMENT_INVALID", path.text() + " is " + shown(value) + "; expected " + expected + ".");
}

Failure usage_error(std::string code, std::string message) {
  return {"UsageError", std::move(code), std::move(message)};
}

int64_t read_whole(Js value, const Path & path, Range range) {
  const double number = value.type() == napi_number ? number_of(value) : std::nan("");
  if (!(number >= range.from && number < range.until) || number != std::floor(number)) {
    refuse(value, path, "a whole number from " + whole_text(range.from) + " to " + whole_text(range.until - 1));
  }
  return static_cast<int64_t>(number);
}

double read_number(Js value, const Path & path, Range range) {
  const double number = value.type() == napi_number ? number_of(value) : std::nan("");
  if (!(number >= range.from && number <= range.until)) {
    char text[96];
    std::snprintf(text, sizeof text, "a number from %g to %g", range.from, range.until);
    refuse(value, path, text);
  }
  return number;
}

bool read_boolean(Js value, const Path & path) {
  if (value.type() != napi_boolean) refuse(value, path, "true or false");
  bool answer = false;
  check(value.env, napi_get_value_bool(value.env, value, &answer));
  return answer;
}

std::string read_text(Js value, const Path & path) {
  if (value.type() != napi_string) refuse(value, path, "a text");
  return text_of(value);
}

std::string read_bytes(Js value, const Path & path) {
  const std::vector<char> bytes = elements_of<char>(value, napi_uint8_array, path, "a Uint8Array");
  return {bytes.begin(), bytes.end()};
}

std::vector<int32_t> read_words(Js value, const Path & path) {
  return elements_of<int32_t>(value, napi_int32_array, path, "an Int32Array");
}

std::vector<int32_t> read_ids(Js value, const Path & path, int64_t until) {
  std::vector<int32_t> ids = read_words(value, path);
  for (const int32_t id : ids) {
    if (id >= 0 && id < until) continue;
    throw usage_error("TOKEN_OUT_OF_RANGE", path.text() + " has the entry " + std::to_string(id) +
                                                "; expected 0 to " + std::to_string(until - 1) + ".");
  }
  return ids;
}

JsObject::JsObject(Js value, const Path & path) : value_(value), path_(path) {
  if (value.type() != napi_object) refuse(value, path, "an object");
}

Js JsObject::get(const char * name) const {
  Js member{value_.env, nullptr};
  check(value_.env, napi_get_named_property(value_.env, value_, name, &member.value));
  return member;
}

JsList::JsList(Js value, const Path & path) : value_(value), path_(path) {
  if (!is_array(value)) refuse(value, path, "an array");
  check(value.env, napi_get_array_length(value.env, value, &size_));
  if (size_ > list_entries_max) {
    throw usage_error("ARGUMENT_INVALID", path.text() + " has " + std::to_string(size_) +
                                              " entries; expected at most " + std::to_string(list_entries_max) + ".");
  }
}

Js JsList::at(uint32_t index) const {
  Js entry{value_.env, nullptr};
  check(value_.env, napi_get_element(value_.env, value_, index, &entry.value));
  return entry;
}

namespace {

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
  const Js buffer = made(
      env, [&](napi_value * to) { return napi_create_arraybuffer(env, count * sizeof(Number), &place, to); });
  data = static_cast<Number *>(place);
  return made(env, [&](napi_value * to) {
    return napi_create_typedarray(env, array_type<Number>, count, buffer, 0, to);
  });
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
