// SPDX-License-Identifier: Apache-2.0
//
// Kernels whose plain loops the compiler turns into vector code: each instruction set's file
// includes them and gets them compiled for itself, but for those that it does in its own way.

#pragma once

#include "mix.h"
#include "twins.h"

#ifndef CHORUS_OWN_UNPACK
static bool unpack(
  const chorus_token *tokens, size_t token_count, uint64_t *hashes, uint32_t *line_starts,
  size_t *line_count) {
  uint32_t any = 0;
  size_t lines = 0;
  for (size_t i = 0; i < token_count; i++) {
    hashes[i] = tokens[i].hash;
    any |= tokens[i].end;
    line_starts[lines] = (uint32_t)i;
    lines += (tokens[i].start & CHORUS_LINE_START) != 0;
  }
  *line_count = lines;
  return (any & CHORUS_CHARACTER) == 0;
}
#endif

static void shingle(
  const uint64_t *hashes, size_t hash_count, size_t width, uint64_t seed, unsigned shift,
  uint64_t *shingles) {
  size_t count = hash_count - width + 1;
  uint64_t start = seed, powers[16];
  for (size_t k = width; k > 0; k--) {
    powers[k - 1] = k == width ? 1 : powers[k] * CHORUS_PLACE_FACTOR;
    start *= CHORUS_PLACE_FACTOR;
  }
  // The usual widths by name, so that the inner loop is gone before the outer one is vectorised.
  if (width == 3) {
    for (size_t i = 0; i < count; i++)
      shingles[i] =
        mix64(start + hashes[i] * powers[0] + hashes[i + 1] * powers[1] + hashes[i + 2]) >> shift;
  } else if (width == 4) {
    for (size_t i = 0; i < count; i++)
      shingles[i] = mix64(
        start + hashes[i] * powers[0] + hashes[i + 1] * powers[1] + hashes[i + 2] * powers[2]
        + hashes[i + 3]) >> shift;
  } else {
    for (size_t i = 0; i < count; i++) {
      uint64_t sum = start;
      for (size_t k = 0; k < width; k++) sum += hashes[i + k] * powers[k];
      shingles[i] = mix64(sum) >> shift;
    }
  }
}

// An anchor is chosen when the greatest of the minima of the windows it is in is itself.
static size_t select_anchors(
  const uint64_t *anchors, size_t anchor_count, size_t window, uint64_t *chosen) {
  enum { part = 256, most = 16 };
  if (anchor_count < window) return 0;
  size_t written = 0, window_count = anchor_count - window + 1;
  for (size_t begin = 0; begin < anchor_count; begin += part) {
    size_t count = anchor_count - begin < part ? anchor_count - begin : part;
    // The windows that anchors of this part are in begin from `window - 1` before it on; those
    // that do not exist choose nothing.
    uint64_t minima[part + most] = {0}, greatest[part];
    size_t first = begin < window - 1 ? 0 : begin - (window - 1);
    size_t end = begin + count < window_count ? begin + count : window_count;
    uint64_t *least = minima + (first + window - 1 - begin);
    for (size_t i = first; i < end; i++) least[i - first] = anchors[i] + 1;
    for (size_t k = 1; k < window; k++)
      for (size_t i = first; i < end; i++)
        least[i - first] =
          anchors[i + k] + 1 < least[i - first] ? anchors[i + k] + 1 : least[i - first];
    for (size_t i = 0; i < count; i++) greatest[i] = minima[i];
    for (size_t k = 1; k < window; k++)
      for (size_t i = 0; i < count; i++)
        greatest[i] = minima[i + k] > greatest[i] ? minima[i + k] : greatest[i];
    for (size_t i = 0; i < count; i++) {
      chosen[written] = anchors[begin + i];
      written += greatest[i] == anchors[begin + i] + 1;
    }
  }
  return written;
}

static void accumulate(
  const uint64_t *features, size_t feature_count, int32_t weight, int32_t *sums,
  size_t dimension) {
  enum { part = 64 };
  uint64_t mask = dimension - 1;
  for (size_t begin = 0; begin < feature_count; begin += part) {
    size_t count = feature_count - begin < part ? feature_count - begin : part;
    uint64_t mixed[part];
    for (size_t i = 0; i < count; i++) mixed[i] = mix64(features[begin + i]);
    for (size_t i = 0; i < count; i++) {
      int32_t sign = -(int32_t)(mixed[i] >> 63);
      sums[mixed[i] & mask] += (weight ^ sign) - sign;
    }
  }
}

static void accumulate_letters(
  const uint32_t *code_points, size_t count, uint64_t seed, int32_t *sums, size_t dimension) {
  enum { part = 64 };
  uint64_t mask = dimension - 1;
  for (size_t begin = 0; begin + 2 < count; begin += part) {
    const uint32_t *letters = code_points + begin;
    size_t rest = count - 2 - begin, length = rest < part ? rest : part;
    uint64_t mixed[part];
    for (size_t i = 0; i < length; i++) {
      uint64_t first = letters[i], second = letters[i + 1], third = letters[i + 2];
      mixed[i] = mix64((first | second << 21 | third << 42) + seed);
    }
    for (size_t i = 0; i < length; i++) {
      int32_t sign = -(int32_t)(mixed[i] >> 63), counts = letters[i + 1] != ' ';
      sums[mixed[i] & mask] += (counts ^ sign) - sign;
    }
  }
}
