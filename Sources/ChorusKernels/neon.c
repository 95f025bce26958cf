// SPDX-License-Identifier: Apache-2.0

#if defined(__aarch64__)

#include <arm_neon.h>

#include "twins.h"

static size_t lower_ascii(const uint8_t *source, size_t byte_count, uint8_t *target) {
  size_t i = 0;
  for (; i + 16 <= byte_count; i += 16) {
    uint8x16_t bytes = vld1q_u8(source + i);
    if (vmaxvq_u8(bytes) >= 0x80) break;
    uint8x16_t is_upper = vcltq_u8(vsubq_u8(bytes, vdupq_n_u8('A')), vdupq_n_u8(26));
    vst1q_u8(target + i, vorrq_u8(bytes, vandq_u8(is_upper, vdupq_n_u8(0x20))));
  }
  return i + chorus_scalar_lower_ascii(source + i, byte_count - i, target + i);
}

// Four passes of 32 lanes: eight accumulators and eight multipliers of the 32 registers.
static void minimise(
  const uint32_t *shingles, size_t shingle_count, const uint32_t *multipliers, uint32_t *lanes) {
  for (size_t base = 0; base < CHORUS_LANE_COUNT; base += 32) {
    uint32x4_t factor[8], least[8];
    for (int k = 0; k < 8; k++) {
      factor[k] = vld1q_u32(multipliers + base + 4 * k);
      least[k] = vld1q_u32(lanes + base + 4 * k);
    }
    for (size_t i = 0; i < shingle_count; i++) {
      for (int k = 0; k < 8; k++)
        least[k] = vminq_u32(least[k], vmulq_n_u32(factor[k], shingles[i]));
    }
    for (int k = 0; k < 8; k++) vst1q_u32(lanes + base + 4 * k, least[k]);
  }
}

static void agreement(
  const uint8_t *query, const uint8_t *rows, size_t row_count, uint8_t *counts) {
  for (size_t i = 0; i < row_count; i++) {
    const uint8_t *row = rows + i * CHORUS_SIGNATURE_BYTE_COUNT;
    uint8x16_t equal = vdupq_n_u8(0);
    for (size_t j = 0; j < CHORUS_SIGNATURE_BYTE_COUNT; j += 16) {
      uint8x16_t difference = veorq_u8(vld1q_u8(query + j), vld1q_u8(row + j));
      equal = vsubq_u8(equal, vceqzq_u8(vandq_u8(difference, vdupq_n_u8(0x0F))));
      equal = vsubq_u8(equal, vceqzq_u8(vandq_u8(difference, vdupq_n_u8(0xF0))));
    }
    counts[i] = vaddvq_u8(equal);
  }
}

static void dot(
  const int8_t *query, const int8_t *rows, size_t row_count, size_t dimension, int32_t *products) {
  for (size_t i = 0; i < row_count; i++) {
    const int8_t *row = rows + i * dimension;
    int32x4_t sum = vdupq_n_s32(0);
    for (size_t j = 0; j < dimension; j += 16) {
      int8x16_t a = vld1q_s8(query + j), b = vld1q_s8(row + j);
      sum = vpadalq_s16(sum, vmull_s8(vget_low_s8(a), vget_low_s8(b)));
      sum = vpadalq_s16(sum, vmull_high_s8(a, b));
    }
    products[i] = vaddvq_s32(sum);
  }
}

const chorus_kernels chorus_neon_kernels = {
  CHORUS_ISA_NEON, lower_ascii, minimise, agreement, dot,
};

#endif
