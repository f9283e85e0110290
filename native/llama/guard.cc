// The hook behind guarded(), see guard.h. Decides whether an assertion is ours to catch.
#include "llama/guard.h"

#include <cstdio>

namespace espalier::guard {

namespace {
thread_local int depth = 0;
}

void enter() { depth++; }
void leave() { depth--; }

void on_abort(const char * message) {
  if (depth > 0) throw GgmlAbort(message);
  // Not ours: ggml ends the process as it would have without us.
  std::fprintf(stderr, "%s\n", message);
}

}  // namespace espalier::guard
