// The JavaScript class of a model and the functions that open llama.cpp and load one.
#pragma once

#include <napi.h>

namespace espalier {

/// Exports openLlama(libraries), loadModel(options, onProgress) -> { promise, cancel } and stopAll().
void init_model(Napi::Env env, Napi::Object exports);

}  // namespace espalier
