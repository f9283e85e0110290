// A JavaScript value during one call, and what becomes of a call of Node-API that fails. JS thread only.
//
// Raw Node-API on purpose: in an env that is closing every call may fail, and then nothing may be thrown into it and
// nothing out of a C callback. Errors are Failures until the boundary (bind_wrapped.h), which throws them into the env
// where it still takes them.
#pragma once

#include <node_api.h>

namespace espalier {

/// A JavaScript exception waits in the env, or the env runs no JavaScript any more. Whoever called sees the exception,
/// or nobody is left to see it: it is never replaced by another one.
struct JsPending {};

/// Throws JsPending where the call was refused because of that, Failure NATIVE where it was wrong in itself.
void check(napi_env env, napi_status status);

struct Js {
  napi_env env;
  napi_value value;

  operator napi_value() const { return value; }
  napi_valuetype type() const;
  bool is_undefined() const { return type() == napi_undefined; }
  bool is_null() const { return type() == napi_null; }
};

}  // namespace espalier
