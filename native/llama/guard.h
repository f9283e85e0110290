// Turns ggml's own assertions into C++ exceptions on threads that ask for it, so that a damaged model or a bug in
// llama.cpp ends in an error and not in the end of the process. Never used to go on as if nothing had happened: what
// was being worked on is unusable afterwards and must not be entered again.
//
// Works because ggml lets the program replace the function it calls before abort(), and because C frames between the
// assertion and our handler carry unwind tables on every platform we ship for. Assertions on ggml's own compute
// threads still abort: there is no frame of ours to unwind to.
#pragma once

#include <stdexcept>
#include <string>

#include "failure.h"
#include "llama/foreign.h"

namespace espalier {

struct GgmlAbort : std::runtime_error {
  using std::runtime_error::runtime_error;
};

namespace guard {
void enter();
void leave();
/// For ggml_set_abort_callback.
void on_abort(const char * message);
}  // namespace guard

/// Calls `work`; an assertion of ggml inside it on this thread is thrown as GgmlAbort, and an exception of llama.cpp's
/// as one of our C++ library (see foreign.h).
template <class Work>
auto guarded(Work && work) {
  struct Scope {
    Scope() { guard::enter(); }
    ~Scope() { guard::leave(); }
  } scope;
  return foreign::translated(work);
}

/// As `guarded`, and an exception of llama.cpp's own is a GgmlAbort, too: what it was working on is unusable either
/// way. A Failure of ours comes through as it is.
template <class Work>
auto into_llama(Work && work) {
  try {
    return guarded(work);
  } catch (const Failure &) {
    throw;
  } catch (const std::exception & error) {
    throw GgmlAbort(error.what());
  }
}

}  // namespace espalier
