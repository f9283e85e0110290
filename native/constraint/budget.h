// What a constraint may cost before it is refused. Decides when work on one constraint stops; never what the work is.
// All of it is given anew to each call from outside and counts only what that call makes, so that a call is never
// refused for what others made. What is held altogether is counted too, for whoever drops it again (constraint.cc).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "matcher.h"

namespace espalier {

[[noreturn]] inline void fail(const char * code, std::string message) {
  throw ConstraintFailure(code, std::move(message));
}

/// Room for `count` more: the push_backs after it do not throw. Grows as push_back would.
template <typename Vector>
void make_room(Vector & vector, size_t count) {
  const size_t wanted = vector.size() + count;
  if (wanted > vector.capacity()) vector.reserve(wanted < 2 * vector.size() ? 2 * vector.size() : wanted);
}

class Budget {
 public:
  explicit Budget(CompileLimits limits) : limits_(limits) { refill(1); }

  /// Before each call from outside; `times` the usual where it has to learn again what was dropped.
  void refill(int64_t times) {
    fuel_ = limits_.fuel_max * times;
    fuel_given_ = fuel_;
    states_left_ = limits_.states_max * times;
    states_given_ = states_left_;
    memory_left_ = memory_bytes_max;
  }

  void spend(size_t steps) {
    fuel_ -= static_cast<int64_t>(steps);
    if (fuel_ < 0) too_complex(fuel_given_ - fuel_, "steps", fuel_given_, "fuelMax");
  }

  void add_state() {
    if (--states_left_ < 0) too_complex(states_given_ - states_left_, "new states", states_given_, "statesMax");
  }

  void add_memory(size_t bytes) {
    memory_left_ -= static_cast<int64_t>(bytes);
    if (memory_left_ < 0) too_complex(memory_bytes_max - memory_left_, "bytes", memory_bytes_max, nullptr);
    held_ += bytes;
  }

  void drop_memory(size_t bytes) { held_ -= bytes < held_ ? bytes : held_; }
  /// Steps left of what was given.
  int64_t fuel() const { return fuel_; }
  /// Bytes added and not dropped.
  size_t held() const { return held_; }

 private:
  static constexpr int64_t memory_bytes_max = int64_t{96} << 20;

  [[noreturn]] static void too_complex(int64_t seen, const char * what, int64_t most, const char * limit) {
    std::string message = "The constraint needs at least " + std::to_string(seen) + " " + what +
                          " for one call, expected at most " + std::to_string(most) +
                          "; make what may stand there simpler (shorter counted repeats, fewer alternatives)";
    if (limit != nullptr) message += std::string(", or compile it with a higher ") + limit;
    fail("CONSTRAINT_TOO_COMPLEX", message + ".");
  }

  CompileLimits limits_;
  int64_t fuel_ = 0;
  int64_t fuel_given_ = 0;
  int64_t states_left_ = 0;
  int64_t states_given_ = 0;
  int64_t memory_left_ = 0;
  size_t held_ = 0;
};

}  // namespace espalier
