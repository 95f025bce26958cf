// SPDX-License-Identifier: Apache-2.0
//
// The tables of unicode_tables.c: properties by pages of 128 code points, and homoglyphs sorted
// by code point.

#pragma once

#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden)

typedef struct {
  uint32_t code_point;
  uint8_t letter;
} chorus_confusable;

extern const uint16_t chorus_page_of[8704];
extern const uint8_t chorus_pages[][128];
extern const size_t chorus_confusable_count;
extern const chorus_confusable chorus_confusables[];

#pragma GCC visibility pop
