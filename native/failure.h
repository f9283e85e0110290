// What goes wrong, on its way to JavaScript. Decides which outcome an exception becomes; never throws one itself. No
// N-API here: the bindings turn a Failure into an error object where JavaScript called.
#pragma once

#include <exception>
#include <string>

namespace espalier {

/// An outcome that becomes one of the classes of lib/base/errors.ts.
struct Failure : std::exception {
  std::string kind;  // 'ModelError', 'EngineError', 'UsageError', ...
  std::string code;
  std::string message;
  Failure(std::string kind, std::string code, std::string message)
      : kind(std::move(kind)), code(std::move(code)), message(std::move(message)) {}
  const char * what() const noexcept override { return message.c_str(); }
};

/// Inside a catch handler: what is being handled, as a Failure. A ConstraintFailure keeps its code, missing memory is
/// CapacityError OUT_OF_MEMORY, and anything else InternalError NATIVE.
Failure current_failure();

}  // namespace espalier
