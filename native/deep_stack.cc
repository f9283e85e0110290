// See deep_stack.h. std::thread takes no stack size, so each system's own threads are used.
#include "deep_stack.h"

#include <exception>
#include <new>

#if defined(_WIN32)
#include <windows.h>
#else
#include <pthread.h>
#endif

namespace espalier {

namespace {

struct Task {
  const std::function<void()> & work;
  std::exception_ptr thrown;

  void run() noexcept {
    try {
      work();
    } catch (...) {
      thrown = std::current_exception();
    }
  }
};

#if defined(_WIN32)

DWORD WINAPI entry(void * task) {
  static_cast<Task *>(task)->run();
  return 0;
}

bool run_on_thread(size_t bytes, Task & task) {
  const HANDLE thread = CreateThread(nullptr, bytes, entry, &task, STACK_SIZE_PARAM_IS_A_RESERVATION, nullptr);
  if (thread == nullptr) return false;
  WaitForSingleObject(thread, INFINITE);
  CloseHandle(thread);
  return true;
}

#else

void * entry(void * task) {
  static_cast<Task *>(task)->run();
  return nullptr;
}

bool run_on_thread(size_t bytes, Task & task) {
  constexpr size_t page = 1 << 16;  // of the systems there are, the largest
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return false;
  pthread_t thread;
  const bool is_made = pthread_attr_setstacksize(&attributes, (bytes + page - 1) / page * page) == 0 &&
                       pthread_create(&thread, &attributes, entry, &task) == 0;
  pthread_attr_destroy(&attributes);
  return is_made && pthread_join(thread, nullptr) == 0;
}

#endif

}  // namespace

void on_deep_stack(size_t bytes, const std::function<void()> & work) {
  Task task{work, nullptr};
  if (!run_on_thread(bytes, task)) throw std::bad_alloc();
  if (task.thrown) std::rethrow_exception(task.thrown);
}

}  // namespace espalier
