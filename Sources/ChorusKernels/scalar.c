// SPDX-License-Identifier: Apache-2.0
//
// The definition of the kernels, kept naive on purpose: the other files are proved against it.
// Those of core.h are the same on every set, and are proved by the tests' own definitions.

#include "core.h"
#include "token_hash.h"

size_t chorus_scalar_lower_ascii(const uint8_t *source, size_t byte_count, uint8_t *target) {
  for (size_t i = 0; i < byte_count; i++) {
    uint8_t byte = source[i];
    if (byte >= 0x80) return i;
    target[i] = byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte;
  }
  return byte_count;
}

// MARK: Tokens

static void append_token(
  chorus_tokeniser *tokeniser, const uint8_t *text, size_t start, size_t end, bool is_character,
  chorus_token *token) {
  token->hash = hash_folded(text + start, end - start);
  token->start = (uint32_t)start | (tokeniser->starts_line ? CHORUS_LINE_START : 0);
  token->end = (uint32_t)end | (is_character ? CHORUS_CHARACTER : 0);
  tokeniser->starts_line = false;
}

// Every visible code point is a token of its own.
static size_t take_symbols(
  const uint8_t *text, size_t byte_count, chorus_tokeniser *tokeniser, chorus_token *tokens) {
  size_t count = 0;
  while (tokeniser->offset < byte_count && count < CHORUS_TOKEN_CAPACITY) {
    uint32_t code_point;
    size_t start = tokeniser->offset;
    size_t end = start + chorus_decode(text + start, byte_count - start, &code_point);
    tokeniser->offset = end;
    if (code_point == '\n' || code_point == '\r') tokeniser->starts_line = true;
    if (code_point > ' ' && code_point != 0x7F)
      append_token(tokeniser, text, start, end, true, &tokens[count++]);
  }
  return count;
}

size_t chorus_scalar_tokenise(
  const uint8_t *text, size_t byte_count, chorus_tokeniser *tokeniser, chorus_token *tokens) {
  if (tokeniser->takes_symbols) return take_symbols(text, byte_count, tokeniser, tokens);
  size_t count = 0;
  while (tokeniser->offset < byte_count && count < CHORUS_TOKEN_CAPACITY) {
    uint32_t code_point;
    size_t start = tokeniser->offset;
    size_t end = start + chorus_decode(text + start, byte_count - start, &code_point);
    chorus_class kind = chorus_class_of(code_point);
    if (kind == CHORUS_CLASS_NEWLINE) tokeniser->starts_line = true;
    if (kind == CHORUS_CLASS_WORD || kind == CHORUS_CLASS_SINGLE) {
      // A word goes on over word characters and marks; a single character over marks only.
      while (end < byte_count) {
        size_t length = chorus_decode(text + end, byte_count - end, &code_point);
        chorus_class next = chorus_class_of(code_point);
        if (next != CHORUS_CLASS_MARK && (next != CHORUS_CLASS_WORD || kind != CHORUS_CLASS_WORD))
          break;
        end += length;
      }
      append_token(tokeniser, text, start, end, kind == CHORUS_CLASS_SINGLE, &tokens[count++]);
    }
    tokeniser->offset = end;
  }
  return count;
}

// MARK: Sketches

static void minimise(
  const uint64_t *shingles, size_t shingle_count, const uint32_t *multipliers, uint32_t *lanes) {
  for (size_t i = 0; i < shingle_count; i++) {
    uint32_t element = (uint32_t)(shingles[i] >> 32);
    if (element == 0) element = 1;
    for (size_t j = 0; j < CHORUS_LANE_COUNT; j++) {
      uint32_t value = multipliers[j] * element;
      if (value < lanes[j]) lanes[j] = value;
    }
  }
}

void chorus_scalar_pack(
  const uint32_t *lanes, unsigned lane_bits, uint8_t *signature, uint32_t *band_keys) {
  uint32_t mixed[CHORUS_LANE_COUNT];
  for (size_t j = 0; j < CHORUS_LANE_COUNT; j++)
    mixed[j] = mix32(lanes[j] + (uint32_t)j * 0x9E3779B9);
  if (lane_bits == 8) {
    for (size_t j = 0; j < CHORUS_LANE_COUNT; j++) signature[j] = (uint8_t)mixed[j];
  } else {
    for (size_t j = 0; j < CHORUS_LANE_COUNT / 2; j++)
      signature[j] = (uint8_t)((mixed[2 * j] & 15) | (mixed[2 * j + 1] & 15) << 4);
  }
  for (size_t b = 0; b < CHORUS_BAND_COUNT; b++) {
    uint32_t key = 0;
    for (size_t k = 0; k < 4; k++) key = key << 8 | mixed[4 * b + k] >> 24;
    band_keys[b] = key;
  }
}

static void agreement_4_bits(
  const uint8_t *query, const uint8_t *rows, size_t row_count, uint8_t *counts) {
  for (size_t i = 0; i < row_count; i++) {
    const uint8_t *row = rows + i * CHORUS_LANE_COUNT / 2;
    unsigned count = 0;
    for (size_t j = 0; j < CHORUS_LANE_COUNT / 2; j++) {
      uint8_t difference = query[j] ^ row[j];
      count += (difference & 0x0F) == 0;
      count += (difference & 0xF0) == 0;
    }
    counts[i] = (uint8_t)count;
  }
}

static void agreement_8_bits(
  const uint8_t *query, const uint8_t *rows, size_t row_count, uint8_t *counts) {
  for (size_t i = 0; i < row_count; i++) {
    const uint8_t *row = rows + i * CHORUS_LANE_COUNT;
    unsigned count = 0;
    for (size_t j = 0; j < CHORUS_LANE_COUNT; j++) count += query[j] == row[j];
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
  CHORUS_ISA_SCALAR, chorus_scalar_lower_ascii, chorus_scalar_tokenise, unpack, shingle,
  select_anchors, minimise, chorus_scalar_pack, accumulate, accumulate_letters, agreement_4_bits,
  agreement_8_bits, dot,
};
