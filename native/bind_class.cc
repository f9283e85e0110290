// Classes and instances per env, see bind_class.h. Holds the references that JavaScript must not lose.
#include "bind_class.h"

#include <map>

namespace espalier {

namespace {

using Classes = std::map<std::string, Napi::FunctionReference>;

// Each env lives on one thread, and a thread has one env.
thread_local std::map<napi_env, Classes> classes_of_env;
thread_local void * parts_passed = nullptr;

}  // namespace

void keep_class(Napi::Env env, const std::string & name, Napi::Function constructor) {
  const napi_env raw = env;
  if (classes_of_env.count(raw) == 0) {
    napi_add_env_cleanup_hook(
        raw, [](void * closing) { classes_of_env.erase(static_cast<napi_env>(closing)); }, raw);
  }
  Napi::FunctionReference reference = Napi::Persistent(constructor);
  reference.SuppressDestruct();
  classes_of_env[raw][name] = std::move(reference);
  classes_of_env[raw][name].SuppressDestruct();
}

Napi::Object make_instance(Napi::Env env, const std::string & name, void * parts) {
  parts_passed = parts;
  try {
    Napi::Object object = classes_of_env.at(env).at(name).New({});
    parts_passed = nullptr;
    return object;
  } catch (...) {
    parts_passed = nullptr;
    throw;
  }
}

void * taken_parts(const Napi::CallbackInfo & info) {
  if (parts_passed == nullptr) {
    throw usage_error(info.Env(), "CONSTRUCTOR_PRIVATE", "This class can't be constructed; open a model instead.");
  }
  void * parts = parts_passed;
  parts_passed = nullptr;
  return parts;
}

const char * memory_text(MemoryKind memory) {
  switch (memory) {
    case MemoryKind::full: return "full";
    case MemoryKind::window: return "window";
    case MemoryKind::recurrent: return "recurrent";
    case MemoryKind::hybrid: return "hybrid";
  }
  return "full";
}

}  // namespace espalier
