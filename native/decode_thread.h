// One thread that does blocking work for JavaScript: loads a model, or owns a context. Decides the order of work and
// how results come back. Never touches JavaScript values on the thread, and never lets a JS reference die there.
//
//   JS thread:  post(work, done) ──▶ queue ──▶ thread: work() ──▶ outbox ──▶ JS thread: done(env)
//
// The thread has ended before the env is torn down, before the process runs static destructors, and when stop()
// returns; `done` of work that was cut off by that is never called.
#pragma once

#include <node_api.h>

#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <thread>

namespace espalier {

class DecodeThread {
 public:
  /// On the thread. What it throws is lost, so it keeps its own failures.
  using Work = std::function<void()>;
  /// On the JS thread, in a handle scope. The env may be one that takes no more JavaScript; what it throws is lost.
  using Done = std::function<void(napi_env)>;

  /// JS thread. `hurry` is called from whichever thread stops this one, so that running work returns soon. Throws
  /// Failure CapacityError THREAD_FAILED, and then nothing is left behind.
  static std::shared_ptr<DecodeThread> start(napi_env env, Work hurry);
  ~DecodeThread();
  DecodeThread(const DecodeThread &) = delete;
  DecodeThread & operator=(const DecodeThread &) = delete;

  /// JS thread. False if the thread was stopped; then neither function will be called.
  bool post(Work work, Done done);
  /// From inside `work`: `done` is called on the JS thread, before the work's own.
  void tell(Done done);
  /// JS thread, idempotent. Ends the thread after the running work; drops what is queued.
  void stop();
  bool is_stopped() const { return is_stopped_; }

  /// JS thread: ends every thread of this env, for its 'exit' event.
  static void end_all_of(napi_env env);

 private:
  struct Bridge;
  struct Task {
    Work work;
    Done done;
  };
  DecodeThread() = default;
  void open_way_back(const std::shared_ptr<DecodeThread> & self);
  void run();
  void hand_back(std::list<Task> & tasks);
  void end_thread();
  void deliver(napi_env env);
  static void on_wake(napi_env env, napi_value callback, void * context, void * data);
  static void on_env_closing(void * self);
  static void end_all(napi_env env);

  napi_env env_ = nullptr;
  napi_threadsafe_function wake_ = nullptr;
  Work hurry_;
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable changed_;
  // Lists, so that finished work moves on without needing memory.
  std::list<Task> queue_;
  std::list<Task> outbox_;
  bool ends_ = false;        // under mutex_
  bool is_stopped_ = false;  // JS thread only
  size_t undelivered_ = 0;   // JS thread only: posted and not yet done; the event loop stays alive meanwhile
  std::mutex join_mutex_;
};

}  // namespace espalier
