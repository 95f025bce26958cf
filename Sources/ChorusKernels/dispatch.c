// SPDX-License-Identifier: Apache-2.0
//
// Chooses the kernels once, by what the CPU has. The package is compiled for the lowest CPU of
// each architecture; only the functions of one instruction set's file use more.

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "twins.h"

static bool cpu_has(chorus_isa isa) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  switch (isa) {
  case CHORUS_ISA_SCALAR: return true;
  case CHORUS_ISA_AVX2:
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi")
      && __builtin_cpu_supports("bmi2")
      && __builtin_cpu_supports("popcnt");
  case CHORUS_ISA_AVX512:
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw")
      && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")
      && __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512vbmi2")
      && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2")
      && __builtin_cpu_supports("popcnt");
  default: return false;
  }
#elif defined(__aarch64__)
  return isa == CHORUS_ISA_SCALAR || isa == CHORUS_ISA_NEON;
#else
  return isa == CHORUS_ISA_SCALAR;
#endif
}

const chorus_kernels *chorus_kernels_for(chorus_isa isa) {
  if (!cpu_has(isa)) return NULL;
  switch (isa) {
  case CHORUS_ISA_SCALAR: return &chorus_scalar_kernels;
#if defined(__x86_64__)
  case CHORUS_ISA_AVX2: return &chorus_avx2_kernels;
  case CHORUS_ISA_AVX512: return &chorus_avx512_kernels;
#elif defined(__aarch64__)
  case CHORUS_ISA_NEON: return &chorus_neon_kernels;
#endif
  default: return NULL;
  }
}

const char *chorus_isa_name(chorus_isa isa) {
  static const char *const names[] = {"scalar", "neon", "avx2", "avx512"};
  return names[isa];
}

const chorus_kernels *chorus_kernels_best(void) {
  static _Atomic(const chorus_kernels *) chosen;
  const chorus_kernels *kernels = atomic_load_explicit(&chosen, memory_order_relaxed);
  if (kernels != NULL) return kernels;
  const char *wanted = getenv("CHORUS_ISA");
  for (int isa = CHORUS_ISA_AVX512; isa >= CHORUS_ISA_SCALAR; isa--) {
    const chorus_kernels *candidate = chorus_kernels_for((chorus_isa)isa);
    if (candidate == NULL) continue;
    if (kernels == NULL) kernels = candidate;
    if (wanted != NULL && strcmp(wanted, chorus_isa_name((chorus_isa)isa)) == 0) {
      kernels = candidate;
      break;
    }
  }
  atomic_store_explicit(&chosen, kernels, memory_order_relaxed);
  return kernels;
}
