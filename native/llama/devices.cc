// See devices.h. Decides the names callers use for llama.cpp's backends.
#include "llama/devices.h"

#include <algorithm>

#include "llama/guard.h"

namespace espalier {

namespace {

std::string text_of(const char * text) { return text == nullptr ? std::string() : std::string(text); }

DeviceType type_of(enum ggml_backend_dev_type type) {
  switch (type) {
    case GGML_BACKEND_DEVICE_TYPE_CPU: return DeviceType::cpu;
    case GGML_BACKEND_DEVICE_TYPE_IGPU: return DeviceType::integrated;
    case GGML_BACKEND_DEVICE_TYPE_ACCEL: return DeviceType::accelerator;
    default: return DeviceType::gpu;
  }
}

// ggml's names of backends are for people; callers write them in small letters.
std::string backend_of(ggml_backend_dev_t device) {
  std::string name = text_of(llama().ggml_backend_reg_name(llama().ggml_backend_dev_backend_reg(device)));
  for (char & letter : name) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return name == "mtl" ? "metal" : name;
}

Device device_of(ggml_backend_dev_t handle) {
  ggml_backend_dev_props facts = {};
  guarded([&] { llama().ggml_backend_dev_get_props(handle, &facts); });
  return {handle,
          text_of(facts.name),
          text_of(facts.description),
          backend_of(handle),
          text_of(facts.device_id),
          type_of(facts.type),
          facts.memory_total,
          facts.memory_free};
}

std::string names_of(const std::vector<Device> & devices) {
  std::string names;
  for (const Device & device : devices) names += (names.empty() ? "" : ", ") + device.name;
  return names.empty() ? "none" : names;
}

std::vector<Device> named_devices(const std::vector<Device> & all, const std::vector<std::string> & names) {
  std::vector<Device> chosen;
  for (const std::string & name : names) {
    const auto found = std::find_if(all.begin(), all.end(), [&](const Device & device) { return device.name == name; });
    if (found == all.end()) {
      throw Failure("UsageError", "DEVICE_UNKNOWN",
                    "devices names \"" + name + "\"; the devices here are: " + names_of(all) + ".");
    }
    if (std::count(names.begin(), names.end(), name) > 1) {
      throw Failure("UsageError", "DEVICE_TWICE", "devices names \"" + name + "\" twice; expected once.");
    }
    if (found->type != DeviceType::cpu) chosen.push_back(*found);
  }
  return chosen;
}

}  // namespace

const char * device_type_text(DeviceType type) {
  switch (type) {
    case DeviceType::cpu: return "cpu";
    case DeviceType::gpu: return "gpu";
    case DeviceType::integrated: return "integrated";
    case DeviceType::accelerator: return "accelerator";
  }
  return "gpu";
}

std::vector<Device> list_devices() {
  std::vector<Device> devices;
  for (size_t i = 0; i < llama().ggml_backend_dev_count(); i++) {
    devices.push_back(device_of(llama().ggml_backend_dev_get(i)));
  }
  return devices;
}

std::vector<Device> choose_devices(const DeviceChoice & choice) {
  const std::vector<Device> all = list_devices();
  if (choice.names) return named_devices(all, *choice.names);
  std::vector<Device> chosen;
  // A processor of its own, else the one that shares the memory; each once, whichever backends offer it.
  for (const DeviceType type : {DeviceType::gpu, DeviceType::integrated}) {
    for (const Device & device : all) {
      if (device.type != type || (!choice.backend.empty() && device.backend != choice.backend)) continue;
      const bool is_known = !device.id.empty() && std::any_of(chosen.begin(), chosen.end(), [&](const Device & other) {
        return other.id == device.id;
      });
      if (!is_known) chosen.push_back(device);
    }
    if (!chosen.empty()) break;
  }
  if (chosen.empty() && !choice.backend.empty()) {
    throw Failure("ModelError", "DEVICE_MISSING",
                  "No " + choice.backend + " device was found; the devices here are: " + names_of(all) +
                      ". Install its driver, or load with gpu: \"auto\".");
  }
  return chosen;
}

}  // namespace espalier
