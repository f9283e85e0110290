// See foreign.h. Both kinds of exceptions are read by what their platform's C++ interface fixes for all compilers: the
// header before the object thrown (Itanium), or the record of the system's exception (Microsoft).
#include "llama/foreign.h"

#include <cstdint>
#include <cstring>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>

#if defined(_LIBCPP_VERSION) && !defined(_WIN32)
#include <unwind.h>

#include <typeinfo>

// Of the Itanium interface, and not in every <cxxabi.h>: what this thread handles, the innermost exception first.
extern "C" void * __cxa_get_globals();
#endif

#if defined(_WIN32)
#include <windows.h>
#endif

namespace espalier::foreign {

namespace {

constexpr const char * no_words = "it threw an exception without words";

[[maybe_unused, noreturn]] void throw_ours(bool is_out_of_memory, const char * words) {
  if (is_out_of_memory) throw std::bad_alloc();
  throw std::runtime_error(words);
}

}  // namespace

#if defined(_LIBCPP_VERSION) && !defined(_WIN32)

namespace {

// How every Itanium runtime lays out the end of what it puts before an exception object.
struct Header {
  const std::type_info * type;
  void * before_unwinding[3];
  void * next;
  int counts[2];
  void * found[4];
  _Unwind_Exception unwinding;
};

// What libc++abi has before that, and hands out as the header's address.
constexpr size_t own_fields = sizeof(void *) + sizeof(size_t);

const Header * thrown() {
  const void * caught = nullptr;
  std::memcpy(&caught, __cxa_get_globals(), sizeof caught);
  if (caught == nullptr) return nullptr;
  return reinterpret_cast<const Header *>(static_cast<const char *>(caught) + own_fields);
}

bool is_cpp(const Header & header) { return (header.unwinding.exception_class & 0xffffffff) == 0x432b2b00; }

// Classes of the standard library whose objects begin with the table of std::exception's functions.
bool is_standard(std::string_view type) {
  for (const char * name : {"St9exception", "St11logic_error", "St12domain_error", "St12length_error",
                            "St12out_of_range", "St12system_error", "St13runtime_error", "St16invalid_argument"}) {
    if (type == name) return true;
  }
  return false;
}

const char * words_of(const Header & header) {
  using What = const char * (*)(const void *);
  const void * object = &header + 1;
  const What * functions = nullptr;
  std::memcpy(&functions, object, sizeof functions);
  return functions[2](object);
}

}  // namespace

void rethrow() {
  const Header * header = thrown();
  if (header == nullptr || !is_cpp(*header)) throw_ours(false, no_words);
  const std::string_view type = header->type->name();
  if (type.find("espalier") != std::string_view::npos) throw;
  const bool is_out_of_memory = type == "St9bad_alloc" || type == "St20bad_array_new_length";
  throw_ours(is_out_of_memory, is_standard(type) ? words_of(*header) : no_words);
}

#else

void rethrow() { throw; }

#endif

#if defined(_WIN32) && !defined(_MSC_VER)

namespace {

struct Told {
  bool is_out_of_memory;
  char words[512];
};

// Of what an exception record of Microsoft's compiler points to; offsets are from the image that threw.
struct ThrowInfo {
  uint32_t attributes, unwind, forward, types;
};
struct CatchableTypes {
  int32_t count;
  uint32_t types[1];
};
struct CatchableType {
  uint32_t properties, type;
  int32_t offset;
};
struct TypeDescriptor {
  const void * functions;
  void * spare;
  char name[1];
};

constexpr DWORD thrown_by_cpp = 0xe06d7363;

// The object lies in a frame that is gone once the exception is handled, so it is read before.
int filter(const EXCEPTION_RECORD & record, Told & told) {
  if (record.ExceptionCode != thrown_by_cpp) return EXCEPTION_CONTINUE_SEARCH;
  std::strncpy(told.words, no_words, sizeof told.words - 1);
  if (record.NumberParameters < 4 || record.ExceptionInformation[2] == 0) return EXCEPTION_EXECUTE_HANDLER;
  const auto * object = reinterpret_cast<const char *>(record.ExceptionInformation[1]);
  const auto * info = reinterpret_cast<const ThrowInfo *>(record.ExceptionInformation[2]);
  const auto * image = reinterpret_cast<const char *>(record.ExceptionInformation[3]);
  const auto * all = reinterpret_cast<const CatchableTypes *>(image + info->types);
  for (int32_t i = 0; i < all->count; i++) {
    const auto * one = reinterpret_cast<const CatchableType *>(image + all->types[i]);
    const std::string_view name = reinterpret_cast<const TypeDescriptor *>(image + one->type)->name;
    if (name == ".?AVbad_alloc@std@@") told.is_out_of_memory = true;
    if (name != ".?AVexception@std@@") continue;
    using What = const char * (*)(const void *);
    const What * functions = nullptr;
    std::memcpy(&functions, object + one->offset, sizeof functions);
    std::strncpy(told.words, functions[1](object + one->offset), sizeof told.words - 1);
  }
  return EXCEPTION_EXECUTE_HANDLER;
}

bool is_caught(void (*work)(void *), void * self, Told * told) {
  __try {
    work(self);
  } __except (filter(*GetExceptionInformation()->ExceptionRecord, *told)) {
    return true;
  }
  return false;
}

}  // namespace

void call(void (*work)(void *), void * self) {
  Told told = {};
  if (is_caught(work, self, &told)) throw_ours(told.is_out_of_memory, told.words);
}

#else

void call(void (*work)(void *), void * self) { work(self); }

#endif

}  // namespace espalier::foreign
