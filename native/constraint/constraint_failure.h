// What goes wrong while compiling or matching. The boundary (failure.cc) turns it into a ConstraintError of that code.
#pragma once

#include <exception>
#include <string>
#include <utility>

namespace espalier {

/// A std::exception, so that no handler for those lets it by: the core runs on threads of others, too.
struct ConstraintFailure : std::exception {
  std::string code;
  std::string message;
  ConstraintFailure(std::string code, std::string message) : code(std::move(code)), message(std::move(message)) {}
  const char * what() const noexcept override { return message.c_str(); }
};

}  // namespace espalier
