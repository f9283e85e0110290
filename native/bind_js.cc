// See bind_js.h: which refusals of Node-API are nobody's fault.
#include "bind_js.h"

#include <string>

#include "failure.h"

namespace espalier {

void check(napi_env env, napi_status status) {
  if (status == napi_ok) return;
  bool is_pending = false;
  const bool is_told = napi_is_exception_pending(env, &is_pending) == napi_ok;
  // Node says "pending exception" for an env that is closing, too; newer ones say "cannot run js".
  constexpr int cannot_run_js = 23;
  if (!is_told || is_pending || status == napi_pending_exception || status == cannot_run_js || status == napi_closing) {
    throw JsPending{};
  }
  throw Failure("InternalError", "NATIVE", "Node-API refused a call with status " + std::to_string(status) + ".");
}

napi_valuetype Js::type() const {
  napi_valuetype type = napi_undefined;
  if (value != nullptr) check(env, napi_typeof(env, value, &type));
  return type;
}

}  // namespace espalier
