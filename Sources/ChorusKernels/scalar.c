// SPDX-License-Identifier: Apache-2.0
//
// The definition of every kernel, kept naive on purpose: the other files are proved against it.

#include "twins.h"

size_t chorus_scalar_lower_ascii(const uint8_t *source, size_t byte_count, uint8_t *target) {
  for (size_t i = 0; i < byte_count; i++) {
    uint8_t byte = source[i];
    if (byte >= 0x80) return i;
    target[i] = byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte;
  }
  return byte_count;
}

static void minimise(
  const uint32_t *shingles, size_t shingle_count, const uint32_t *multipliers, uint32_t *lanes) {
  for (size_t i = 0; i < shingle_count; i++) {
    for (size_t j = 0; j < CHORUS_LANE_COUNT; j++) {
      uint32_t value = multipliers[j] * shingles[i];
      if (value < lanes[j]) lanes[j] = value;
    }
  }
}

static void agreement(
  const uint8_t *query, const uint8_t *rows, size_t row_count, uint8_t *counts) {
  for (size_t i = 0; i < row_count; i++) {
    const uint8_t *row = rows + i * CHORUS_SIGNATURE_BYTE_COUNT;
    unsigned count = 0;
    for (size_t j = 0; j < CHORUS_SIGNATURE_BYTE_COUNT; j++) {
      uint8_t difference = query[j] ^ row[j];
      count += (difference & 0x0F) == 0;
      count += (difference & 0xF0) == 0;
    }
    counts[i] = (uint8_t)count;
  }
}

static void dot(
  const int8_t *query, const int8_t *rows, size_t row_count, size_t dimension, int32_t *products) {
  for (size_t i = 0; i < row_count; i++) {
    const int8_t *row = rows + i * dimension;
    int32_t sum = 0;
    for (size_t j = 0; j < dimension; j++) sum += (int32_t)query[j] * (int32_t)row[j];
    products[i] = sum;
  }
}

const chorus_kernels chorus_scalar_kernels = {
  CHORUS_ISA_SCALAR, chorus_scalar_lower_ascii, minimise, agreement, dot,
};
