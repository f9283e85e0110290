// How much memory outside of its heap V8 was told of, which no interface of Node's says: process.memoryUsage() counts
// array buffers alone. A module whose `told()` changes that by nothing and gives what comes back.
#include <node_api.h>

static napi_value told(napi_env env, napi_callback_info info) {
  (void)info;
  int64_t bytes = 0;
  napi_value result = NULL;
  napi_adjust_external_memory(env, 0, &bytes);
  napi_create_int64(env, bytes, &result);
  return result;
}

NAPI_MODULE_INIT() {
  napi_value function = NULL;
  napi_create_function(env, "told", NAPI_AUTO_LENGTH, told, NULL, &function);
  napi_set_named_property(env, exports, "told", function);
  return exports;
}
