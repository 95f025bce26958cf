// SPDX-License-Identifier: Apache-2.0

#if defined(__aarch64__)

#include <arm_neon.h>

#include "core.h"
#include "tokenise_blocks.h"

// One bit for each byte of four vectors that are all ones or all zeros.
static inline uint64_t bits_of(const uint8x16_t flags[4]) {
  const uint8x16_t places = vreinterpretq_u8_u64(vdupq_n_u64(0x8040201008040201));
  uint8x16_t pairs[4];
  for (int k = 0; k < 4; k++) pairs[k] = vandq_u8(flags[k], places);
  uint8x16_t sum = vpaddq_u8(vpaddq_u8(pairs[0], pairs[1]), vpaddq_u8(pairs[2], pairs[3]));
  return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(sum, sum)), 0);
}

static inline void classify_ascii(const uint8_t *block, block_masks *masks) {
  uint8x16_t word[4], newline[4], wide[4];
  for (int k = 0; k < 4; k++) {
    uint8x16_t bytes = vld1q_u8(block + 16 * k), small = vorrq_u8(bytes, vdupq_n_u8(0x20));
    wide[k] = vcgeq_u8(bytes, vdupq_n_u8(0x80));
    word[k] = vorrq_u8(
      vcltq_u8(vsubq_u8(small, vdupq_n_u8('a')), vdupq_n_u8(26)),
      vcltq_u8(vsubq_u8(bytes, vdupq_n_u8('0')), vdupq_n_u8(10)));
    newline[k] = vcltq_u8(vsubq_u8(bytes, vdupq_n_u8('\n')), vdupq_n_u8(4));
  }
  masks->word = bits_of(word);
  masks->newline = bits_of(newline);
  masks->wide = bits_of(wide);
}

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
  const uint64_t *shingles, size_t shingle_count, const uint32_t *multipliers, uint32_t *lanes) {
  for (size_t base = 0; base < CHORUS_LANE_COUNT; base += 32) {
    uint32x4_t factor[8], least[8];
    for (int k = 0; k < 8; k++) {
      factor[k] = vld1q_u32(multipliers + base + 4 * k);
      least[k] = vld1q_u32(lanes + base + 4 * k);
    }
    for (size_t i = 0; i < shingle_count; i++) {
      uint32_t element = (uint32_t)(shingles[i] >> 32);
      element += element == 0;
      for (int k = 0; k < 8; k++)
        least[k] = vminq_u32(least[k], vmulq_n_u32(factor[k], element));
    }
    for (int k = 0; k < 8; k++) vst1q_u32(lanes + base + 4 * k, least[k]);
  }
}

static void agreement_4_bits(
  const uint8_t *query, const uint8_t *rows, size_t row_count, uint8_t *counts) {
  for (size_t i = 0; i < row_count; i++) {
    const uint8_t *row = rows + i * CHORUS_LANE_COUNT / 2;
    uint8x16_t equal = vdupq_n_u8(0);
    for (size_t j = 0; j < CHORUS_LANE_COUNT / 2; j += 16) {
      uint8x16_t difference = veorq_u8(vld1q_u8(query + j), vld1q_u8(row + j));
      equal = vsubq_u8(equal, vceqzq_u8(vandq_u8(difference, vdupq_n_u8(0x0F))));
      equal = vsubq_u8(equal, vceqzq_u8(vandq_u8(difference, vdupq_n_u8(0xF0))));
    }
    counts[i] = vaddvq_u8(equal);
  }
}

static void agreement_8_bits(
  const uint8_t *query, const uint8_t *rows, size_t row_count, uint8_t *counts) {
  for (size_t i = 0; i < row_count; i++) {
    const uint8_t *row = rows + i * CHORUS_LANE_COUNT;
    uint8x16_t equal = vdupq_n_u8(0);
    for (size_t j = 0; j < CHORUS_LANE_COUNT; j += 16)
      equal = vsubq_u8(equal, vceqq_u8(vld1q_u8(query + j), vld1q_u8(row + j)));
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
  CHORUS_ISA_NEON, lower_ascii, tokenise, unpack, shingle, select_anchors, minimise,
  chorus_scalar_pack, accumulate, accumulate_letters, agreement_4_bits, agreement_8_bits, dot,
};

#endif
