// A JavaScript exception that waits in an environment after a call back into it. Decides only how it is let go of, for
// whoever calls into JavaScript with nobody above to see what was thrown; never looks at it.
#pragma once

#include <node_api.h>

namespace espalier {

/// Drops an exception that waits in the env; does nothing in one that takes no more calls.
void clear_pending(napi_env env) noexcept;

}  // namespace espalier
