// Which instructions the loops over logits use, for reports, benchmarks and tests.
#pragma once

#include <node_api.h>

namespace espalier {

void init_cpu(napi_env env, napi_value exports);

}  // namespace espalier
