// See pending_exception.h.
#include "pending_exception.h"

namespace espalier {

void clear_pending(napi_env env) noexcept {
  napi_value thrown = nullptr;
  bool is_pending = false;
  if (napi_is_exception_pending(env, &is_pending) == napi_ok && is_pending) {
    napi_get_and_clear_last_exception(env, &thrown);
  }
}

}  // namespace espalier
