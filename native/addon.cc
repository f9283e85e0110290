// Entry of the addon. Decides the order in which the rooms register themselves; nothing else.
#include <napi.h>

#include "bind_constraint.h"
#include "bind_context.h"
#include "bind_model.h"

namespace {

Napi::Object init(Napi::Env env, Napi::Object exports) {
  espalier::init_constraint(env, exports);
  espalier::init_context(env);
  espalier::init_model(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(espalier, init)
