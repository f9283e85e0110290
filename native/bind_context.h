// The JavaScript class of a context. Decides when it is busy or disposed, and what JavaScript objects a running step
// keeps alive. Holds no decision of its own about cells or tokens.
#pragma once

#include <napi.h>

#include <memory>

#include "context.h"
#include "decode_thread.h"

namespace espalier {

void init_context(Napi::Env env);

/// Makes a context on a thread of its own; the promise is fulfilled with the JS object.
Napi::Value create_context(Napi::Env env, std::shared_ptr<Model> model, Napi::Value options);

/// A plan from JavaScript, checked against the context's sizes. Throws UsageError. `matchers[i]` is the JS object of
/// generation i.
StepPlan read_plan(Napi::Value value, const Context & context, std::vector<Napi::Object> & matchers);

Napi::Object write_result(Napi::Env env, const StepPlan & plan, const StepResult & result);

}  // namespace espalier
