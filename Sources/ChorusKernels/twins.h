// SPDX-License-Identifier: Apache-2.0
//
// The kernel table of each instruction set, for dispatch.c only, and what they share.

#pragma once

#include "include/chorus_kernels.h"

// What the sum of a run of token hashes is multiplied by for each further token.
#define CHORUS_PLACE_FACTOR 0xD6E8FEB86659FD93u

#pragma GCC visibility push(hidden)

extern const chorus_kernels chorus_scalar_kernels;
#if defined(__x86_64__)
extern const chorus_kernels chorus_avx2_kernels;
extern const chorus_kernels chorus_avx512_kernels;
#elif defined(__aarch64__)
extern const chorus_kernels chorus_neon_kernels;
#endif

// The definitions in scalar.c, which the other sets use for the ends of their input and for what
// they do no better.
size_t chorus_scalar_lower_ascii(const uint8_t *source, size_t byte_count, uint8_t *target);
size_t chorus_scalar_tokenise(
  const uint8_t *text, size_t byte_count, chorus_tokeniser *tokeniser, chorus_token *tokens);
void chorus_scalar_pack(
  const uint32_t *lanes, unsigned lane_bits, uint8_t *signature, uint32_t *band_keys);

#pragma GCC visibility pop
