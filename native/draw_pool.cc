// See draw_pool.h. Parts take tens of microseconds or more, so that they are handed out one by one under a lock.
#include "draw_pool.h"

#include <algorithm>

namespace espalier {

DrawPool::~DrawPool() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    ends_ = true;
  }
  changed_.notify_all();
  for (std::thread & helper : helpers_) helper.join();
}

void DrawPool::start_helpers(size_t count) {
  try {
    helpers_.reserve(helpers_max_);
    while (helpers_.size() < std::min(count, helpers_max_)) {
      helpers_.emplace_back([this, worker = helpers_.size() + 1] { help(worker); });
    }
  } catch (...) {
    // Those there are do it.
  }
}

void DrawPool::begin(size_t parts, const Part & work, size_t helpers) {
  start_helpers(std::min(parts, helpers));
  {
    std::lock_guard<std::mutex> lock(mutex_);
    work_ = &work;
    next_ = 0;
    parts_ = parts;
    seats_ = std::min(parts, helpers);
    failure_ = nullptr;
  }
  for (size_t i = 0; i < std::min(helpers, helpers_.size()); i++) changed_.notify_one();
}

// The lock is held on entry and on return, and not while a part is worked on.
void DrawPool::do_parts(std::unique_lock<std::mutex> & lock, size_t worker) {
  while (next_ < parts_) {
    const size_t part = next_++;
    lock.unlock();
    std::exception_ptr thrown;
    try {
      (*work_)(part, worker);
    } catch (...) {
      thrown = std::current_exception();
    }
    lock.lock();
    if (thrown == nullptr || (failure_ != nullptr && failed_part_ < part)) continue;
    failure_ = thrown;
    failed_part_ = part;
  }
}

void DrawPool::help(size_t worker) {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return ends_ || (work_ != nullptr && seats_ > 0 && next_ < parts_); });
    if (ends_) return;
    seats_--;
    busy_++;
    do_parts(lock, worker);
    busy_--;
    if (busy_ == 0) settled_.notify_one();
  }
}

void DrawPool::end_work(std::unique_lock<std::mutex> & lock) {
  settled_.wait(lock, [&] { return busy_ == 0; });
  work_ = nullptr;
  seats_ = 0;
}

void DrawPool::finish() {
  std::unique_lock<std::mutex> lock(mutex_);
  do_parts(lock, 0);
  end_work(lock);
  if (failure_ != nullptr) std::rethrow_exception(failure_);
}

void DrawPool::leave() {
  std::unique_lock<std::mutex> lock(mutex_);
  next_ = parts_;
  end_work(lock);
  failure_ = nullptr;
}

}  // namespace espalier
