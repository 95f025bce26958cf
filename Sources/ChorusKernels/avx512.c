// SPDX-License-Identifier: Apache-2.0

#if defined(__x86_64__)

#include <immintrin.h>

#pragma clang attribute push( \
  __attribute__((target( \
    "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx512vbmi2,bmi,bmi2,popcnt"))), \
  apply_to = function)

#define CHORUS_HAS_BZHI
#define CHORUS_OWN_APPEND_OFFSETS
#define CHORUS_OWN_WRITE_PLAIN_TOKENS
#define CHORUS_OWN_UNPACK
#include "core.h"
#include "tokenise_blocks.h"

static inline void classify_ascii(const uint8_t *block, block_masks *masks) {
  __m512i bytes = _mm512_loadu_si512(block);
  __m512i letters = _mm512_or_si512(bytes, _mm512_set1_epi8(0x20));
  masks->wide = _mm512_movepi8_mask(bytes);
  masks->word =
    _mm512_cmplt_epu8_mask(_mm512_sub_epi8(letters, _mm512_set1_epi8('a')), _mm512_set1_epi8(26))
    | _mm512_cmplt_epu8_mask(_mm512_sub_epi8(bytes, _mm512_set1_epi8('0')), _mm512_set1_epi8(10));
  masks->newline =
    _mm512_cmplt_epu8_mask(_mm512_sub_epi8(bytes, _mm512_set1_epi8('\n')), _mm512_set1_epi8(4));
}

static inline size_t append_offsets(uint64_t bits, uint32_t base, uint32_t *offsets) {
  const __m512i places = _mm512_set_epi8(
    63, 62, 61, 60, 59, 58, 57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47, 46, 45, 44, 43, 42, 41, 40,
    39, 38, 37, 36, 35, 34, 33, 32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16,
    15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  const __m512i first = _mm512_set1_epi32((int)base);
  __m512i chosen = _mm512_maskz_compress_epi8(bits, places);
  size_t count = (size_t)_mm_popcnt_u64(bits);
  __m512i wide = _mm512_cvtepu8_epi32(_mm512_castsi512_si128(chosen));
  _mm512_storeu_si512(offsets, _mm512_add_epi32(wide, first));
  if (__builtin_expect(count <= 16, 1)) return count;
  wide = _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(chosen, 1));
  _mm512_storeu_si512(offsets + 16, _mm512_add_epi32(wide, first));
  if (count <= 32) return count;
  wide = _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(chosen, 2));
  _mm512_storeu_si512(offsets + 32, _mm512_add_epi32(wide, first));
  wide = _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(chosen, 3));
  _mm512_storeu_si512(offsets + 48, _mm512_add_epi32(wide, first));
  return count;
}

static inline uint64_t write_plain_tokens(
  const uint8_t *text, size_t readable, const uint32_t *starts, const uint32_t *ends,
  size_t count, chorus_token *tokens) {
  const __m512i zero = _mm512_setzero_si512(), ones = _mm512_set1_epi64(-1);
  const __m512i low_half = _mm512_set_epi64(11, 3, 10, 2, 9, 1, 8, 0);
  const __m512i high_half = _mm512_set_epi64(15, 7, 14, 6, 13, 5, 12, 4);
  const __m512i last = _mm512_set1_epi64((long long)(readable - 16));
  uint64_t odd = 0;
  // The last step may read and write up to seven tokens too many: there is room for them.
  for (size_t i = 0; i < count; i += 8) {
    __m512i flagged = _mm512_cvtepu32_epi64(_mm256_loadu_si256((const __m256i *)(starts + i)));
    __m512i end = _mm512_cvtepu32_epi64(_mm256_loadu_si256((const __m256i *)(ends + i)));
    __m512i start = _mm512_and_si512(flagged, _mm512_set1_epi64(0x7FFFFFFF));
    __m512i length = _mm512_sub_epi64(end, start);
    __mmask8 readable = _mm512_cmple_epi64_mask(start, last);
    __mmask8 is_long = _mm512_cmpgt_epi64_mask(length, _mm512_set1_epi64(16));
    odd |= (uint64_t)(uint8_t)(is_long | (uint8_t)~readable) << i;
    __m512i first = _mm512_mask_i64gather_epi64(zero, readable, start, text, 1);
    __m512i second = _mm512_mask_i64gather_epi64(zero, readable, start, text + 8, 1);
    __m512i bits = _mm512_slli_epi64(length, 3);
    __m512i beyond = _mm512_max_epi64(_mm512_sub_epi64(_mm512_set1_epi64(64), bits), zero);
    first = _mm512_and_si512(first, _mm512_srlv_epi64(ones, beyond));
    beyond = _mm512_sub_epi64(_mm512_set1_epi64(128), bits);
    second = _mm512_and_si512(second, _mm512_srlv_epi64(ones, beyond));
    __m512i hash = _mm512_add_epi64(
      _mm512_mullo_epi64(first, _mm512_set1_epi64((long long)CHORUS_HASH_FIRST)),
      _mm512_mullo_epi64(second, _mm512_set1_epi64((long long)CHORUS_HASH_SECOND)));
    hash = _mm512_mullo_epi64(
      _mm512_xor_si512(hash, _mm512_srli_epi64(hash, 32)),
      _mm512_set1_epi64((long long)CHORUS_HASH_END));
    hash = _mm512_xor_si512(hash, _mm512_srli_epi64(hash, 29));
    __m512i range = _mm512_or_si512(flagged, _mm512_slli_epi64(end, 32));
    _mm512_storeu_si512(tokens + i, _mm512_permutex2var_epi64(hash, low_half, range));
    _mm512_storeu_si512(tokens + i + 4, _mm512_permutex2var_epi64(hash, high_half, range));
  }
  return odd;
}

static inline __m512i lowered(__m512i bytes) {
  __m512i from_a = _mm512_sub_epi8(bytes, _mm512_set1_epi8('A'));
  __mmask64 upper = _mm512_cmplt_epu8_mask(from_a, _mm512_set1_epi8(26));
  return _mm512_mask_add_epi8(bytes, upper, bytes, _mm512_set1_epi8(0x20));
}

static size_t lower_ascii(const uint8_t *source, size_t byte_count, uint8_t *target) {
  size_t i = 0;
  for (; i + 64 <= byte_count; i += 64) {
    __m512i bytes = _mm512_loadu_si512(source + i);
    if (_mm512_movepi8_mask(bytes) != 0) break;
    _mm512_storeu_si512(target + i, lowered(bytes));
  }
  if (i == byte_count) return i;
  size_t rest = byte_count - i;
  __mmask64 loaded = rest >= 64 ? ~0ull : (1ull << rest) - 1;
  __m512i bytes = _mm512_maskz_loadu_epi8(loaded, source + i);
  __mmask64 not_ascii = _mm512_movepi8_mask(bytes);
  if (not_ascii != 0) {
    rest = (size_t)__builtin_ctzll(not_ascii);
    loaded = (1ull << rest) - 1;
  }
  _mm512_mask_storeu_epi8(target + i, loaded, lowered(bytes));
  return i + rest;
}

static bool unpack(
  const chorus_token *tokens, size_t token_count, uint64_t *hashes, uint32_t *line_starts,
  size_t *line_count) {
  const __m512i even = _mm512_set_epi64(14, 12, 10, 8, 6, 4, 2, 0);
  const __m512i odd = _mm512_set_epi64(15, 13, 11, 9, 7, 5, 3, 1);
  const __m512i first = _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0);
  const __m512i line_start = _mm512_set1_epi64(CHORUS_LINE_START);
  __m512i any = _mm512_setzero_si512();
  size_t lines = 0;
  for (size_t i = 0; i < token_count; i += 8) {
    size_t rest = token_count - i;
    __mmask16 words = rest < 8 ? (__mmask16)((1u << 2 * rest) - 1) : 0xFFFF;
    __m512i low = _mm512_maskz_loadu_epi64((__mmask8)words, tokens + i);
    __m512i high = _mm512_maskz_loadu_epi64((__mmask8)(words >> 8), tokens + i + 4);
    _mm512_storeu_si512(hashes + i, _mm512_permutex2var_epi64(low, even, high));
    __m512i ranges = _mm512_permutex2var_epi64(low, odd, high);
    any = _mm512_or_si512(any, ranges);
    __mmask8 starts = _mm512_test_epi64_mask(ranges, line_start);
    __m512i places = _mm512_add_epi64(first, _mm512_set1_epi64((long long)i));
    _mm256_storeu_si256(
      (__m256i *)(line_starts + lines),
      _mm512_cvtepi64_epi32(_mm512_maskz_compress_epi64(starts, places)));
    lines += (size_t)_mm_popcnt_u32(starts);
  }
  *line_count = lines;
  return _mm512_movepi64_mask(any) == 0;
}

// All 128 lanes and their multipliers stay in 16 of the 32 registers; the limit is one 32-bit
// vector multiplication a cycle.
static void minimise(
  const uint64_t *shingles, size_t shingle_count, const uint32_t *multipliers, uint32_t *lanes) {
  __m512i factor[8], least[8];
  for (int k = 0; k < 8; k++) {
    factor[k] = _mm512_loadu_si512(multipliers + 16 * k);
    least[k] = _mm512_loadu_si512(lanes + 16 * k);
  }
  for (size_t i = 0; i < shingle_count; i++) {
    uint32_t element = (uint32_t)(shingles[i] >> 32);
    __m512i shingle = _mm512_set1_epi32((int)(element + (element == 0)));
    for (int k = 0; k < 8; k++)
      least[k] = _mm512_min_epu32(least[k], _mm512_mullo_epi32(factor[k], shingle));
  }
  for (int k = 0; k < 8; k++) _mm512_storeu_si512(lanes + 16 * k, least[k]);
}

static void pack(
  const uint32_t *lanes, unsigned lane_bits, uint8_t *signature, uint32_t *band_keys) {
  const __m512i golden = _mm512_set1_epi32((int)0x9E3779B9);
  const __m512i first = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  const __m128i reversed = _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7, 0, 1, 2, 3);
  for (int k = 0; k < 8; k++) {
    __m512i lane = _mm512_add_epi32(first, _mm512_set1_epi32(16 * k));
    __m512i h = _mm512_add_epi32(
      _mm512_loadu_si512(lanes + 16 * k), _mm512_mullo_epi32(lane, golden));
    h = _mm512_mullo_epi32(
      _mm512_xor_si512(h, _mm512_srli_epi32(h, 16)), _mm512_set1_epi32((int)0x85EBCA6B));
    h = _mm512_mullo_epi32(
      _mm512_xor_si512(h, _mm512_srli_epi32(h, 13)), _mm512_set1_epi32((int)0xC2B2AE35));
    h = _mm512_xor_si512(h, _mm512_srli_epi32(h, 16));
    if (lane_bits == 8) {
      _mm_storeu_si128((__m128i *)(signature + 16 * k), _mm512_cvtepi32_epi8(h));
    } else {
      __m512i low = _mm512_and_si512(h, _mm512_set1_epi32(15));
      __m512i pairs = _mm512_or_si512(low, _mm512_srli_epi64(low, 28));
      _mm_storel_epi64((__m128i *)(signature + 8 * k), _mm512_cvtepi64_epi8(pairs));
    }
    if (k >= 4) continue;
    __m128i high = _mm512_cvtepi32_epi8(_mm512_srli_epi32(h, 24));
    _mm_storeu_si128((__m128i *)(band_keys + 4 * k), _mm_shuffle_epi8(high, reversed));
  }
}

// The bytes ahead of a scan at which memory is asked for; beyond the last row that is all.
enum { far_ahead = 4096 };

static void agreement_4_bits(
  const uint8_t *query, const uint8_t *rows, size_t row_count, uint8_t *counts) {
  const __m512i low = _mm512_set1_epi8(0x0F), high = _mm512_set1_epi8((char)0xF0);
  const __m512i wanted = _mm512_loadu_si512(query);
  for (size_t i = 0; i < row_count; i++) {
    const uint8_t *start = rows + i * CHORUS_LANE_COUNT / 2;
    _mm_prefetch((const char *)((uintptr_t)start + far_ahead), _MM_HINT_T0);
    __m512i row = _mm512_loadu_si512(start);
    __m512i difference = _mm512_xor_si512(wanted, row);
    uint64_t low_equal = _mm512_testn_epi8_mask(difference, low);
    uint64_t high_equal = _mm512_testn_epi8_mask(difference, high);
    counts[i] = (uint8_t)(_mm_popcnt_u64(low_equal) + _mm_popcnt_u64(high_equal));
  }
}

static void agreement_8_bits(
  const uint8_t *query, const uint8_t *rows, size_t row_count, uint8_t *counts) {
  const __m512i first = _mm512_loadu_si512(query), second = _mm512_loadu_si512(query + 64);
  for (size_t i = 0; i < row_count; i++) {
    const uint8_t *row = rows + i * CHORUS_LANE_COUNT;
    uint64_t low = _mm512_cmpeq_epi8_mask(first, _mm512_loadu_si512(row));
    uint64_t high = _mm512_cmpeq_epi8_mask(second, _mm512_loadu_si512(row + 64));
    counts[i] = (uint8_t)(_mm_popcnt_u64(low) + _mm_popcnt_u64(high));
  }
}

// vpdpbusd multiplies unsigned by signed bytes: the rows are shifted by 128 into the unsigned
// range, and 128 times the sum of the query is taken off again.
static inline __m512i dot_row(
  __m512i sum, const int8_t *query, const int8_t *row, size_t dimension) {
  const __m512i bias = _mm512_set1_epi8((char)0x80);
  for (size_t j = 0; j < dimension; j += 64) {
    _mm_prefetch((const char *)((uintptr_t)row + j + far_ahead), _MM_HINT_T0);
    __m512i shifted = _mm512_xor_si512(_mm512_loadu_si512(row + j), bias);
    sum = _mm512_dpbusd_epi32(sum, shifted, _mm512_loadu_si512(query + j));
  }
  return sum;
}

// The sums of sixteen vectors of sixteen numbers, by adding halves of two as one: 15 additions.
static inline __m512i sum_each(__m512i *v) {
  for (int k = 0; k < 8; k++)
    v[k] = _mm512_add_epi32(
      _mm512_unpacklo_epi32(v[k], v[k + 8]), _mm512_unpackhi_epi32(v[k], v[k + 8]));
  for (int k = 0; k < 4; k++)
    v[k] = _mm512_add_epi32(
      _mm512_unpacklo_epi64(v[k], v[k + 4]), _mm512_unpackhi_epi64(v[k], v[k + 4]));
  for (int k = 0; k < 2; k++)
    v[k] = _mm512_add_epi32(
      _mm512_shuffle_i32x4(v[k], v[k + 2], 0x88), _mm512_shuffle_i32x4(v[k], v[k + 2], 0xDD));
  __m512i sums = _mm512_add_epi32(
    _mm512_shuffle_i32x4(v[0], v[1], 0x88), _mm512_shuffle_i32x4(v[0], v[1], 0xDD));
  // The sum of vector k stands where k is with its four bits reversed.
  const __m512i reversed = _mm512_set_epi32(15, 7, 11, 3, 13, 5, 9, 1, 14, 6, 10, 2, 12, 4, 8, 0);
  return _mm512_permutexvar_epi32(reversed, sums);
}

static void dot(
  const int8_t *query, const int8_t *rows, size_t row_count, size_t dimension, int32_t *products) {
  __m512i query_sum = _mm512_setzero_si512();
  for (size_t j = 0; j < dimension; j += 64)
    query_sum = _mm512_dpbusd_epi32(
      query_sum, _mm512_set1_epi8(1), _mm512_loadu_si512(query + j));
  int32_t shift = 128 * _mm512_reduce_add_epi32(query_sum);
  size_t i = 0;
  for (; i + 16 <= row_count; i += 16) {
    __m512i sums[16];
    for (size_t k = 0; k < 16; k++)
      sums[k] = dot_row(_mm512_setzero_si512(), query, rows + (i + k) * dimension, dimension);
    __m512i all = _mm512_sub_epi32(sum_each(sums), _mm512_set1_epi32(shift));
    _mm512_storeu_si512(products + i, all);
  }
  for (; i < row_count; i++)
    products[i] = _mm512_reduce_add_epi32(
                    dot_row(_mm512_setzero_si512(), query, rows + i * dimension, dimension))
                  - shift;
}

#pragma clang attribute pop

const chorus_kernels chorus_avx512_kernels = {
  CHORUS_ISA_AVX512, lower_ascii, tokenise, unpack, shingle, select_anchors, minimise, pack,
  accumulate, accumulate_letters, agreement_4_bits, agreement_8_bits, dot,
};

#endif
