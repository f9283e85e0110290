// What one llama_decode takes by its number of rows, as measured in one context. Decides what calls of sizes that were
// never measured are taken to cost, and which measurements are believed: other programs make some calls many times
// longer.
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
  /// Calls measured since one of this size was.
  size_t calls_since(size_t rows) const { return count_ - calls_[class_of(rows)].at; }

 private:
  static constexpr size_t classes = 36;
  struct Call {
    double rows = 0;
    double micros = 0;
    size_t at = 0;  // which of all measurements was the last
  };

  static size_t class_of(size_t rows);
  bool is_stall(const Call & call, double share);

  double doubling_;
  std::array<Call, classes> calls_;  // each size of its own up to four rows, then two sizes a doubling
  double level_ = 1;                 // what calls take now, as a multiple of what is noted of them
  size_t count_ = 0;                 // measurements
  int slow_ = 0;                     // calls in a row that took much longer than was expected
};

}  // namespace espalier
