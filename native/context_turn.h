// Masks of the next draws, worked out by other threads while llama.cpp computes their logits. Decides for whom that is
// worth it. While it lives nobody else may use the generations' matchers.
#pragma once

#include <functional>
#include <vector>

#include "context_live.h"

namespace espalier {

class Context::MasksAhead {
 public:
  MasksAhead(const Context & context, Ahead & ahead);
  /// What is not begun by now is left to the draws.
  ~MasksAhead();
  MasksAhead(const MasksAhead &) = delete;
  MasksAhead & operator=(const MasksAhead &) = delete;

 private:
  DrawPool & pool_;
  std::vector<Live *> wanted_;
  DrawPool::Part prepare_;
};

}  // namespace espalier
