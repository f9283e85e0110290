// The levels of this processor and the choice among them. Decides nothing: results are the same on every level.
#include "bind_cpu.h"

#include "bind_value.h"
#include "bind_wrapped.h"
#include "sampler_math.h"

namespace espalier {

namespace {

size_t count_here() { return static_cast<size_t>(cpu_level_here()) + 1; }

napi_value cpu_levels(const Call & call) {
  NewList list(call.env, count_here());
  for (size_t i = 0; i < count_here(); i++) list.add(js_text(call.env, cpu_level_names[i]));
  return list.value();
}

napi_value use_level(const Call & call) {
  const Path path = {"level"};
  const std::string name = read_text(call.argument(0), path);
  for (size_t i = 0; i < count_here(); i++) {
    if (name != cpu_level_names[i]) continue;
    use_cpu_level(static_cast<CpuLevel>(i));
    return js_undefined(call.env);
  }
  refuse(call.argument(0), path, "one of cpuLevels()");
}

}  // namespace

void init_cpu(napi_env env, napi_value exports) {
  export_function(env, exports, "cpuLevels", entry<cpu_levels>);
  export_function(env, exports, "useCpuLevel", entry<use_level>);
}

}  // namespace espalier
