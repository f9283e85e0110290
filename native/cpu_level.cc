// Asks the processor itself: what compilers offer for it is missing in some of their run-time libraries.
#include "cpu_level.h"

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#include <cpuid.h>
#endif

namespace espalier {

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))

namespace {

bool has_all(unsigned bits, unsigned wanted) { return (bits & wanted) == wanted; }

// Registers whose contents the operating system keeps when it changes threads.
unsigned kept_registers() {
  unsigned low = 0;
  unsigned high = 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

}  // namespace

CpuLevel cpu_level_here() {
  constexpr unsigned ymm = 0x6;
  constexpr unsigned zmm = 0xe6;
  unsigned eax = 0;
  unsigned ebx = 0;
  unsigned ecx = 0;
  unsigned edx = 0;
  if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) == 0 || !has_all(ecx, bit_OSXSAVE | bit_AVX)) return CpuLevel::baseline;
  const unsigned kept = kept_registers();
  if (!has_all(kept, ymm) || __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) == 0) return CpuLevel::baseline;
  if (!has_all(ebx, bit_AVX2)) return CpuLevel::baseline;
  const bool is_wide = has_all(ebx, bit_AVX512F | bit_AVX512DQ | bit_AVX512BW | bit_AVX512VL) && has_all(kept, zmm);
  return is_wide ? CpuLevel::avx512 : CpuLevel::avx2;
}

#else

CpuLevel cpu_level_here() { return CpuLevel::baseline; }

#endif

}  // namespace espalier
