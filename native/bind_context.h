// The JavaScript class of a context. Decides when it is busy or disposed, and what JavaScript objects a running step
// keeps alive. Holds no decision of its own about cells or tokens.
#pragma once

#include <memory>
#include <vector>

#include "bind_wrapped.h"
#include "context.h"
#include "decode_thread.h"

namespace espalier {

void init_context(napi_env env);

/// Makes a context on a thread of its own; the promise is fulfilled with the JS object.
napi_value create_context(napi_env env, std::shared_ptr<Model> model, Js options);

/// What a plan is checked against. Copied before the plan is read: reading runs the caller's getters, and these may
/// dispose the context.
struct PlanSizes {
  int64_t sequences;
  int64_t tokens;
  int64_t batch;
  int64_t adapters;
};

/// A plan from JavaScript as plain data. Throws UsageError. `matchers[i]` is what the caller gave for generation i, not
/// looked at yet: whether it may be used can change until the last of the plan is read.
StepPlan read_plan(Js value, const PlanSizes & sizes, std::vector<Js> & matchers);

napi_value write_result(napi_env env, const StepPlan & plan, const StepResult & result);

}  // namespace espalier
