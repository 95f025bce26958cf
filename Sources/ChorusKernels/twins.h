// SPDX-License-Identifier: Apache-2.0
//
// The kernel table of each instruction set, for dispatch.c only.

#pragma once

#include "include/chorus_kernels.h"

#pragma GCC visibility push(hidden)

extern const chorus_kernels chorus_scalar_kernels;
#if defined(__x86_64__)
extern const chorus_kernels chorus_avx2_kernels;
extern const chorus_kernels chorus_avx512_kernels;
#elif defined(__aarch64__)
extern const chorus_kernels chorus_neon_kernels;
#endif

// The definitions in scalar.c, which the other sets use for the ends of their input.
size_t chorus_scalar_lower_ascii(const uint8_t *source, size_t byte_count, uint8_t *target);

#pragma GCC visibility pop
