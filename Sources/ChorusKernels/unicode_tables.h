// SPDX-License-Identifier: Apache-2.0
//
// The tables of unicode_tables.c, by pages of 128 code points, and how to look things up in them.

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

extern const uint16_t chorus_property_page_of[8704];
extern const uint8_t chorus_property_pages[][128];
extern const uint16_t chorus_map_page_of[8704];
extern const uint32_t chorus_map_pages[][128];
extern const uint16_t chorus_fold_page_of[8704];
extern const uint32_t chorus_fold_pages[][128];

#pragma GCC visibility pop

// The bits of a property: a chorus_class below, and above it what NFKC_Casefold does to the code
// point and what becomes of it in a token hash.
#define CHORUS_CLASS_BITS 0x07
#define CHORUS_ACTION_BITS 0x18
#define CHORUS_ACTION_STABLE 0x00   ///< stays as it is
#define CHORUS_ACTION_MAPPED 0x08   ///< becomes one other code point, whatever stands around it
#define CHORUS_ACTION_DROPPED 0x10  ///< disappears
#define CHORUS_ACTION_COMPLEX 0x18  ///< becomes several, or joins what stands before it
#define CHORUS_COMBINING 0x20       ///< stays as it is only behind a code point without this bit
#define CHORUS_FOLDED 0x40          ///< another code point stands for it in token hashes
#define CHORUS_SILENT 0x80          ///< is left out of token hashes

static inline uint8_t chorus_property(uint32_t code_point) {
  return chorus_property_pages[chorus_property_page_of[code_point >> 7]][code_point & 127];
}

static inline uint32_t chorus_fold(uint32_t code_point) {
  return chorus_fold_pages[chorus_fold_page_of[code_point >> 7]][code_point & 127];
}

// The longest beginning of the first code point in well-formed UTF-8: 1 to 4 bytes, with the code
// point in `*code_point`, or, where that is ill-formed, the bytes that one U+FFFD stands for
// (Unicode Standard, section 3.9), with UINT32_MAX. `byte_count` is at least 1.
static inline size_t chorus_decode(
  const uint8_t *text, size_t byte_count, uint32_t *code_point) {
  uint8_t lead = text[0];
  *code_point = lead;
  if (lead < 0x80) return 1;
  *code_point = UINT32_MAX;
  if (lead < 0xC2 || lead > 0xF4 || byte_count < 2) return 1;
  uint8_t least = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  uint8_t most = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (text[1] < least || text[1] > most) return 1;
  if (lead < 0xE0) {
    *code_point = (uint32_t)(lead & 0x1F) << 6 | (text[1] & 0x3F);
    return 2;
  }
  if (byte_count < 3 || (text[2] & 0xC0) != 0x80) return 2;
  uint32_t low = (uint32_t)(text[1] & 0x3F) << 6 | (text[2] & 0x3F);
  if (lead < 0xF0) {
    *code_point = (uint32_t)(lead & 0x0F) << 12 | low;
    return 3;
  }
  if (byte_count < 4 || (text[3] & 0xC0) != 0x80) return 3;
  *code_point = (uint32_t)(lead & 0x07) << 18 | low << 6 | (text[3] & 0x3F);
  return 4;
}

// Writes a code point as UTF-8 and returns its bytes.
static inline size_t chorus_encode(uint32_t code_point, uint8_t *target) {
  if (code_point < 0x80) {
    target[0] = (uint8_t)code_point;
    return 1;
  }
  size_t length = code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
  for (size_t i = length - 1; i > 0; i--, code_point >>= 6)
    target[i] = (uint8_t)(0x80 | (code_point & 0x3F));
  static const uint8_t leads[] = {0, 0, 0xC0, 0xE0, 0xF0};
  target[0] = (uint8_t)(leads[length] | code_point);
  return length;
}
