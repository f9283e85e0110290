// Reads JavaScript values with checks and makes errors that JavaScript can tell apart. Decides the sentence a caller
// sees for a wrong argument. JS thread only; errors are C++ exceptions (Napi::Error) with `kind` and `code`.
#pragma once

#include <napi.h>

#include <cstdint>
#include <string>
#include <vector>

#include "llama/api.h"

namespace espalier {

/// A JS error with `kind` (the class it becomes in lib/base/errors.ts) and `code`.
Napi::Error make_error(Napi::Env env, const std::string & kind, const std::string & code, const std::string & message);
inline Napi::Error make_error(Napi::Env env, const Failure & failure) {
  return make_error(env, failure.kind, failure.code, failure.message);
}
Napi::Error usage_error(Napi::Env env, const std::string & code, const std::string & message);

/// Short text for a value in a message: numbers and texts as they are, others by type.
std::string shown(Napi::Value value);

struct Range {
  double from;
  double until;  // exclusive
};

/// Whole number in the range. Throws UsageError ARGUMENT_INVALID naming `what`.
int64_t read_whole(Napi::Value value, const std::string & what, Range range);
double read_number(Napi::Value value, const std::string & what, Range range);
Napi::Object read_object(Napi::Value value, const std::string & what);
Napi::Array read_list(Napi::Value value, const std::string & what);
bool read_boolean(Napi::Value value, const std::string & what);
std::string read_text(Napi::Value value, const std::string & what);
/// Int32Array whose entries are all in [0, until).
std::vector<int32_t> read_ids(Napi::Value value, const std::string & what, int64_t until);

/// Runs `work`; what it throws reaches JavaScript as an error with kind and code.
template <class Work>
auto with_errors(Napi::Env env, Work && work) {
  try {
    return work();
  } catch (const Failure & failure) {
    throw make_error(env, failure);
  } catch (const Napi::Error &) {
    throw;
  } catch (const std::exception & error) {
    throw make_error(env, "InternalError", "NATIVE", std::string("The native layer failed: ") + error.what() + ".");
  }
}

}  // namespace espalier
