// See core_share.h. Decides who counts as computing, and what is left of the cores for each.
#include "core_share.h"

#include <algorithm>
#include <mutex>
#include <vector>

namespace espalier {

namespace {

using Clock = std::chrono::steady_clock;

// Between two steps of one run no other context grows, and ggml's threads go on looking for work as long as this.
constexpr auto still_working = std::chrono::milliseconds(250);

// Never destroyed: threads may outlive static destruction.
struct Process {
  std::mutex mutex;
  std::vector<const CoreShare *> shares;
};

Process & process() {
  static Process * instance = new Process();
  return *instance;
}

}  // namespace

CoreShare::CoreShare() {
  std::lock_guard<std::mutex> lock(process().mutex);
  process().shares.push_back(this);
}

CoreShare::~CoreShare() {
  std::lock_guard<std::mutex> lock(process().mutex);
  auto & shares = process().shares;
  shares.erase(std::remove(shares.begin(), shares.end(), this), shares.end());
}

void CoreShare::open(int32_t wanted, int32_t cores) {
  std::lock_guard<std::mutex> lock(process().mutex);
  wanted_ = std::max(1, wanted);
  cores_ = cores;
}

void CoreShare::work() {
  std::lock_guard<std::mutex> lock(process().mutex);
  is_working_ = true;
}

void CoreShare::rest() {
  std::lock_guard<std::mutex> lock(process().mutex);
  is_working_ = false;
  rested_ = Clock::now();
}

int32_t CoreShare::threads() const {
  std::lock_guard<std::mutex> lock(process().mutex);
  const auto now = Clock::now();
  int64_t sum = wanted_;
  bool is_alone = true;
  for (const CoreShare * other : process().shares) {
    if (other == this || !(other->is_working_ || now - other->rested_ < still_working)) continue;
    is_alone = false;
    sum += other->wanted_;
  }
  // Who is alone has what was asked for, however much; as long as there is a core for each thread, so have all.
  if (is_alone || cores_ == 0 || sum <= cores_) return wanted_;
  const int64_t to_share = std::max(1, cores_ - 1);
  return static_cast<int32_t>(std::max<int64_t>(1, wanted_ * to_share / sum));
}

}  // namespace espalier
