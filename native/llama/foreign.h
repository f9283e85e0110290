// llama.cpp's exceptions where it was built with another C++ library than the addon, as is so for the prebuilt addons:
// such an exception matches no handler by type, and on Windows it passes by every handler. Decides what it becomes:
// bad_alloc, or a runtime_error with its words. Exceptions of our own come through as they are; none is swallowed.
#pragma once

#include <exception>
#include <type_traits>
#include <utility>

namespace espalier::foreign {

/// Inside a handler for anything: throws what it holds as an exception of ours.
[[noreturn]] void rethrow();

/// Calls `work(self)`; an exception of Microsoft's C++ library, which no handler of ours would see, is thrown as ours.
/// Frames of ours between the two are left without destructors: `work` should hold nothing but calls of llama.cpp.
void call(void (*work)(void *), void * self);

/// Calls `work`, which may throw exceptions of either library, and throws ours alone.
template <class Work>
auto translated(Work && work) {
  try {
#if defined(_WIN32) && !defined(_MSC_VER)
    using Result = decltype(work());
    if constexpr (std::is_void_v<Result>) {
      call([](void * self) { (*static_cast<std::remove_reference_t<Work> *>(self))(); }, &work);
    } else {
      struct Bound {
        std::remove_reference_t<Work> & work;
        Result result;
      } bound{work, {}};
      call(
          [](void * self) {
            auto & to = *static_cast<Bound *>(self);
            to.result = to.work();
          },
          &bound);
      return std::move(bound.result);
    }
#else
    return work();
#endif
  } catch (const std::exception &) {
    throw;
  } catch (...) {
    rethrow();
  }
}

}  // namespace espalier::foreign
