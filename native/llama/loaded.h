// Which libraries the process has already loaded. Only looks: what that means for loading llama.cpp is api.cc's.
#pragma once

#include <string>
#include <vector>

namespace espalier {

/// Absolute paths of loaded libraries that call themselves ggml-base, whatever folder they came from.
std::vector<std::string> loaded_ggml_bases();

/// The path with links resolved, or the path itself where that fails.
std::string resolved_path(const std::string & path);

/// Keeps this addon in memory until the process ends: threads and callbacks of other workers may still use its code.
void pin_this_library();

}  // namespace espalier
