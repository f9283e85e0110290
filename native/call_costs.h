// What one llama_decode takes by its number of rows, as measured in one context. Decides what calls of sizes that were
// never measured are taken to cost.
#pragma once

#include <array>
#include <cstddef>

namespace espalier {

/// floor(log2(count)), 0 for 0.
inline size_t size_of(size_t count) {
  size_t size = 0;
  for (; count > 1; count >>= 1) size++;
  return size;
}

class CallCosts {
 public:
  /// `doubling`: a call of twice as many rows as were ever measured is taken to cost so much more.
  explicit CallCosts(double doubling) : doubling_(doubling) {}

  /// Of one call; 0 before anything was measured.
  double micros(double rows) const;
  void measure(size_t rows, double micros);
  /// The largest size that was measured.
  double rows_max() const;

 private:
  struct Call {
    double rows = 0;
    double micros = 0;
  };

  double doubling_;
  std::array<Call, 16> calls_;  // by rows, in powers of two
  double level_ = 1;            // what calls take now, as a multiple of what is noted of them
};

}  // namespace espalier
