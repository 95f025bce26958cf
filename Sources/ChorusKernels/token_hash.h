// SPDX-License-Identifier: Apache-2.0
//
// The hash of a token. Each instruction set compiles it for itself.

//
// A file that is compiled for BMI2 defines CHORUS_HAS_BZHI first.

#pragma once

#include <string.h>

#include "unicode_tables.h"

#define CHORUS_HASH_FIRST 0x9E3779B97F4A7C15u
#define CHORUS_HASH_SECOND 0xD6E8FEB86659FD93u
#define CHORUS_HASH_MORE 0xA0761D6478BD642Fu
#define CHORUS_HASH_END 0xE7037ED1A0B428DBu

// The bytes are words of eight, little-endian, the last one filled up with zeros; a folded token
// has no zero byte, so no two have the same words.
static inline uint64_t hash_word(const uint8_t *bytes, size_t count) {
  uint64_t word = 0;
  memcpy(&word, bytes, count < 8 ? count : 8);
  return word;
}

static inline uint64_t hash_finish(uint64_t first, uint64_t second, uint64_t more) {
  uint64_t hash = first * CHORUS_HASH_FIRST + second * CHORUS_HASH_SECOND + more;
  hash = (hash ^ hash >> 32) * CHORUS_HASH_END;
  return hash ^ hash >> 29;
}

static inline uint64_t hash_more(uint64_t more, uint64_t word) {
  more = (more ^ word) * CHORUS_HASH_MORE;
  return more ^ more >> 32;
}

static inline uint64_t hash_bytes(const uint8_t *bytes, size_t count) {
  uint64_t more = 0;
  for (size_t i = 16; i < count; i += 8) more = hash_more(more, hash_word(bytes + i, count - i));
  return hash_finish(
    hash_word(bytes, count), count > 8 ? hash_word(bytes + 8, count - 8) : 0, more);
}

// The two words of a token of up to 16 bytes, when 16 bytes can be read.
static inline void read_short(
  const uint8_t *bytes, size_t count, uint64_t *first, uint64_t *second) {
  memcpy(first, bytes, 8);
  memcpy(second, bytes + 8, 8);
  unsigned low = 8 * (unsigned)count, high = low < 64 ? 0 : low - 64;
#ifdef CHORUS_HAS_BZHI
  *first = _bzhi_u64(*first, low);
  *second = _bzhi_u64(*second, high);
#else
  if (low < 64) *first &= (1ull << low) - 1;
  if (high < 64) *second &= (1ull << high) - 1;
#endif
}

static inline uint64_t hash_short(const uint8_t *bytes, size_t count) {
  uint64_t first, second;
  read_short(bytes, count, &first, &second);
  return hash_finish(first, second, 0);
}

// Writes the token as it is hashed and returns its bytes; stops when `target` may be full.
static inline size_t fold_token(
  const uint8_t *bytes, size_t count, size_t *offset, uint8_t *target, size_t capacity) {
  size_t used = 0, i = *offset;
  while (i < count && used + 4 <= capacity) {
    uint32_t code_point;
    size_t length = chorus_decode(bytes + i, count - i, &code_point);
    uint8_t property = code_point < 0x80 || code_point == UINT32_MAX
      ? 0 : chorus_property(code_point);
    if (property & CHORUS_FOLDED) {
      used += chorus_encode(chorus_fold(code_point), target + used);
    } else if (!(property & CHORUS_SILENT)) {
      for (size_t k = 0; k < length; k++) target[used++] = bytes[i + k];
    }
    i += length;
  }
  *offset = i;
  return used;
}

// The hash of a token with folded or silent code points in it.
static inline uint64_t hash_folded(const uint8_t *bytes, size_t count) {
  uint8_t folded[64 + 16];
  size_t offset = 0, used = fold_token(bytes, count, &offset, folded, 64);
  if (offset == count) {
    // Filled up, so that 16 bytes can be read.
    memset(folded + used, 0, 16);
    return used <= 16 ? hash_short(folded, used) : hash_bytes(folded, used);
  }
  uint64_t first = hash_word(folded, 8), second = hash_word(folded + 8, 8), more = 0;
  size_t done = 16;
  while (true) {
    for (; done + 8 <= used; done += 8) more = hash_more(more, hash_word(folded + done, 8));
    memmove(folded, folded + done, used - done);
    used -= done;
    done = 0;
    if (offset == count) break;
    used += fold_token(bytes, count, &offset, folded + used, 64 - used);
  }
  if (used > 0) more = hash_more(more, hash_word(folded, used));
  return hash_finish(first, second, more);
}
