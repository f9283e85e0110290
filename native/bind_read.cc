// See bind_read.h. Decides the wording of refusals.
#include "bind_read.h"

#include <cmath>
#include <cstdio>

namespace espalier {

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

std::string read_some_bytes(Js value, const Path & path) {
  std::string bytes = read_bytes(value, path);
  if (bytes.empty()) throw usage_error("ARGUMENT_INVALID", path.text() + " is empty; expected one byte or more.");
  return bytes;
}

std::vector<int32_t> read_words(Js value, const Path & path) {
  return elements_of<int32_t>(value, napi_int32_array, path, "an Int32Array");
}

std::vector<int32_t> read_ids(Js value, const Path & path, int64_t until) {
  std::vector<int32_t> ids = read_words(value, path);
  for (const int32_t id : ids) {
    if (id >= 0 && id < until) continue;
    throw usage_error("TOKEN_OUT_OF_RANGE", path.text() + " has the entry " + std::to_string(id) + "; expected 0 to " +
                                                std::to_string(until - 1) + ".");
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

int64_t JsObject::whole(const char * name, Range range, int64_t otherwise) const {
  const Js given = get(name);
  return given.is_undefined() ? otherwise : read_whole(given, path_of(name), range);
}

double JsObject::number(const char * name, Range range, double otherwise) const {
  const Js given = get(name);
  return given.is_undefined() ? otherwise : read_number(given, path_of(name), range);
}

bool JsObject::boolean(const char * name, bool otherwise) const {
  const Js given = get(name);
  return given.is_undefined() ? otherwise : read_boolean(given, path_of(name));
}

std::optional<int64_t> JsObject::whole_or_null(const char * name, Range range) const {
  const Js given = get(name);
  if (given.is_undefined() || given.is_null()) return std::nullopt;
  return read_whole(given, path_of(name), range);
}

}  // namespace espalier
