// What a constraint may cost before it is refused. Decides when work on one constraint stops; never what the work is.
// Fuel is given anew to each call from outside, so a long-lived constraint does not run dry; states and memory count
// over its whole life.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "matcher.h"

namespace espalier {

[[noreturn]] inline void fail(const char * code, std::string message) {
  throw ConstraintFailure{code, std::move(message)};
}

class Budget {
 public:
  explicit Budget(CompileLimits limits) : limits_(limits), fuel_(limits.fuel_max) {}

  void refill() { fuel_ = limits_.fuel_max; }

  void spend(size_t steps) {
    fuel_ -= static_cast<int64_t>(steps);
    if (fuel_ < 0) {
      too_complex("needs more than " + std::to_string(limits_.fuel_max) + " steps for one position");
    }
  }

  void add_state() {
    if (++states_ > limits_.states_max) {
      too_complex("needs more than " + std::to_string(limits_.states_max) + " states");
    }
  }

  void drop_states(int64_t count) { states_ -= count; }

  void add_memory(size_t bytes) {
    memory_ += static_cast<int64_t>(bytes);
    if (memory_ > memory_bytes_max) {
      too_complex("needs more than " + std::to_string(memory_bytes_max >> 20) + " MiB");
    }
  }

  void drop_memory(size_t bytes) { memory_ -= static_cast<int64_t>(bytes); }

 private:
  static constexpr int64_t memory_bytes_max = int64_t{96} << 20;

  [[noreturn]] static void too_complex(const std::string & what) {
    fail("CONSTRAINT_TOO_COMPLEX", "The constraint " + what + "; simplify it or raise the limit.");
  }

  CompileLimits limits_;
  int64_t fuel_;
  int64_t states_ = 0;
  int64_t memory_ = 0;
};

}  // namespace espalier
