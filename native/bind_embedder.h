// The JavaScript class of an embedder. Decides when it is busy or disposed; holds no decision about texts.
#pragma once

#include <memory>

#include "bind_wrapped.h"
#include "model.h"

namespace espalier {

void init_embedder(napi_env env);

/// Makes an embedder on a thread of its own; the promise is fulfilled with the JS object.
napi_value create_embedder(napi_env env, std::shared_ptr<Model> model, Js options);

}  // namespace espalier
