// See decode_thread.h.
#include "decode_thread.h"

#include <cstdlib>
#include <set>

namespace espalier {

namespace {

// All running threads of the process, for stop_all. Never destroyed: it is used during exit.
struct Registry {
  std::mutex mutex;
  std::set<DecodeThread *> threads;
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

std::shared_ptr<DecodeThread> DecodeThread::start(Napi::Env env, Work hurry) {
#if !defined(_WIN32)
  // Runs before the static destructors of llama.cpp's libraries, which were loaded earlier. Covers exits that emit no
  // 'exit' event in this env.
  static const int registered = std::atexit([] { DecodeThread::end_all(nullptr); });
  (void)registered;
#endif
  std::shared_ptr<DecodeThread> self(new DecodeThread());
  self->env_ = env;
  self->hurry_ = std::move(hurry);
  auto * bridge = new Bridge{self};
  const Napi::String name = Napi::String::New(env, "espalier.decode");
  const napi_status status = napi_create_threadsafe_function(
      env, nullptr, nullptr, name, 0, 1, nullptr,
      [](napi_env, void *, void * context) { delete static_cast<Bridge *>(context); }, bridge, on_wake, &self->wake_);
  if (status != napi_ok) {
    delete bridge;
    throw Napi::Error::New(env, "The thread's way back to JavaScript could not be opened.");
  }
  napi_unref_threadsafe_function(env, self->wake_);
  // Hooks run last in, first out: this one ends the thread before Node closes the wake function.
  napi_add_env_cleanup_hook(env, on_env_closing, self.get());
  {
    std::lock_guard<std::mutex> lock(registry().mutex);
    registry().threads.insert(self.get());
  }
  self->thread_ = std::thread([raw = self.get()] { raw->run(); });
  return self;
}

DecodeThread::~DecodeThread() { end_thread(); }

bool DecodeThread::post(Work work, Done done) {
  if (is_stopped_) return false;
  if (undelivered_++ == 0) napi_ref_threadsafe_function(env_, wake_);
  {
    std::lock_guard<std::mutex> lock(mutex_);
    queue_.emplace_back(std::move(work), [this, done = std::move(done)](Napi::Env env) {
      if (--undelivered_ == 0 && !is_stopped_) napi_unref_threadsafe_function(env_, wake_);
      done(env);
    });
  }
  changed_.notify_one();
  return true;
}

void DecodeThread::tell(Done done) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    outbox_.push_back(std::move(done));
  }
  napi_call_threadsafe_function(wake_, nullptr, napi_tsfn_nonblocking);
}

void DecodeThread::run() {
  for (;;) {
    std::pair<Work, Done> next;
    {
      std::unique_lock<std::mutex> lock(mutex_);
      changed_.wait(lock, [&] { return ends_ || !queue_.empty(); });
      if (ends_) return;
      next = std::move(queue_.front());
      queue_.pop_front();
    }
    next.first();
    next.first = nullptr;
    std::unique_lock<std::mutex> lock(mutex_);
    outbox_.push_back(std::move(next.second));
    // A stopped thread must not touch the wake function: the env may be closing.
    if (ends_) return;
    lock.unlock();
    napi_call_threadsafe_function(wake_, nullptr, napi_tsfn_nonblocking);
  }
}

void DecodeThread::deliver(Napi::Env env) {
  for (;;) {
    Done done;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (outbox_.empty()) return;
      done = std::move(outbox_.front());
      outbox_.pop_front();
    }
    done(env);
  }
}

void DecodeThread::on_wake(napi_env env, napi_value, void * context, void *) {
  if (env == nullptr) return;
  // Delivering may stop the thread and drop its last owner.
  const std::shared_ptr<DecodeThread> self = static_cast<Bridge *>(context)->owner;
  try {
    self->deliver(Napi::Env(env));
  } catch (const Napi::Error & error) {
    error.ThrowAsJavaScriptException();
  }
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

void DecodeThread::end_all_of(Napi::Env env) { end_all(env); }

// Those of one env, or of every env where it is null. Each thread leaves the set as it ends.
void DecodeThread::end_all(napi_env env) {
  for (;;) {
    DecodeThread * thread = nullptr;
    {
      std::lock_guard<std::mutex> lock(registry().mutex);
      for (DecodeThread * one : registry().threads) {
        if (env == nullptr || one->env_ == env) thread = one;
      }
    }
    if (thread == nullptr) return;
    if (env != nullptr) thread->is_stopped_ = true;
    thread->end_thread();
  }
}

}  // namespace espalier
