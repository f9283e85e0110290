// The JavaScript class of a model and the functions that open llama.cpp and load one.
#pragma once

#include "bind_wrapped.h"

namespace espalier {

/// Exports openLlama(libraries), loadModel(options, onProgress) -> { promise, cancel } and stopAll().
void init_model(napi_env env, napi_value exports);

}  // namespace espalier
