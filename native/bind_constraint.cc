// Constraints and matchers for JavaScript. Decides how arguments are checked and when a matcher is busy; which token
// may come next is constraint/'s business. JS thread only; a busy matcher is the decode thread's.
#include "bind_constraint.h"

#include <cmath>

#include "bind_vocab.h"

namespace espalier {

namespace {

// forced() returns at most this much at once; asking again goes on.
constexpr size_t forced_bytes_max = 65536;

using WrappedMatcher = Wrapped<MatcherObject>;

struct ConstraintObject {
  static constexpr napi_type_tag tag = {0x5c1e83ab7f6d4290u, 0x91f7d04e2b3a6c58u};
  static constexpr const char * name = "NativeConstraint";
  std::shared_ptr<Constraint> constraint;
  /// Of the objects that share one compiled constraint, one tells V8 of its memory.
  bool tells = false;
  ExternalBytes external;

  void tell(napi_env env) {
    if (tells) external.tell(env, bytes_held(*constraint));
  }
};

using WrappedConstraint = Wrapped<ConstraintObject>;

int32_t read_token(const Call & call, const Matcher & matcher) {
  double number = 0;
  if (call.count > 0 && napi_get_value_double(call.env, call.arguments[0], &number) == napi_ok) {
    if (number >= 0 && number < token_count(matcher.trie()) && number == std::floor(number)) {
      return static_cast<int32_t>(number);
    }
  }
  throw usage_error("TOKEN_OUT_OF_RANGE", "token is " + shown(call.argument(0)) + "; expected 0 to " +
                                              std::to_string(token_count(matcher.trie()) - 1) + ".");
}

/// Where a caller's Uint32Array of so many words lies; null for anything else.
uint32_t * writable_words(Js given, size_t count) {
  bool is_view = false;
  napi_typedarray_type type = napi_uint8_array;
  size_t length = 0;
  void * data = nullptr;
  const bool fits = napi_is_typedarray(given.env, given, &is_view) == napi_ok && is_view &&
                    napi_get_typedarray_info(given.env, given, &type, &length, &data, nullptr, nullptr) == napi_ok &&
                    type == napi_uint32_array && length == count;
  return fits ? static_cast<uint32_t *>(data) : nullptr;
}

napi_value accept(MatcherObject & object, const Call & call) {
  Matcher & matcher = usable(object);
  return js_boolean(call.env, matcher.accept(read_token(call, matcher)));
}

napi_value allows(MatcherObject & object, const Call & call) {
  Matcher & matcher = usable(object);
  return js_boolean(call.env, matcher.allows(read_token(call, matcher)));
}

// An optional argument is filled instead of a fresh array.
napi_value mask(MatcherObject & object, const Call & call) {
  Matcher & matcher = usable(object);
  const size_t count = (static_cast<size_t>(token_count(matcher.trie())) + 31) / 32;
  const Js given = call.argument(0);
  uint32_t * words = nullptr;
  if (given.is_undefined()) {
    const Js fresh = js_numbers<uint32_t>(call.env, count, words);
    matcher.mask(words);
    return fresh;
  }
  words = writable_words(given, count);
  if (words == nullptr) refuse(given, {"words"}, "a Uint32Array of " + std::to_string(count));
  matcher.mask(words);
  return given;
}

napi_value can_end(MatcherObject & object, const Call & call) { return js_boolean(call.env, usable(object).can_end()); }

napi_value is_ended(MatcherObject & object, const Call & call) {
  return js_boolean(call.env, usable(object).is_ended());
}

napi_value forced(MatcherObject & object, const Call & call) {
  return js_bytes(call.env, usable(object).forced(forced_bytes_max));
}

napi_value value_length(MatcherObject & object, const Call & call) {
  return js_number(call.env, static_cast<double>(usable(object).value_length()));
}

napi_value suffix_length(MatcherObject & object, const Call & call) {
  return js_number(call.env, static_cast<double>(usable(object).suffix_length()));
}

napi_value accepted_count(MatcherObject & object, const Call & call) {
  return js_number(call.env, static_cast<double>(usable(object).token_count()));
}

napi_value rollback(MatcherObject & object, const Call & call) {
  Matcher & matcher = usable(object);
  const int64_t tokens = read_whole(call.argument(0), {"tokens"}, {0, 9007199254740992.0});
  if (tokens > matcher.token_count()) {
    throw usage_error("ROLLBACK_TOO_FAR", "tokens is " + std::to_string(tokens) + "; the matcher has accepted " +
                                              std::to_string(matcher.token_count()) + ".");
  }
  matcher.rollback(tokens);
  return js_undefined(call.env);
}

napi_value fork(MatcherObject & object, const Call & call) {
  auto made = std::make_unique<MatcherObject>();
  made->matcher = usable(object).fork();
  return WrappedMatcher::make(call.env, std::move(made));
}

napi_value dispose(MatcherObject & object, const Call & call) {
  if (object.is_busy) usable(object);
  object.matcher.reset();
  return js_undefined(call.env);
}

std::optional<BanTexts> read_ban(Js value) {
  if (value.is_undefined() || value.is_null()) return std::nullopt;
  const JsObject ban(value, {"ban"});
  BanTexts texts;
  texts.texts = ban.list("texts", read_some_bytes);
  texts.ends = ban.list("ends", read_some_bytes);
  texts.before = read_bytes(ban.get("before"), ban.path_of("before"));
  return texts;
}

napi_value make_matcher(ConstraintObject & object, const Call & call) {
  const Js given_prefix = call.argument(0);
  const Js given_suffix = call.argument(1);
  const std::string prefix = given_prefix.is_undefined() ? std::string() : read_bytes(given_prefix, {"prefix"});
  const bool has_suffix = !given_suffix.is_undefined() && !given_suffix.is_null();
  const std::string suffix = has_suffix ? read_bytes(given_suffix, {"suffix"}) : std::string();
  const std::string_view suffix_view = suffix;
  const std::optional<BanTexts> ban = read_ban(call.argument(2));
  auto made = std::make_unique<MatcherObject>();
  made->matcher =
      std::make_unique<Matcher>(object.constraint, prefix, has_suffix ? &suffix_view : nullptr, ban ? &*ban : nullptr);
  object.tell(call.env);
  return WrappedMatcher::make(call.env, std::move(made));
}

napi_value has(ConstraintObject & object, const Call & call) {
  return js_boolean(call.env, has_value(*object.constraint, read_bytes(call.argument(0), {"bytes"})));
}

}  // namespace

Matcher & usable(MatcherObject & object) {
  if (object.is_busy) {
    throw usage_error("BUSY", "The matcher is in use by a running step; wait until that has settled.");
  }
  if (object.matcher == nullptr) throw usage_error("DISPOSED", "The matcher was disposed before this call.");
  return *object.matcher;
}

MatcherObject & matcher_object(Js value, const Path & path) {
  MatcherObject * object = WrappedMatcher::find(value);
  if (object != nullptr) return *object;
  throw usage_error("MATCHER_EXPECTED", path.text() + " is " + shown(value) + "; expected one made by a constraint.");
}

napi_value make_constraint(napi_env env, std::shared_ptr<Constraint> constraint) {
  auto made = std::make_unique<ConstraintObject>();
  // The cache of the last few and this function: no other object has it.
  made->tells = constraint.use_count() <= 2;
  made->constraint = std::move(constraint);
  ConstraintObject & kept = *made;
  const napi_value instance = WrappedConstraint::make(env, std::move(made));
  kept.tell(env);
  return instance;
}

void init_constraint(napi_env env, napi_value exports) {
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
                               {"dispose", WrappedMatcher::call<dispose>}});
  WrappedConstraint::define(
      env, {{"matcher", WrappedConstraint::call<make_matcher>}, {"has", WrappedConstraint::call<has>}});
  init_vocab(env, exports);
}

}  // namespace espalier
