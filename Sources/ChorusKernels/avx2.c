// SPDX-License-Identifier: Apache-2.0

#if defined(__x86_64__)

#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,bmi,bmi2,popcnt"))), apply_to = function)

#define CHORUS_HAS_BZHI
#include "core.h"
#include "tokenise_blocks.h"

// One bit for each byte of a block whose distance above `least` is below `count`.
static inline uint64_t in_range(__m256i low, __m256i high, char least, char count) {
  const __m256i base = _mm256_set1_epi8(least), last = _mm256_set1_epi8(count - 1);
  low = _mm256_sub_epi8(low, base);
  high = _mm256_sub_epi8(high, base);
  low = _mm256_cmpeq_epi8(_mm256_min_epu8(low, last), low);
  high = _mm256_cmpeq_epi8(_mm256_min_epu8(high, last), high);
  return (uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
}

static inline void classify_ascii(const uint8_t *block, block_masks *masks) {
  const __m256i small = _mm256_set1_epi8(0x20);
  __m256i low = _mm256_loadu_si256((const __m256i *)block);
  __m256i high = _mm256_loadu_si256((const __m256i *)(block + 32));
  masks->wide =
    (uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
  masks->word = in_range(_mm256_or_si256(low, small), _mm256_or_si256(high, small), 'a', 26)
    | in_range(low, high, '0', 10);
  masks->newline = in_range(low, high, '\n', 4);
}

static size_t lower_ascii(const uint8_t *source, size_t byte_count, uint8_t *target) {
  const __m256i below_a = _mm256_set1_epi8('A' - 1), above_z = _mm256_set1_epi8('Z' + 1);
  size_t i = 0;
  for (; i + 32 <= byte_count; i += 32) {
    __m256i bytes = _mm256_loadu_si256((const __m256i *)(source + i));
    if (_mm256_movemask_epi8(bytes) != 0) break;
    __m256i is_upper =
      _mm256_and_si256(_mm256_cmpgt_epi8(bytes, below_a), _mm256_cmpgt_epi8(above_z, bytes));
    __m256i lower = _mm256_or_si256(bytes, _mm256_and_si256(is_upper, _mm256_set1_epi8(0x20)));
    _mm256_storeu_si256((__m256i *)(target + i), lower);
  }
  return i + chorus_scalar_lower_ascii(source + i, byte_count - i, target + i);
}

// Four passes of 32 lanes, so that accumulators and multipliers stay in the 16 registers.
static void minimise(
  const uint64_t *shingles, size_t shingle_count, const uint32_t *multipliers, uint32_t *lanes) {
  for (size_t base = 0; base < CHORUS_LANE_COUNT; base += 32) {
    __m256i factor[4], least[4];
    for (int k = 0; k < 4; k++) {
      factor[k] = _mm256_loadu_si256((const __m256i *)(multipliers + base + 8 * k));
      least[k] = _mm256_loadu_si256((const __m256i *)(lanes + base + 8 * k));
    }
    for (size_t i = 0; i < shingle_count; i++) {
      uint32_t element = (uint32_t)(shingles[i] >> 32);
      __m256i shingle = _mm256_set1_epi32((int)(element + (element == 0)));
      for (int k = 0; k < 4; k++)
        least[k] = _mm256_min_epu32(least[k], _mm256_mullo_epi32(factor[k], shingle));
    }
    for (int k = 0; k < 4; k++) _mm256_storeu_si256((__m256i *)(lanes + base + 8 * k), least[k]);
  }
}

// The bytes ahead of a scan at which memory is asked for; beyond the last row that is all.
enum { far_ahead = 4096 };

static void agreement_4_bits(
  const uint8_t *query, const uint8_t *rows, size_t row_count, uint8_t *counts) {
  const __m256i low_nibbles = _mm256_set1_epi8(0x0F), zero = _mm256_setzero_si256();
  const __m256i first = _mm256_loadu_si256((const __m256i *)query);
  const __m256i second = _mm256_loadu_si256((const __m256i *)(query + 32));
  for (size_t i = 0; i < row_count; i++) {
    const uint8_t *row = rows + i * CHORUS_LANE_COUNT / 2;
    _mm_prefetch((const char *)((uintptr_t)row + far_ahead), _MM_HINT_T0);
    __m256i a = _mm256_xor_si256(first, _mm256_loadu_si256((const __m256i *)row));
    __m256i b = _mm256_xor_si256(second, _mm256_loadu_si256((const __m256i *)(row + 32)));
    uint32_t masks[4] = {
      (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_and_si256(a, low_nibbles), zero)),
      (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_andnot_si256(low_nibbles, a), zero)),
      (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_and_si256(b, low_nibbles), zero)),
      (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_andnot_si256(low_nibbles, b), zero)),
    };
    unsigned count = 0;
    for (int k = 0; k < 4; k++) count += (unsigned)_mm_popcnt_u32(masks[k]);
    counts[i] = (uint8_t)count;
  }
}

static void agreement_8_bits(
  const uint8_t *query, const uint8_t *rows, size_t row_count, uint8_t *counts) {
  for (size_t i = 0; i < row_count; i++) {
    const uint8_t *row = rows + i * CHORUS_LANE_COUNT;
    unsigned count = 0;
    for (size_t j = 0; j < CHORUS_LANE_COUNT; j += 32) {
      __m256i a = _mm256_loadu_si256((const __m256i *)(query + j));
      __m256i b = _mm256_loadu_si256((const __m256i *)(row + j));
      count += (unsigned)_mm_popcnt_u32((uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(a, b)));
    }
    counts[i] = (uint8_t)count;
  }
}

static void dot(
  const int8_t *query, const int8_t *rows, size_t row_count, size_t dimension, int32_t *products) {
  for (size_t i = 0; i < row_count; i++) {
    const int8_t *row = rows + i * dimension;
    __m256i sum = _mm256_setzero_si256();
    for (size_t j = 0; j < dimension; j += 16) {
      if (j % 64 == 0) _mm_prefetch((const char *)((uintptr_t)row + j + far_ahead), _MM_HINT_T0);
      __m256i a = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(query + j)));
      __m256i b = _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(row + j)));
      sum = _mm256_add_epi32(sum, _mm256_madd_epi16(a, b));
    }
    __m128i half = _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
    half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0x4E));
    half = _mm_add_epi32(half, _mm_shuffle_epi32(half, 0xB1));
    products[i] = _mm_cvtsi128_si32(half);
  }
}

#pragma clang attribute pop

const chorus_kernels chorus_avx2_kernels = {
  CHORUS_ISA_AVX2, lower_ascii, tokenise, unpack, shingle, select_anchors, minimise,
  chorus_scalar_pack, accumulate, accumulate_letters, agreement_4_bits, agreement_8_bits, dot,
};

#endif
