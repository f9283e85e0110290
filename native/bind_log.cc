// See bind_log.h. The listener is held weakly: whoever holds the log object holds it, so that one which knows its own
// model can be collected together with it.
#include "bind_log.h"

#include "bind_wrapped.h"
#include "pending_exception.h"

namespace espalier {

namespace {

/// Lives until Node has closed the wake function. JS thread only, but for the queue.
struct Listening {
  napi_env env = nullptr;
  napi_ref listener = nullptr;  // weak
  napi_threadsafe_function wake = nullptr;
  std::shared_ptr<LogQueue> queue;
  bool is_closed = false;
};

using ListeningHandle = std::shared_ptr<Listening>;

struct LogObject {
  static constexpr napi_type_tag tag = {0x5a0e3b9c71d84f26u, 0x86c1f2e07d3a94b5u};
  static constexpr const char * name = "NativeLog";
  ListeningHandle listening;
  ExternalBytes external;
  ~LogObject();
};

using WrappedLog = Wrapped<LogObject>;

void tell(const Listening & listening, const LogLine & line) {
  const napi_env env = listening.env;
  napi_value listener = nullptr;
  napi_value hear = nullptr;
  napi_value result = nullptr;
  check(env, napi_get_reference_value(env, listening.listener, &listener));
  if (listener == nullptr) return;
  check(env, napi_get_named_property(env, listener, "hear", &hear));
  const napi_value arguments[] = {js_text(env, log_level_text(line.level)), js_text(env, line.text)};
  // lib/native/log.ts has caught what its caller throws.
  napi_call_function(env, listener, hear, 2, arguments, &result);
}

// As many lines as wait now: a listener that makes llama.cpp say more must not hold the event loop up for ever.
void deliver(Listening & listening) noexcept {
  contained(
      [&] {
        const std::shared_ptr<LogQueue> queue = listening.queue;
        for (size_t left = queue->count(); left > 0 && !listening.is_closed; left--) {
          const std::optional<LogLine> line = queue->next();
          if (!line) return;
          contained([&] { tell(listening, *line); }, [](const Failure &) {});
          clear_pending(listening.env);
        }
        if (!listening.is_closed && queue->count() > 0) {
          napi_call_threadsafe_function(listening.wake, nullptr, napi_tsfn_nonblocking);
        }
      },
      [](const Failure &) {});
}

void on_wake(napi_env env, napi_value, void * context, void *) {
  if (env == nullptr) return;
  const ListeningHandle listening = *static_cast<ListeningHandle *>(context);
  if (!listening->is_closed) deliver(*listening);
}

void on_env_closing(void * data) {
  auto * listening = static_cast<Listening *>(data);
  listening->is_closed = true;
  listening->queue->close();
}

void close(Listening & listening) {
  if (listening.is_closed) return;
  listening.is_closed = true;
  listening.queue->close();
  napi_remove_env_cleanup_hook(listening.env, on_env_closing, &listening);
  napi_delete_reference(listening.env, listening.listener);
  napi_release_threadsafe_function(listening.wake, napi_tsfn_release);
}

LogObject::~LogObject() {
  if (listening) close(*listening);
}

napi_value close_log(LogObject & object, const Call & call) {
  const ListeningHandle listening = object.listening;
  // What was said before is told first.
  if (!listening->is_closed) deliver(*listening);
  close(*listening);
  return js_undefined(call.env);
}

napi_value open_log(const Call & call) {
  const napi_env env = call.env;
  const Js listener = call.argument(0);
  if (listener.type() != napi_object) refuse(listener, {"listener"}, "an object that can hear");
  const auto lines_max = static_cast<size_t>(read_whole(call.argument(1), {"linesMax"}, {1, 1 << 20}));
  auto listening = std::make_shared<Listening>();
  listening->env = env;
  auto bridge = std::make_unique<ListeningHandle>(listening);
  check(env, napi_create_threadsafe_function(
                 env, nullptr, nullptr, js_text(env, "espalier.log"), 0, 1, nullptr,
                 [](napi_env, void *, void * context) { delete static_cast<ListeningHandle *>(context); }, bridge.get(),
                 on_wake, &listening->wake));
  bridge.release();
  napi_unref_threadsafe_function(env, listening->wake);
  const napi_threadsafe_function wake = listening->wake;
  try {
    listening->queue =
        LogQueue::open(lines_max, [wake] { napi_call_threadsafe_function(wake, nullptr, napi_tsfn_nonblocking); });
    check(env, napi_create_reference(env, listener, 0, &listening->listener));
  } catch (...) {
    if (listening->queue) listening->queue->close();
    listening->is_closed = true;
    napi_release_threadsafe_function(wake, napi_tsfn_release);
    throw;
  }
  // Hooks run last in, first out: this one closes the queue before Node closes the wake function.
  napi_add_env_cleanup_hook(env, on_env_closing, listening.get());
  // From here on the object closes it, also where it can't be handed out.
  auto object = std::make_unique<LogObject>();
  object->listening = std::move(listening);
  return WrappedLog::make(env, std::move(object));
}

}  // namespace

std::shared_ptr<LogQueue> read_log(Js value, const Path & path) {
  if (value.is_null() || value.is_undefined()) return nullptr;
  const LogObject * object = WrappedLog::find(value);
  if (object == nullptr) refuse(value, path, "what openLog gave, or null");
  return object->listening->queue;
}

void init_log(napi_env env, napi_value exports) {
  WrappedLog::define(env, {{"close", WrappedLog::call<close_log>}});
  export_function(env, exports, "openLog", entry<open_log>);
}

}  // namespace espalier
