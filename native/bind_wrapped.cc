// Telling wrapped objects apart by their class. Decides nothing else; never owns one. See bind_wrapped.h.
#include "bind_wrapped.h"

#include <map>

namespace espalier {

namespace {

using TagKey = std::pair<uint64_t, uint64_t>;

// An env lives on one thread. References go with their env; deleting them later would be too late.
thread_local std::map<napi_env, std::map<TagKey, napi_ref>> constructors;

TagKey key_of(const napi_type_tag & tag) { return {tag.lower, tag.upper}; }

}  // namespace

void keep_constructor(napi_env env, const napi_type_tag & tag, napi_value constructor) {
  if (constructors.count(env) == 0) {
    napi_add_env_cleanup_hook(env, [](void * closing) { constructors.erase(static_cast<napi_env>(closing)); }, env);
  }
  napi_ref reference = nullptr;
  if (napi_create_reference(env, constructor, 1, &reference) != napi_ok) throw Napi::Error::New(env);
  constructors[env][key_of(tag)] = reference;
}

napi_value kept_constructor(napi_env env, const napi_type_tag & tag) {
  napi_value constructor = nullptr;
  if (napi_get_reference_value(env, constructors.at(env).at(key_of(tag)), &constructor) != napi_ok) {
    throw Napi::Error::New(env);
  }
  return constructor;
}

Napi::Error constraint_error(Napi::Env env, const ConstraintFailure & failure) {
  return make_error(env, "ConstraintError", failure.code, failure.message);
}

namespace {

// Pointer and element count of a typed array of one kind.
std::pair<const void *, size_t> view_of(Napi::Value value, napi_typedarray_type wanted, const char * what,
                                        const char * expected) {
  bool is_view = false;
  napi_typedarray_type type = napi_uint8_array;
  size_t length = 0;
  void * data = nullptr;
  if (!value.IsEmpty() && napi_is_typedarray(value.Env(), value, &is_view) == napi_ok && is_view &&
      napi_get_typedarray_info(value.Env(), value, &type, &length, &data, nullptr, nullptr) == napi_ok &&
      type == wanted) {
    return {data, data == nullptr ? 0 : length};
  }
  throw usage_error(value.Env(), "ARGUMENT_INVALID",
                    std::string(what) + " is " + shown(value) + "; expected " + expected + ".");
}

}  // namespace

std::string read_bytes(Napi::Value value, const char * what) {
  const auto [data, count] = view_of(value, napi_uint8_array, what, "a Uint8Array");
  return count == 0 ? std::string() : std::string(static_cast<const char *>(data), count);
}

std::vector<int32_t> read_words(Napi::Value value, const char * what) {
  const auto [data, count] = view_of(value, napi_int32_array, what, "an Int32Array");
  const int32_t * words = static_cast<const int32_t *>(data);
  return {words, words + count};
}

Napi::Value new_bytes(Napi::Env env, std::string_view bytes) {
  Napi::Uint8Array array = Napi::Uint8Array::New(env, bytes.size());
  if (!bytes.empty()) std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char *>(array.Data()));
  return array;
}

}  // namespace espalier
