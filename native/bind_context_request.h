// Options of a context, read from JavaScript with checks. JS thread only.
#pragma once

#include "bind_read.h"
#include "context.h"
#include "embedder.h"

namespace espalier {

/// Throws Failure UsageError ARGUMENT_INVALID naming the option.
ContextRequest read_context_request(Js value);
EmbedderRequest read_embedder_request(Js value);

}  // namespace espalier
