// Which libraries the process has already loaded, per operating system.
#include "llama/loaded.h"

#include <filesystem>
#include <system_error>

#if defined(_WIN32)
#include <windows.h>
#elif defined(__APPLE__)
#include <dlfcn.h>
#include <mach-o/dyld.h>
#else
#include <dlfcn.h>
#include <link.h>
#endif

namespace espalier {

std::string resolved_path(const std::string & path) {
  std::error_code failed;
  const auto real = std::filesystem::canonical(std::filesystem::u8path(path), failed);
  return failed ? path : real.u8string();
}

namespace {

// libggml-base.so, libggml-base.so.0, libggml-base.0.dylib, ggml-base.dll
[[maybe_unused]] bool is_ggml_base(const std::string & path) {
  const auto cut = path.find_last_of("/\\");
  const std::string name = cut == std::string::npos ? path : path.substr(cut + 1);
  return name.rfind("libggml-base.", 0) == 0 || name == "ggml-base.dll";
}

}  // namespace

#if defined(_WIN32)

std::vector<std::string> loaded_ggml_bases() {
  std::vector<std::string> found;
  HMODULE module = GetModuleHandleW(L"ggml-base.dll");
  if (module == nullptr) return found;
  std::wstring path(32768, L'\0');
  path.resize(GetModuleFileNameW(module, path.data(), static_cast<DWORD>(path.size())));
  found.push_back(resolved_path(std::filesystem::path(path).u8string()));
  return found;
}

void pin_this_library() {
  HMODULE module = nullptr;
  GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS,
                     reinterpret_cast<LPCWSTR>(&pin_this_library), &module);
}

#else

#if defined(__APPLE__)

std::vector<std::string> loaded_ggml_bases() {
  std::vector<std::string> found;
  for (uint32_t i = 0; i < _dyld_image_count(); i++) {
    const char * name = _dyld_get_image_name(i);
    if (name != nullptr && is_ggml_base(name)) found.push_back(resolved_path(name));
  }
  return found;
}

#else

std::vector<std::string> loaded_ggml_bases() {
  std::vector<std::string> found;
  dl_iterate_phdr(
      [](dl_phdr_info * info, size_t, void * out) {
        if (info->dlpi_name != nullptr && is_ggml_base(info->dlpi_name)) {
          static_cast<std::vector<std::string> *>(out)->push_back(resolved_path(info->dlpi_name));
        }
        return 0;
      },
      &found);
  return found;
}

#endif

void pin_this_library() {
  Dl_info info;
  if (dladdr(reinterpret_cast<void *>(&pin_this_library), &info) != 0 && info.dli_fname != nullptr) {
    dlopen(info.dli_fname, RTLD_NOW | RTLD_NODELETE);
  }
}

#endif

}  // namespace espalier
