// Entry of the addon. Decides the order in which the rooms register themselves; nothing else.
#include "bind_constraint.h"
#include "bind_context.h"
#include "bind_embedder.h"
#include "bind_log.h"
#include "bind_model.h"
#include "bind_wrapped.h"

namespace espalier {

namespace {

void init(napi_env env, napi_value exports) noexcept {
  contained(
      [&] {
        init_classes(env);
        init_constraint(env, exports);
        init_context(env);
        init_embedder(env);
        init_log(env, exports);
        init_model(env, exports);
      },
      [&](const Failure & failure) { throw_into(env, failure); });
}

}  // namespace

}  // namespace espalier

NAPI_MODULE_INIT() {
  espalier::init(env, exports);
  return exports;
}
