// Argument checks and errors, see bind_value.h. Decides the wording; never accepts a value by converting it.
#include "bind_value.h"

#include <cmath>
#include <cstdio>

namespace espalier {

Napi::Error make_error(Napi::Env env, const std::string & kind, const std::string & code, const std::string & message) {
  Napi::Error error = Napi::Error::New(env, message);
  error.Set("kind", Napi::String::New(env, kind));
  error.Set("code", Napi::String::New(env, code));
  return error;
}

Napi::Error usage_error(Napi::Env env, const std::string & code, const std::string & message) {
  return make_error(env, "UsageError", code, message);
}

std::string shown(Napi::Value value) {
  if (value.IsNumber()) {
    char text[32];
    std::snprintf(text, sizeof text, "%.17g", value.As<Napi::Number>().DoubleValue());
    return text;
  }
  if (value.IsString()) {
    std::string text = value.As<Napi::String>().Utf8Value();
    if (text.size() > 40) text = text.substr(0, 40) + "...";
    return "\"" + text + "\"";
  }
  if (value.IsNull()) return "null";
  if (value.IsUndefined()) return "undefined";
  if (value.IsBoolean()) return value.As<Napi::Boolean>().Value() ? "true" : "false";
  if (value.IsFunction()) return "a function";
  if (value.IsArray()) return "an array";
  if (value.IsObject()) return "an object";
  return "a value of another type";
}

namespace {

[[noreturn]] void refuse(Napi::Value value, const std::string & what, const std::string & expected) {
  throw usage_error(value.Env(), "ARGUMENT_INVALID", what + " is " + shown(value) + "; expected " + expected + ".");
}

std::string whole(double number) {
  char text[32];
  std::snprintf(text, sizeof text, "%.0f", number);
  return text;
}

}  // namespace

int64_t read_whole(Napi::Value value, const std::string & what, Range range) {
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : std::nan("");
  if (!(number >= range.from && number < range.until) || number != std::floor(number)) {
    refuse(value, what, "a whole number from " + whole(range.from) + " to " + whole(range.until - 1));
  }
  return static_cast<int64_t>(number);
}

double read_number(Napi::Value value, const std::string & what, Range range) {
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : std::nan("");
  if (!(number >= range.from && number <= range.until)) {
    char text[96];
    std::snprintf(text, sizeof text, "a number from %g to %g", range.from, range.until);
    refuse(value, what, text);
  }
  return number;
}

Napi::Object read_object(Napi::Value value, const std::string & what) {
  if (!value.IsObject() || value.IsFunction()) refuse(value, what, "an object");
  return value.As<Napi::Object>();
}

Napi::Array read_list(Napi::Value value, const std::string & what) {
  if (!value.IsArray()) refuse(value, what, "an array");
  return value.As<Napi::Array>();
}

bool read_boolean(Napi::Value value, const std::string & what) {
  if (!value.IsBoolean()) refuse(value, what, "true or false");
  return value.As<Napi::Boolean>().Value();
}

std::string read_text(Napi::Value value, const std::string & what) {
  if (!value.IsString()) refuse(value, what, "a text");
  return value.As<Napi::String>().Utf8Value();
}

std::vector<int32_t> read_ids(Napi::Value value, const std::string & what, int64_t until) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_int32_array) {
    refuse(value, what, "an Int32Array");
  }
  const auto ids = value.As<Napi::Int32Array>();
  std::vector<int32_t> copy(ids.Data(), ids.Data() + ids.ElementLength());
  for (const int32_t id : copy) {
    if (id >= 0 && id < until) continue;
    throw usage_error(value.Env(), "TOKEN_OUT_OF_RANGE",
                      what + " has the entry " + std::to_string(id) + "; expected 0 to " +
                          std::to_string(until - 1) + ".");
  }
  return copy;
}

}  // namespace espalier
