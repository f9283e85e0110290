// Constraints and matchers for JavaScript. Decides how arguments are checked and when a matcher is busy; which token
// may come next is constraint/'s business. JS thread only; a busy matcher is the decode thread's.
#include "bind_constraint.h"

#include <chrono>
#include <cmath>

#include "bind_vocab.h"
#include "bind_wrapped.h"

namespace espalier {

namespace {

// forced() returns at most this much at once; asking again goes on.
constexpr size_t forced_bytes_max = 65536;

struct MatcherObject {
  static constexpr napi_type_tag tag = {0x9d0b6a53c1f24e07u, 0x8a3b51d6e0c94f12u};
  static constexpr const char * name = "NativeMatcher";
  std::unique_ptr<Matcher> matcher;  // null once disposed
  bool is_busy = false;
};
constexpr napi_type_tag MatcherObject::tag;

using WrappedMatcher = Wrapped<MatcherObject>;

struct ConstraintObject {
  static constexpr napi_type_tag tag = {0x5c1e83ab7f6d4290u, 0x91f7d04e2b3a6c58u};
  static constexpr const char * name = "NativeConstraint";
  std::shared_ptr<Constraint> constraint;
};
constexpr napi_type_tag ConstraintObject::tag;

using WrappedConstraint = Wrapped<ConstraintObject>;

Matcher & usable(napi_env env, MatcherObject & object) {
  if (object.is_busy) {
    throw usage_error(env, "BUSY", "The matcher is in use by a running step; wait until that has settled.");
  }
  if (object.matcher == nullptr) throw usage_error(env, "DISPOSED", "The matcher was disposed before this call.");
  return *object.matcher;
}

int32_t read_token(const Call & call, const Matcher & matcher) {
  double number = 0;
  if (call.count > 0 && napi_get_value_double(call.env, call.arguments[0], &number) == napi_ok) {
    if (number >= 0 && number < token_count(matcher.trie()) && number == std::floor(number)) {
      return static_cast<int32_t>(number);
    }
  }
  throw usage_error(call.env, "TOKEN_OUT_OF_RANGE",
                    "token is " + shown(call.argument(0)) + "; expected 0 to " +
                        std::to_string(token_count(matcher.trie()) - 1) + ".");
}

napi_value boolean(napi_env env, bool value) {
  napi_value result = nullptr;
  napi_get_boolean(env, value, &result);
  return result;
}

napi_value number(napi_env env, int64_t value) {
  napi_value result = nullptr;
  napi_create_int64(env, value, &result);
  return result;
}

napi_value accept(MatcherObject & object, const Call & call) {
  Matcher & matcher = usable(call.env, object);
  return boolean(call.env, matcher.accept(read_token(call, matcher)));
}

napi_value allows(MatcherObject & object, const Call & call) {
  Matcher & matcher = usable(call.env, object);
  return boolean(call.env, matcher.allows(read_token(call, matcher)));
}

// An optional argument is filled instead of a fresh array.
napi_value mask(MatcherObject & object, const Call & call) {
  Matcher & matcher = usable(call.env, object);
  const size_t count = (static_cast<size_t>(token_count(matcher.trie())) + 31) / 32;
  if (call.count > 0 && !call.argument(0).IsUndefined()) {
    const Napi::Value given = call.argument(0);
    const bool fits = given.IsTypedArray() && given.As<Napi::TypedArray>().TypedArrayType() == napi_uint32_array &&
                      given.As<Napi::Uint32Array>().ElementLength() == count;
    if (!fits) {
      throw usage_error(call.env, "ARGUMENT_INVALID",
                        "words is " + shown(given) + "; expected a Uint32Array of " + std::to_string(count) + ".");
    }
    matcher.mask(given.As<Napi::Uint32Array>().Data());
    return given;
  }
  Napi::Uint32Array words = Napi::Uint32Array::New(call.env, count);
  matcher.mask(words.Data());
  return words;
}

napi_value can_end(MatcherObject & object, const Call & call) {
  return boolean(call.env, usable(call.env, object).can_end());
}

napi_value is_ended(MatcherObject & object, const Call & call) {
  return boolean(call.env, usable(call.env, object).is_ended());
}

napi_value forced(MatcherObject & object, const Call & call) {
  return new_bytes(call.env, usable(call.env, object).forced(forced_bytes_max));
}

napi_value value_length(MatcherObject & object, const Call & call) {
  return number(call.env, usable(call.env, object).value_length());
}

napi_value suffix_length(MatcherObject & object, const Call & call) {
  return number(call.env, usable(call.env, object).suffix_length());
}

napi_value accepted_count(MatcherObject & object, const Call & call) {
  return number(call.env, usable(call.env, object).token_count());
}

napi_value rollback(MatcherObject & object, const Call & call) {
  Matcher & matcher = usable(call.env, object);
  const int64_t tokens = read_whole(call.argument(0), "tokens", {0, 9007199254740992.0});
  if (tokens > matcher.token_count()) {
    throw usage_error(call.env, "ROLLBACK_TOO_FAR",
                      "tokens is " + std::to_string(tokens) + "; the matcher has accepted " +
                          std::to_string(matcher.token_count()) + ".");
  }
  matcher.rollback(tokens);
  return Napi::Env(call.env).Undefined();
}

napi_value fork(MatcherObject & object, const Call & call) {
  auto made = std::make_unique<MatcherObject>();
  made->matcher = usable(call.env, object).fork();
  return WrappedMatcher::make(call.env, std::move(made));
}

// Microseconds of one fork, mean of `count`, as native code makes it: without the object JavaScript would get. For
// bench/constraint.mjs only.
napi_value fork_micros(MatcherObject & object, const Call & call) {
  const Matcher & matcher = usable(call.env, object);
  const int64_t count = read_whole(call.argument(0), "count", {1, 1000000.0});
  const auto start = std::chrono::steady_clock::now();
  for (int64_t i = 0; i < count; ++i) matcher.fork();
  const std::chrono::duration<double, std::micro> spent = std::chrono::steady_clock::now() - start;
  return Napi::Number::New(call.env, spent.count() / static_cast<double>(count));
}

napi_value dispose(MatcherObject & object, const Call & call) {
  if (object.is_busy) usable(call.env, object);
  object.matcher.reset();
  return Napi::Env(call.env).Undefined();
}

napi_value make_matcher(ConstraintObject & object, const Call & call) {
  const Napi::Value given_prefix = call.argument(0);
  const Napi::Value given_suffix = call.argument(1);
  const std::string prefix = given_prefix.IsUndefined() ? std::string() : read_bytes(given_prefix, "prefix");
  const bool has_suffix = !given_suffix.IsUndefined() && !given_suffix.IsNull();
  const std::string suffix = has_suffix ? read_bytes(given_suffix, "suffix") : std::string();
  const std::string_view suffix_view = suffix;
  auto made = std::make_unique<MatcherObject>();
  made->matcher = std::make_unique<Matcher>(object.constraint, prefix, has_suffix ? &suffix_view : nullptr);
  return WrappedMatcher::make(call.env, std::move(made));
}

napi_value has(ConstraintObject & object, const Call & call) {
  return boolean(call.env, has_value(*object.constraint, read_bytes(call.argument(0), "bytes")));
}

MatcherObject & matcher_object(Napi::Value value) {
  MatcherObject * object = value.IsEmpty() ? nullptr : WrappedMatcher::find(value.Env(), value);
  if (object != nullptr) return *object;
  throw usage_error(value.Env(), "MATCHER_EXPECTED",
                    "matcher is " + shown(value) + "; expected one made by a constraint.");
}

}  // namespace

napi_value make_constraint(napi_env env, std::shared_ptr<Constraint> constraint) {
  auto made = std::make_unique<ConstraintObject>();
  made->constraint = std::move(constraint);
  return WrappedConstraint::make(env, std::move(made));
}

void init_constraint(Napi::Env env, Napi::Object exports) {
  WrappedMatcher::define(env, {{"accept", WrappedMatcher::call<accept>},
                               {"allows", WrappedMatcher::call<allows>},
                               {"mask", WrappedMatcher::call<mask>},
                               {"canEnd", WrappedMatcher::call<can_end>},
                               {"isEnded", WrappedMatcher::call<is_ended>},
                               {"forced", WrappedMatcher::call<forced>},
                               {"valueLength", WrappedMatcher::call<value_length>},
                               {"suffixLength", WrappedMatcher::call<suffix_length>},
                               {"tokenCount", WrappedMatcher::call<accepted_count>},
                               {"rollback", WrappedMatcher::call<rollback>},
                               {"fork", WrappedMatcher::call<fork>},
                               {"forkMicros", WrappedMatcher::call<fork_micros>},
                               {"dispose", WrappedMatcher::call<dispose>}});
  WrappedConstraint::define(
      env, {{"matcher", WrappedConstraint::call<make_matcher>}, {"has", WrappedConstraint::call<has>}});
  init_vocab(env, exports);
}

Matcher * unwrap_matcher(Napi::Value value) { return &usable(value.Env(), matcher_object(value)); }

void mark_busy(Napi::Value value) { matcher_object(value).is_busy = true; }

void clear_busy(Napi::Value value) { matcher_object(value).is_busy = false; }

}  // namespace espalier
