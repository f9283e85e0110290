// Classes of one env, kept so that C++ can make instances. Decides that JavaScript can't: a constructor called from
// outside throws. JS thread only.
#pragma once

#include <napi.h>

#include <string>

#include "bind_value.h"
#include "model.h"

namespace espalier {

void keep_class(Napi::Env env, const std::string & name, Napi::Function constructor);

/// Makes an instance of a kept class; its constructor takes `parts` with taken_from.
Napi::Object make_instance(Napi::Env env, const std::string & name, void * parts);

/// What make_instance was given, where a constructor was called by it; throws UsageError otherwise.
void * taken_parts(const Napi::CallbackInfo & info);

template <class Parts>
Parts * taken_from(const Napi::CallbackInfo & info) {
  return static_cast<Parts *>(taken_parts(info));
}

const char * memory_text(MemoryKind memory);

}  // namespace espalier
