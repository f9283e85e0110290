// Lines of llama.cpp's log on their way to those who asked for them. Decides whose line it is and how many may wait.
// llama.cpp has one log a process: what is said on a thread that works for one model is that model's, and the rest
// everybody's. Costs a look at one number where nobody listens. No N-API here; any thread.
#pragma once

#include <llama.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace espalier {

enum class LogLevel { debug, info, warn, error };
const char * log_level_text(LogLevel level);

struct LogLine {
  LogLevel level;
  std::string text;
};

/// Whole lines that wait for one listener. Registered from its making to `close`.
class LogQueue {
 public:
  /// `wake` is called on the thread that logs, once until `next` was called; it must not throw.
  static std::shared_ptr<LogQueue> open(size_t lines_max, std::function<void()> wake);
  ~LogQueue();
  LogQueue(const LogQueue &) = delete;
  LogQueue & operator=(const LogQueue &) = delete;

  void add(LogLevel level, std::string_view line) noexcept;
  /// Lines to take, one that tells of lost ones included.
  size_t count();
  std::optional<LogLine> next();
  /// When this has returned, `wake` is not called any more.
  void close();

 private:
  LogQueue(size_t lines_max, std::function<void()> wake) : lines_max_(lines_max), wake_(std::move(wake)) {}

  const size_t lines_max_;
  std::mutex mutex_;
  std::function<void()> wake_;
  std::deque<LogLine> lines_;
  uint64_t lost_ = 0;
  bool is_woken_ = false;
  bool is_closed_ = false;
};

/// While it lives, what this thread logs goes to this queue alone, and to nobody where there is none.
class LogScope {
 public:
  explicit LogScope(LogQueue * queue);
  ~LogScope();
  LogScope(const LogScope &) = delete;
  LogScope & operator=(const LogScope &) = delete;

  LogQueue * queue() const { return queue_; }

 private:
  LogQueue * queue_;
  const LogScope * outer_;
};

/// What llama.cpp says, in pieces of lines. Under its own frames: never throws.
void hear_log(ggml_log_level level, std::string_view text) noexcept;

}  // namespace espalier
