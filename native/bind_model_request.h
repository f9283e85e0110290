// What is asked of a model file, read from JavaScript with checks. JS thread only.
#pragma once

#include "bind_read.h"
#include "model.h"

namespace espalier {

/// Throws Failure UsageError ARGUMENT_INVALID naming the option.
ModelRequest read_model_request(Js value);

}  // namespace espalier
