// Closes an object that another thread may still be making: at once, or as soon as it is made. No N-API here.
#pragma once

#include <memory>
#include <mutex>

namespace espalier {

/// T has `close()`, which any thread may call.
template <class T>
class Closing {
 public:
  void close() {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_closed_ = true;
    if (const auto object = object_.lock()) object->close();
  }
  void made(const std::shared_ptr<T> & object) {
    const std::lock_guard<std::mutex> lock(mutex_);
    object_ = object;
    if (is_closed_) object->close();
  }

 private:
  std::mutex mutex_;
  std::weak_ptr<T> object_;
  bool is_closed_ = false;
};

}  // namespace espalier
