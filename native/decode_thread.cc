// See decode_thread.h.
#include "decode_thread.h"

#include <cstdlib>
#include <map>
#include <system_error>

#include "failure.h"
#include "pending_exception.h"

namespace espalier {

namespace {

// All running threads of the process, for end_all. Never destroyed: it is used during exit.
struct Registry {
  std::mutex mutex;
  std::map<DecodeThread *, std::weak_ptr<DecodeThread>> threads;
};

Registry & registry() {
  static Registry * instance = new Registry();
  return *instance;
}

}  // namespace

/// Keeps the DecodeThread alive until Node has closed the wake function.
struct DecodeThread::Bridge {
  std::shared_ptr<DecodeThread> owner;
};

std::shared_ptr<DecodeThread> DecodeThread::start(napi_env env, Work hurry) {
#if !defined(_WIN32)
  // Runs before the static destructors of llama.cpp's libraries, which were loaded earlier. Covers exits that emit no
  // 'exit' event in this env.
  static const int registered = std::atexit([] { DecodeThread::end_all(nullptr); });
  (void)registered;
#endif
  std::shared_ptr<DecodeThread> self(new DecodeThread());
  self->env_ = env;
  self->hurry_ = std::move(hurry);
  // Everything that can fail comes before anything that would have to be taken back by hand: the thread by itself only
  // waits, and ends with its last owner.
  try {
    self->thread_ = std::thread([raw = self.get()] { raw->run(); });
  } catch (const std::system_error & error) {
    throw Failure("CapacityError", "THREAD_FAILED",
                  std::string("The system gave no thread to decode on: ") + error.what() +
                      "; expected room for one more thread, so end others or raise the process's limit.");
  }
  {
    std::lock_guard<std::mutex> lock(registry().mutex);
    registry().threads.emplace(self.get(), self);
  }
  self->open_way_back(self);
  return self;
}

void DecodeThread::open_way_back(const std::shared_ptr<DecodeThread> & self) {
  auto bridge = std::make_unique<Bridge>(Bridge{self});
  napi_value name = nullptr;
  napi_status status = napi_create_string_utf8(env_, "espalier.decode", NAPI_AUTO_LENGTH, &name);
  if (status == napi_ok) {
    status = napi_create_threadsafe_function(
        env_, nullptr, nullptr, name, 0, 1, nullptr,
        [](napi_env, void *, void * context) { delete static_cast<Bridge *>(context); }, bridge.get(), on_wake, &wake_);
  }
  if (status != napi_ok) {
    throw Failure("CapacityError", "THREAD_FAILED", "The decode thread's way back to JavaScript could not be opened.");
  }
  bridge.release();
  napi_unref_threadsafe_function(env_, wake_);
  // Hooks run last in, first out: this one ends the thread before Node closes the wake function.
  napi_add_env_cleanup_hook(env_, on_env_closing, this);
}

DecodeThread::~DecodeThread() { end_thread(); }

bool DecodeThread::post(Work work, Done done) {
  if (is_stopped_) return false;
  std::list<Task> next;
  next.push_back({std::move(work), [this, done = std::move(done)](napi_env env) {
                    if (--undelivered_ == 0 && !is_stopped_) napi_unref_threadsafe_function(env_, wake_);
                    done(env);
                  }});
  {
    std::lock_guard<std::mutex> lock(mutex_);
    queue_.splice(queue_.end(), next);
  }
  if (undelivered_++ == 0) napi_ref_threadsafe_function(env_, wake_);
  changed_.notify_one();
  return true;
}

void DecodeThread::tell(Done done) {
  std::list<Task> told;
  told.push_back({nullptr, std::move(done)});
  hand_back(told);
}

// The thread's side of the outbox.
void DecodeThread::hand_back(std::list<Task> & tasks) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    outbox_.splice(outbox_.end(), tasks);
    // A stopped thread must not touch the wake function: the env may be closing.
    if (ends_) return;
  }
  napi_call_threadsafe_function(wake_, nullptr, napi_tsfn_nonblocking);
}

void DecodeThread::run() {
  for (;;) {
    std::list<Task> current;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      changed_.wait(lock, [&] { return ends_ || !queue_.empty(); });
      if (ends_) return;
      current.splice(current.end(), queue_, queue_.begin());
    }
    Task & task = current.front();
    try {
      task.work();
    } catch (...) {
      // Work keeps its failures where its `done` finds them.
    }
    task.work = nullptr;
    hand_back(current);
  }
}

void DecodeThread::deliver(napi_env env) {
  for (;;) {
    std::list<Task> next;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (outbox_.empty()) return;
      next.splice(next.end(), outbox_, outbox_.begin());
    }
    try {
      next.front().done(env);
    } catch (...) {
      // The env takes no more JavaScript.
    }
    // What one result left behind is not the next one's.
    clear_pending(env);
  }
}

void DecodeThread::on_wake(napi_env env, napi_value, void * context, void *) {
  if (env == nullptr) return;
  // Delivering may stop the thread and drop its last owner.
  const std::shared_ptr<DecodeThread> self = static_cast<Bridge *>(context)->owner;
  self->deliver(env);
}

void DecodeThread::on_env_closing(void * self) {
  auto * thread = static_cast<DecodeThread *>(self);
  thread->is_stopped_ = true;
  thread->end_thread();
}

void DecodeThread::end_thread() {
  std::lock_guard<std::mutex> join(join_mutex_);
  if (!thread_.joinable()) return;
  {
    std::lock_guard<std::mutex> lock(mutex_);
    ends_ = true;
  }
  if (hurry_) hurry_();
  changed_.notify_all();
  thread_.join();
  std::lock_guard<std::mutex> lock(registry().mutex);
  registry().threads.erase(this);
}

void DecodeThread::stop() {
  if (is_stopped_) return;
  is_stopped_ = true;
  napi_remove_env_cleanup_hook(env_, on_env_closing, this);
  end_thread();
  {
    std::lock_guard<std::mutex> lock(mutex_);
    queue_.clear();
    outbox_.clear();
  }
  napi_release_threadsafe_function(wake_, napi_tsfn_release);
}

void DecodeThread::end_all_of(napi_env env) { end_all(env); }

// Those of one env, or of every env where it is null. One that is being destroyed ends by itself.
void DecodeThread::end_all(napi_env env) {
  for (;;) {
    std::shared_ptr<DecodeThread> thread;
    {
      std::lock_guard<std::mutex> lock(registry().mutex);
      auto & threads = registry().threads;
      for (auto at = threads.begin(); at != threads.end() && !thread;) {
        thread = at->second.lock();
        if (thread && env != nullptr && thread->env_ != env) thread = nullptr;
        at = thread ? threads.erase(at) : std::next(at);
      }
    }
    if (!thread) return;
    if (env != nullptr) thread->is_stopped_ = true;
    thread->end_thread();
  }
}

}  // namespace espalier
