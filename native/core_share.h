// The processor's cores, shared by all contexts of the process, of whatever model and worker. Decides how many threads
// each may compute on: ggml's threads wait for each other in a loop, so that two contexts with a thread for each core
// take many times as long as with half of them each. No N-API here. Threads: any; one lock for all.
#pragma once

#include <chrono>
#include <cstdint>

namespace espalier {

/// One context's part in it.
class CoreShare {
 public:
  CoreShare();
  ~CoreShare();
  CoreShare(const CoreShare &) = delete;
  CoreShare & operator=(const CoreShare &) = delete;

  /// How many threads it would take, of how many cores the process may use; 0 cores: it takes what it wants.
  void open(int32_t wanted, int32_t cores);
  /// From here on, and for a moment after `rest`, it counts as computing.
  void work();
  void rest();
  /// How many threads it may use now, at least 1.
  int32_t threads() const;

 private:
  int32_t wanted_ = 1;
  int32_t cores_ = 0;
  bool is_working_ = false;
  std::chrono::steady_clock::time_point rested_;
};

/// While it lives its share counts as computing.
class CoreWork {
 public:
  explicit CoreWork(CoreShare & share) : share_(share) { share_.work(); }
  ~CoreWork() { share_.rest(); }
  CoreWork(const CoreWork &) = delete;
  CoreWork & operator=(const CoreWork &) = delete;

 private:
  CoreShare & share_;
};

}  // namespace espalier
