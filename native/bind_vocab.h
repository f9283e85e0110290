// What bind_constraint.cc and bind_vocab.cc need of each other. JS thread only.
#pragma once

#include <memory>

#include "bind_wrapped.h"
#include "constraint/matcher.h"

namespace espalier {

void init_vocab(napi_env env, napi_value exports);
napi_value make_constraint(napi_env env, std::shared_ptr<Constraint> constraint);

}  // namespace espalier
