// SPDX-License-Identifier: Apache-2.0
//
// What exact scores need beside the kernels: sets of shingles, and numbers for a matrix product.

#include "include/chorus_kernels.h"

// MARK: Sets of shingles

static inline uint32_t element_of(uint64_t shingle) {
  uint32_t element = (uint32_t)(shingle >> 32);
  return element + (element == 0);
}

enum { fan_bits = 10, fan_count = 1 << fan_bits, crowd = 24 };

size_t chorus_distinct_elements(
  const uint64_t *shingles, size_t shingle_count, uint64_t *scratch, uint32_t *elements) {
  if (shingle_count == 0) return 0;
  // Hashes spread evenly over as many buckets as there are elements, or 1024.
  unsigned bits = 1;
  while (bits < fan_bits && (size_t)1 << bits < shingle_count) bits++;
  unsigned shift = 32 - bits;
  uint32_t starts[fan_count + 1] = {0};
  for (size_t i = 0; i < shingle_count; i++) starts[(element_of(shingles[i]) >> shift) + 1]++;
  uint32_t most = 0;
  for (size_t b = 1; b <= (size_t)1 << bits; b++) {
    if (starts[b] > most) most = starts[b];
    starts[b] += starts[b - 1];
  }
  if (most <= crowd) {
    for (size_t i = 0; i < shingle_count; i++) {
      uint32_t element = element_of(shingles[i]);
      elements[starts[element >> shift]++] = element;
    }
    for (size_t i = 1; i < shingle_count; i++) {
      uint32_t element = elements[i];
      size_t j = i;
      for (; j > 0 && elements[j - 1] > element; j--) elements[j] = elements[j - 1];
      elements[j] = element;
    }
  } else {
    // Many elements, many equal ones, or made to crowd: three digits, whatever they are.
    uint32_t *other = (uint32_t *)scratch;
    for (size_t i = 0; i < shingle_count; i++) other[i] = element_of(shingles[i]);
    uint32_t *source = other, *target = elements;
    for (unsigned digit = 0; digit < 33; digit += 11) {
      uint32_t counts[1 << 11] = {0};
      for (size_t i = 0; i < shingle_count; i++) counts[source[i] >> digit & 0x7FF]++;
      uint32_t sum = 0;
      for (size_t d = 0; d < 1 << 11; d++) {
        uint32_t held = counts[d];
        counts[d] = sum;
        sum += held;
      }
      for (size_t i = 0; i < shingle_count; i++)
        target[counts[source[i] >> digit & 0x7FF]++] = source[i];
      uint32_t *swapped = source;
      source = target;
      target = swapped;
    }
    // After three passes the order is in `elements`.
  }
  size_t kept = 1;
  for (size_t i = 1; i < shingle_count; i++)
    if (elements[i] != elements[kept - 1]) elements[kept++] = elements[i];
  return kept;
}

size_t chorus_count_shared(
  const uint32_t *first, size_t first_count, const uint32_t *second, size_t second_count) {
  size_t i = 0, j = 0, shared = 0;
  // Without a branch on the elements, which no CPU could foretell.
  while (i < first_count && j < second_count) {
    uint32_t a = first[i], b = second[j];
    shared += a == b;
    i += a <= b;
    j += b <= a;
  }
  return shared;
}

// MARK: Numbers

void chorus_bytes_to_floats(const int8_t *bytes, size_t count, float *values) {
  for (size_t i = 0; i < count; i++) values[i] = (float)bytes[i];
}

void chorus_floats_to_integers(const float *values, size_t count, int32_t *integers) {
  for (size_t i = 0; i < count; i++) integers[i] = (int32_t)values[i];
}
