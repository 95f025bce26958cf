// SPDX-License-Identifier: Apache-2.0

#if defined(__x86_64__)

#include <immintrin.h>

#include "twins.h"

#pragma clang attribute push( \
  __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,bmi,bmi2,popcnt"))), \
  apply_to = function)

static size_t lower_ascii(const uint8_t *source, size_t byte_count, uint8_t *target) {
  size_t i = 0;
  while (i < byte_count) {
    size_t rest = byte_count - i;
    __mmask64 loaded = rest >= 64 ? ~0ull : (1ull << rest) - 1;
    __m512i bytes = _mm512_maskz_loadu_epi8(loaded, source + i);
    __mmask64 not_ascii = _mm512_movepi8_mask(bytes);
    __mmask64 stored = loaded;
    if (not_ascii != 0) stored &= (1ull << __builtin_ctzll(not_ascii)) - 1;
    __m512i from_a = _mm512_sub_epi8(bytes, _mm512_set1_epi8('A'));
    __mmask64 upper = _mm512_cmplt_epu8_mask(from_a, _mm512_set1_epi8(26));
    __m512i lower = _mm512_mask_add_epi8(bytes, upper, bytes, _mm512_set1_epi8(0x20));
    _mm512_mask_storeu_epi8(target + i, stored, lower);
    if (not_ascii != 0) return i + (size_t)__builtin_ctzll(not_ascii);
    i += 64;
  }
  return byte_count;
}

// All 128 lanes and their multipliers stay in 16 of the 32 registers; the limit is one 32-bit
// vector multiplication a cycle.
static void minimise(
  const uint32_t *shingles, size_t shingle_count, const uint32_t *multipliers, uint32_t *lanes) {
  __m512i factor[8], least[8];
  for (int k = 0; k < 8; k++) {
    factor[k] = _mm512_loadu_si512(multipliers + 16 * k);
    least[k] = _mm512_loadu_si512(lanes + 16 * k);
  }
  for (size_t i = 0; i < shingle_count; i++) {
    __m512i shingle = _mm512_set1_epi32((int)shingles[i]);
    for (int k = 0; k < 8; k++)
      least[k] = _mm512_min_epu32(least[k], _mm512_mullo_epi32(factor[k], shingle));
  }
  for (int k = 0; k < 8; k++) _mm512_storeu_si512(lanes + 16 * k, least[k]);
}

static void agreement(
  const uint8_t *query, const uint8_t *rows, size_t row_count, uint8_t *counts) {
  const __m512i low = _mm512_set1_epi8(0x0F), high = _mm512_set1_epi8((char)0xF0);
  const __m512i wanted = _mm512_loadu_si512(query);
  for (size_t i = 0; i < row_count; i++) {
    __m512i row = _mm512_loadu_si512(rows + i * CHORUS_SIGNATURE_BYTE_COUNT);
    __m512i difference = _mm512_xor_si512(wanted, row);
    uint64_t low_equal = _mm512_testn_epi8_mask(difference, low);
    uint64_t high_equal = _mm512_testn_epi8_mask(difference, high);
    counts[i] = (uint8_t)(_mm_popcnt_u64(low_equal) + _mm_popcnt_u64(high_equal));
  }
}

// vpdpbusd multiplies unsigned by signed bytes: the query is shifted by 128 into the unsigned
// range, and 128 times the sum of the row, computed the same way, is taken off again.
static void dot(
  const int8_t *query, const int8_t *rows, size_t row_count, size_t dimension, int32_t *products) {
  const __m512i bias = _mm512_set1_epi8((char)0x80);
  for (size_t i = 0; i < row_count; i++) {
    const int8_t *row = rows + i * dimension;
    __m512i sum = _mm512_setzero_si512(), row_sum = _mm512_setzero_si512();
    for (size_t j = 0; j < dimension; j += 64) {
      __m512i a = _mm512_xor_si512(_mm512_loadu_si512(query + j), bias);
      __m512i b = _mm512_loadu_si512(row + j);
      sum = _mm512_dpbusd_epi32(sum, a, b);
      row_sum = _mm512_dpbusd_epi32(row_sum, bias, b);
    }
    products[i] = _mm512_reduce_add_epi32(_mm512_sub_epi32(sum, row_sum));
  }
}

#pragma clang attribute pop

const chorus_kernels chorus_avx512_kernels = {
  CHORUS_ISA_AVX512, lower_ascii, minimise, agreement, dot,
};

#endif
