// SPDX-License-Identifier: Apache-2.0
//
// From tokens to shingles, signatures, band keys and embeddings.

#include <string.h>

#include "include/chorus_kernels.h"

// The finaliser of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
static inline uint64_t mix64(uint64_t z) {
  z += 0x9E3779B97F4A7C15;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
  z = (z ^ z >> 27) * 0x94D049BB133111EB;
  return z ^ z >> 31;
}

// The finaliser of MurmurHash3 for 32 bits.
static inline uint32_t mix32(uint32_t h) {
  h = (h ^ h >> 16) * 0x85EBCA6B;
  h = (h ^ h >> 13) * 0xC2B2AE35;
  return h ^ h >> 16;
}

static const uint64_t place_factor = 0xD6E8FEB86659FD93;

size_t chorus_shingle(
  const chorus_token *tokens, size_t token_count, size_t width, uint64_t seed, uint64_t *shingles) {
  if (token_count == 0) return 0;
  size_t length = width < token_count ? width : token_count;
  size_t count = token_count - length + 1;
  for (size_t i = 0; i < count; i++) {
    uint64_t sum = seed;
    for (size_t k = 0; k < length; k++) sum = sum * place_factor + tokens[i + k].hash;
    shingles[i] = mix64(sum);
  }
  return count;
}

void chorus_pack_signature(const uint32_t *lanes, uint8_t *signature, uint32_t *band_keys) {
  uint32_t mixed[CHORUS_LANE_COUNT];
  for (size_t j = 0; j < CHORUS_LANE_COUNT; j++)
    mixed[j] = mix32(lanes[j] + (uint32_t)j * 0x9E3779B9);
  for (size_t j = 0; j < CHORUS_SIGNATURE_BYTE_COUNT; j++)
    signature[j] = (uint8_t)((mixed[2 * j] & 15) | (mixed[2 * j + 1] & 15) << 4);
  for (size_t b = 0; b < CHORUS_BAND_COUNT; b++) {
    uint32_t key = 0;
    for (size_t k = 0; k < 4; k++) key = key << 8 | mixed[4 * b + k] >> 24;
    band_keys[b] = key;
  }
}

static inline void add_feature(uint64_t feature, int32_t *sums, size_t mask) {
  sums[feature & mask] += feature >> 63 ? -1 : 1;
}

void chorus_accumulate_embedding(
  const chorus_token *tokens, size_t token_count, uint64_t seed, int32_t *sums, size_t dimension) {
  size_t mask = dimension - 1;
  for (size_t i = 0; i < token_count; i++) {
    add_feature(mix64(tokens[i].hash + seed), sums, mask);
    if (i + 1 < token_count)
      add_feature(mix64((tokens[i].hash + seed) * place_factor + tokens[i + 1].hash), sums, mask);
  }
}

void chorus_quantise_embedding(const int32_t *sums, size_t dimension, int8_t *embedding) {
  int64_t largest = 0;
  for (size_t j = 0; j < dimension; j++) {
    int64_t magnitude = sums[j] < 0 ? -(int64_t)sums[j] : sums[j];
    if (magnitude > largest) largest = magnitude;
  }
  if (largest == 0) {
    memset(embedding, 0, dimension);
    return;
  }
  for (size_t j = 0; j < dimension; j++) {
    int64_t scaled = (int64_t)sums[j] * 127 * 2;
    int64_t half = scaled < 0 ? -largest : largest;
    embedding[j] = (int8_t)((scaled + half) / (2 * largest));
  }
}
