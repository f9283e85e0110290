// The vocabulary's JavaScript class, between bind_constraint.cc and bind_vocab.cc. Decides nothing.
#pragma once

#include <napi.h>

#include <memory>

#include "constraint/matcher.h"

namespace espalier {

void init_vocab(Napi::Env env, Napi::Object exports);
napi_value make_constraint(napi_env env, std::shared_ptr<Constraint> constraint);

}  // namespace espalier
