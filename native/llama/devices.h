// What llama.cpp can compute on in this process. Decides which devices a model is spread over when the caller names
// some, a kind of backend, or none. No N-API here; any thread, once llama.cpp is open.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "llama/api.h"

namespace espalier {

enum class DeviceType { cpu, gpu, integrated, accelerator };
const char * device_type_text(DeviceType type);

struct Device {
  ggml_backend_dev_t handle;
  std::string name;         // llama.cpp's own, unique in the process: "Vulkan0"
  std::string description;  // the maker's
  std::string backend;      // "cpu", "cuda", "vulkan", "metal", ...
  std::string id;           // of the hardware, where the backend knows it; two backends may offer one device
  DeviceType type;
  uint64_t bytes;
  uint64_t bytes_free;
};

/// In llama.cpp's order. Throws Failure LLAMA_NOT_OPEN.
std::vector<Device> list_devices();

/// What a caller asked for: names, or all of one backend, or nothing (the graphics processors there are).
struct DeviceChoice {
  std::optional<std::vector<std::string>> names;
  std::string backend;  // empty: any
};

/// The devices to put a model's layers on, in order; empty: everything stays on the CPU. Throws Failure UsageError
/// DEVICE_UNKNOWN, DEVICE_TWICE, ModelError DEVICE_MISSING.
std::vector<Device> choose_devices(const DeviceChoice & choice);

}  // namespace espalier
