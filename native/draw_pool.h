// Threads that help one context's decode thread with work of many parts that don't depend on each other: draws of
// generations, and masks while llama.cpp computes. Decides who does which part; never what comes of it.
//
// Threads: one at a time uses it. Helpers begin with the first work that wants some, wait in between without taking
// time, and have ended when the pool is destroyed. Where the system gives none there are fewer.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace espalier {

/// Whether draws from so many tokens are shared out. Fewer take less than it takes to wake a thread.
constexpr bool draws_are_shared(int32_t vocab_size) { return vocab_size >= 16384; }

class DrawPool {
 public:
  /// One part of the work. `worker`: 0 for who uses the pool, and another number for each helper.
  using Part = std::function<void(size_t part, size_t worker)>;

  /// Helpers it may have.
  explicit DrawPool(size_t helpers_max) : helpers_max_(helpers_max) {}
  ~DrawPool();
  DrawPool(const DrawPool &) = delete;
  DrawPool & operator=(const DrawPool &) = delete;

  size_t workers_max() const { return helpers_max_ + 1; }
  /// Helpers begin; who calls goes on with something else. `work` has to live until `finish` or `leave`, one of which
  /// has to follow.
  void begin(size_t parts, const Part & work, size_t helpers);
  /// Does what nobody has begun, and waits for the rest. Throws what the first of the parts that threw has thrown.
  void finish();
  /// Waits for what was begun, and leaves the rest undone. What parts have thrown is lost.
  void leave();

 private:
  void help(size_t worker);
  void start_helpers(size_t count);
  void do_parts(std::unique_lock<std::mutex> & lock, size_t worker);
  void end_work(std::unique_lock<std::mutex> & lock);

  const size_t helpers_max_;
  std::vector<std::thread> helpers_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::condition_variable settled_;
  // Under the mutex:
  const Part * work_ = nullptr;
  size_t next_ = 0;
  size_t parts_ = 0;
  size_t seats_ = 0;  // helpers that may still join
  size_t busy_ = 0;   // helpers in the middle of a part
  size_t failed_part_ = 0;
  std::exception_ptr failure_;
  bool ends_ = false;
};

}  // namespace espalier
