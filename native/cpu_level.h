// Which vector instructions this processor, and the operating system on it, can be given. Never changes a result: every
// level computes the same bits.
#pragma once

namespace espalier {

/// Each holds those before it. What an architecture always has, NEON for one, is its baseline.
enum class CpuLevel { baseline, avx2, avx512 };

/// The highest one.
CpuLevel cpu_level_here();

}  // namespace espalier
