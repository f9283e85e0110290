// JavaScript values, read with checks and made without running anybody's code. Decides the sentence a caller sees for a
// wrong argument; never accepts a value by converting it. JS thread only.
//
// Raw Node-API on purpose: in an env that is closing every call may fail, and then nothing may be thrown into it and
// nothing out of a C callback. Errors are Failures until the boundary (bind_wrapped.h), which throws them into the env
// where it still takes them.
#pragma once

#include <node_api.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "failure.h"

namespace espalier {

/// A JavaScript exception waits in the env, or the env runs no JavaScript any more. Whoever called sees the exception,
/// or nobody is left to see it: it is never replaced by another one.
struct JsPending {};

/// Throws JsPending where the call was refused because of that, Failure NATIVE where it was wrong in itself.
void check(napi_env env, napi_status status);

/// A value during one call from JavaScript.
struct Js {
  napi_env env;
  napi_value value;

  operator napi_value() const { return value; }
  napi_valuetype type() const;
  bool is_undefined() const { return type() == napi_undefined; }
  bool is_null() const { return type() == napi_null; }
};

/// Where a value stands in an argument; spelt in messages only, as plan.chunks[2].tokens.
struct Path {
  const char * name;
  const Path * parent = nullptr;
  int64_t index = -1;

  Path at(int64_t entry) const { return {nullptr, this, entry}; }
  Path of(const char * member) const { return {member, this, -1}; }
  std::string text() const;
};

/// Short text for a value in a message: numbers and texts as they are, others by type.
std::string shown(Js value);
[[noreturn]] void refuse(Js value, const Path & path, const std::string & expected);
Failure usage_error(std::string code, std::string message);

struct Range {
  double from;
  double until;  // exclusive
};

/// The readers throw Failure UsageError ARGUMENT_INVALID naming the path.
int64_t read_whole(Js value, const Path & path, Range range);
double read_number(Js value, const Path & path, Range range);
bool read_boolean(Js value, const Path & path);
std::string read_text(Js value, const Path & path);
/// Copies of the arrays' contents.
std::string read_bytes(Js value, const Path & path);
std::vector<int32_t> read_words(Js value, const Path & path);
/// Int32Array whose entries are all in [0, until); throws UsageError TOKEN_OUT_OF_RANGE, too.
std::vector<int32_t> read_ids(Js value, const Path & path, int64_t until);

/// A caller's object: each `get` may run a getter of the caller's, so nothing read before it may be relied on that such
/// code can change.
class JsObject {
 public:
  JsObject(Js value, const Path & path);
  Js get(const char * name) const;
  Path path_of(const char * name) const { return path_.of(name); }
  int64_t whole(const char * name, Range range) const { return read_whole(get(name), path_of(name), range); }
  double number(const char * name, Range range) const { return read_number(get(name), path_of(name), range); }
  std::string text(const char * name) const { return read_text(get(name), path_of(name)); }
  bool boolean(const char * name) const { return read_boolean(get(name), path_of(name)); }
  std::vector<int32_t> ids(const char * name, int64_t until) const { return read_ids(get(name), path_of(name), until); }

 private:
  Js value_;
  const Path & path_;
};

/// A caller's array of at most `list_entries_max` entries. Its length is read once.
class JsList {
 public:
  JsList(Js value, const Path & path);
  uint32_t size() const { return size_; }
  Js at(uint32_t index) const;
  Path path_at(uint32_t index) const { return path_.at(index); }

 private:
  Js value_;
  const Path & path_;
  uint32_t size_ = 0;
};

constexpr uint32_t list_entries_max = 1 << 20;

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
