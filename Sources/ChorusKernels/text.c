// SPDX-License-Identifier: Apache-2.0
//
// The normaliser up to what needs all rules of Unicode, and look-ups of properties.

#include <string.h>

#include "include/chorus_kernels.h"
#include "unicode_tables.h"

chorus_class chorus_class_of(uint32_t code_point) {
  if (code_point >= 0x110000) return CHORUS_CLASS_SEPARATOR;
  return (chorus_class)(chorus_property(code_point) & CHORUS_CLASS_BITS);
}

uint32_t chorus_fold_of(uint32_t code_point) {
  if (code_point >= 0x110000) return code_point;
  uint8_t property = chorus_property(code_point);
  if (property & CHORUS_SILENT) return UINT32_MAX;
  return property & CHORUS_FOLDED ? chorus_fold(code_point) : code_point;
}

size_t chorus_code_point_length(const uint8_t *text, size_t byte_count, uint32_t *code_point) {
  return chorus_decode(text, byte_count, code_point);
}

// MARK: Normaliser

static inline void begin_starter(chorus_normaliser *at) {
  at->starter_source = at->source_offset;
  at->starter_target = at->target_count;
  at->after_mark = false;
}

static inline uint8_t property_of(uint32_t code_point) {
  // Ill-formed bytes become U+FFFD, which nothing changes or joins.
  return code_point == UINT32_MAX ? CHORUS_ACTION_STABLE : chorus_property(code_point);
}

// Whether a code point stays itself or becomes another, whatever stands before it.
static inline bool is_boundary(uint32_t code_point) {
  uint8_t property = property_of(code_point);
  unsigned action = property & CHORUS_ACTION_BITS;
  return action <= CHORUS_ACTION_MAPPED && (property & CHORUS_COMBINING) == 0;
}

static size_t stretch_end(const uint8_t *source, size_t source_count, size_t offset) {
  while (offset < source_count) {
    uint32_t code_point;
    size_t length = chorus_decode(source + offset, source_count - offset, &code_point);
    if (code_point < 0x80 || is_boundary(code_point)) break;
    offset += length;
  }
  return offset;
}

// Takes code points from U+0080 on, and ill-formed bytes, up to the next ASCII byte.
static chorus_normalise_status normalise_wide(
  const uint8_t *source, size_t source_count, chorus_normaliser *at, uint8_t *target,
  size_t target_capacity) {
  while (at->source_offset < source_count && source[at->source_offset] >= 0x80) {
    // A code point of two bytes can become one of three, an ill-formed byte becomes three.
    if (target_capacity - at->target_count < source_count - at->source_offset + 4)
      return CHORUS_NEEDS_ROOM;
    uint32_t code_point;
    const uint8_t *bytes = source + at->source_offset;
    size_t length = chorus_decode(bytes, source_count - at->source_offset, &code_point);
    if (code_point == UINT32_MAX) {
      memcpy(target + at->target_count, "\xEF\xBF\xBD", 3);
      at->source_offset += length;
      at->target_count += 3;
      at->replaced_count++;
      begin_starter(at);
      continue;
    }
    uint8_t property = chorus_property(code_point);
    unsigned action = property & CHORUS_ACTION_BITS;
    bool combines = (property & CHORUS_COMBINING) != 0;
    if (action == CHORUS_ACTION_COMPLEX || (combines && at->after_mark)) {
      at->stretch_end = stretch_end(source, source_count, at->source_offset + length);
      return CHORUS_NEEDS_FOLDER;
    }
    if (action != CHORUS_ACTION_DROPPED) {
      if (combines)
        at->after_mark = true;
      else
        begin_starter(at);
      uint8_t *output = target + at->target_count;
      if (action == CHORUS_ACTION_MAPPED) {
        uint32_t other =
          chorus_map_pages[chorus_map_page_of[code_point >> 7]][code_point & 127];
        at->target_count += chorus_encode(other, output);
      } else {
        for (size_t k = 0; k < length; k++) output[k] = bytes[k];
        at->target_count += length;
      }
    }
    at->source_offset += length;
  }
  return CHORUS_NORMALISED;
}

chorus_normalise_status chorus_normalise(
  const uint8_t *source, size_t source_count, chorus_normaliser *at, uint8_t *target,
  size_t target_capacity) {
  chorus_lower_ascii_fn lower_ascii = chorus_kernels_best()->lower_ascii;
  while (at->source_offset < source_count) {
    size_t rest = source_count - at->source_offset;
    if (target_capacity - at->target_count < rest) return CHORUS_NEEDS_ROOM;
    size_t count =
      lower_ascii(source + at->source_offset, rest, target + at->target_count);
    if (count > 0) {
      at->source_offset += count - 1;
      at->target_count += count - 1;
      begin_starter(at);
      at->source_offset++;
      at->target_count++;
    }
    chorus_normalise_status status =
      normalise_wide(source, source_count, at, target, target_capacity);
    if (status != CHORUS_NORMALISED) return status;
  }
  return CHORUS_NORMALISED;
}

void chorus_normaliser_resume(chorus_normaliser *at, size_t folded_count) {
  at->source_offset = at->stretch_end;
  at->target_count = at->starter_target + folded_count;
  begin_starter(at);
}
