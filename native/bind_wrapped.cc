// The classes of an env, see bind_wrapped.h. They lie in the env's own data, so that they end with it.
#include "bind_wrapped.h"

#include <map>

namespace espalier {

namespace {

// The references end with their env: when this is destroyed they are gone already, so nobody deletes them.
using Classes = std::map<std::string, napi_ref>;

Classes & classes_of(napi_env env) {
  void * data = nullptr;
  check(env, napi_get_instance_data(env, &data));
  if (data == nullptr) throw Failure("InternalError", "NATIVE", "The env has no classes yet.");
  return *static_cast<Classes *>(data);
}

}  // namespace

void init_classes(napi_env env) {
  auto classes = std::make_unique<Classes>();
  const auto destroy = [](napi_env, void * data, void *) { delete static_cast<Classes *>(data); };
  check(env, napi_set_instance_data(env, classes.get(), destroy, nullptr));
  classes.release();
}

void keep_class(napi_env env, const char * name, napi_value constructor) {
  napi_ref reference = nullptr;
  check(env, napi_create_reference(env, constructor, 1, &reference));
  classes_of(env)[name] = reference;
}

napi_value kept_class(napi_env env, const char * name) {
  napi_value constructor = nullptr;
  check(env, napi_get_reference_value(env, classes_of(env).at(name), &constructor));
  return constructor;
}

void export_function(napi_env env, napi_value exports, const char * name, napi_callback call) {
  const auto plain = static_cast<napi_property_attributes>(napi_writable | napi_enumerable | napi_configurable);
  const napi_property_descriptor function = {name, nullptr, call, nullptr, nullptr, nullptr, plain, nullptr};
  check(env, napi_define_properties(env, exports, 1, &function));
}

}  // namespace espalier
