// The log for JavaScript: lines reach the thread of the env that asked for them, and nothing keeps that env alive.
// Decides when a listener ends: with `close`, with its object, or with its env. Never calls JavaScript elsewhere.
#pragma once

#include <memory>

#include "bind_read.h"
#include "llama/log.h"

namespace espalier {

void init_log(napi_env env, napi_value exports);

/// The queue of what `openLog` gave; null for null. Throws Failure UsageError ARGUMENT_INVALID for anything else.
std::shared_ptr<LogQueue> read_log(Js value, const Path & path);

}  // namespace espalier
