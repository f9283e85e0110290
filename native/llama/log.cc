// See log.h. Decides how pieces become lines, and takes no memory but for lines that somebody hears.
#include "llama/log.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <utility>
#include <vector>

namespace espalier {

namespace {

std::atomic<size_t> listeners{0};

// Never destroyed: threads may outlive static destruction.
struct Hub {
  std::mutex mutex;
  std::vector<LogQueue *> queues;
};

Hub & hub() {
  static Hub * instance = new Hub();
  return *instance;
}

// A line that has no end yet. Plain memory: see first_message in api.cc.
struct Begun {
  LogLevel level;
  size_t length;
  std::array<char, 2048> text;
};

thread_local Begun begun = {};
thread_local const LogScope * scope = nullptr;

void deliver(LogLevel level, std::string_view line) noexcept {
  if (scope != nullptr) {
    if (scope->queue() != nullptr) scope->queue()->add(level, line);
    return;
  }
  try {
    std::lock_guard<std::mutex> lock(hub().mutex);
    for (LogQueue * queue : hub().queues) queue->add(level, line);
  } catch (...) {
    // A line is worth no more than that.
  }
}

void end_line() noexcept {
  std::string_view line(begun.text.data(), begun.length);
  while (!line.empty() && (line.back() == ' ' || line.back() == '\r')) line.remove_suffix(1);
  if (!line.empty()) deliver(begun.level, line);
  begun.length = 0;
}

LogLevel level_of(ggml_log_level level) {
  switch (level) {
    case GGML_LOG_LEVEL_DEBUG: return LogLevel::debug;
    case GGML_LOG_LEVEL_WARN: return LogLevel::warn;
    case GGML_LOG_LEVEL_ERROR: return LogLevel::error;
    default: return LogLevel::info;
  }
}

}  // namespace

const char * log_level_text(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return "debug";
    case LogLevel::info: return "info";
    case LogLevel::warn: return "warn";
    case LogLevel::error: return "error";
  }
  return "info";
}

std::shared_ptr<LogQueue> LogQueue::open(size_t lines_max, std::function<void()> wake) {
  std::shared_ptr<LogQueue> queue(new LogQueue(lines_max, std::move(wake)));
  std::lock_guard<std::mutex> lock(hub().mutex);
  hub().queues.push_back(queue.get());
  listeners.store(hub().queues.size());
  return queue;
}

LogQueue::~LogQueue() { close(); }

void LogQueue::add(LogLevel level, std::string_view line) noexcept {
  try {
    std::lock_guard<std::mutex> lock(mutex_);
    if (is_closed_) return;
    // Counted first: where there is no memory for the line, it is lost.
    lost_++;
    if (lines_.size() < lines_max_) {
      lines_.push_back({level, std::string(line)});
      lost_--;
    }
    if (is_woken_) return;
    is_woken_ = true;
    wake_();
  } catch (...) {
    // Counted.
  }
}

size_t LogQueue::count() {
  std::lock_guard<std::mutex> lock(mutex_);
  return lines_.size() + (lost_ > 0 ? 1 : 0);
}

std::optional<LogLine> LogQueue::next() {
  std::lock_guard<std::mutex> lock(mutex_);
  is_woken_ = false;
  if (!lines_.empty()) {
    LogLine line = std::move(lines_.front());
    lines_.pop_front();
    return line;
  }
  if (lost_ == 0) return std::nullopt;
  const std::string count = std::to_string(std::exchange(lost_, 0));
  return LogLine{LogLevel::warn, "espalier: " + count + " lines of the log were lost here; " +
                                     std::to_string(lines_max_) + " may wait for the JavaScript thread."};
}

void LogQueue::close() {
  {
    std::lock_guard<std::mutex> lock(hub().mutex);
    auto & queues = hub().queues;
    queues.erase(std::remove(queues.begin(), queues.end(), this), queues.end());
    listeners.store(queues.size());
  }
  std::lock_guard<std::mutex> lock(mutex_);
  is_closed_ = true;
  lines_.clear();
  lost_ = 0;
}

LogScope::LogScope(LogQueue * queue) : queue_(queue), outer_(scope) {
  if (begun.length > 0) end_line();
  scope = this;
}

LogScope::~LogScope() {
  if (begun.length > 0) end_line();
  scope = outer_;
}

void hear_log(ggml_log_level level, std::string_view text) noexcept {
  if (listeners.load(std::memory_order_relaxed) == 0) {
    begun.length = 0;
    return;
  }
  if (level != GGML_LOG_LEVEL_CONT) {
    if (begun.length > 0) end_line();
    begun.level = level_of(level);
  }
  for (const char letter : text) {
    if (letter == '\n' || begun.length == begun.text.size()) end_line();
    if (letter != '\n') begun.text[begun.length++] = letter;
  }
}

}  // namespace espalier
