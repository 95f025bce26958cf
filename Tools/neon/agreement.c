// SPDX-License-Identifier: Apache-2.0
//
// Runs every kernel of the best instruction set and the scalar one on the same input and compares
// what they write. Prints the set's name and exits 0, or says what differs and exits 1.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chorus_kernels.h"

enum { most = 6000 };

static const chorus_kernels *best, *scalar;
static uint64_t state = 1;
static int failures;

static uint64_t next(void) {
  state = state * 6364136223846793005ull + 1442695040888963407ull;
  return state ^ state >> 29;
}

static void expect(bool holds, const char *kernel, size_t count) {
  if (holds) return;
  printf("%s differs at %zu\n", kernel, count);
  failures++;
}

// Text of words, marks, ideographs and bytes that are no text.
static size_t make_text(uint8_t *text, size_t length) {
  static const char *const pieces[] = {
    "word", "x", " ", "\n", ", ", "0123456789abcdef01", "\xC3\xA9", "\xCC\x81", "\xD0\xBF",
    "\xE4\xBD\xA0", "\xE0\xB8\x81\xE0\xB8\xB4", "\xF0\x9F\x98\x80", "\xFF", "\xE2\x80\xA8", "A",
  };
  size_t used = 0;
  while (used + 20 < length) {
    const char *piece = pieces[next() % (sizeof pieces / sizeof *pieces)];
    memcpy(text + used, piece, strlen(piece));
    used += strlen(piece);
  }
  return used;
}

static size_t all_tokens(
  const chorus_kernels *kernels, const uint8_t *text, size_t count, chorus_token *tokens) {
  chorus_tokeniser at = {0, count, true, false};
  size_t total = 0;
  while (at.offset < count) total += kernels->tokenise(text, count, &at, tokens + total);
  return total;
}

static void compare_text(size_t length) {
  static uint8_t text[most], a[most], b[most];
  static chorus_token first[2 * most], second[2 * most];
  size_t count = make_text(text, length);
  expect(
    best->lower_ascii(text, count, a) == scalar->lower_ascii(text, count, b)
      && memcmp(a, b, scalar->lower_ascii(text, count, b)) == 0,
    "lower_ascii", count);
  size_t token_count = all_tokens(scalar, text, count, first);
  expect(
    all_tokens(best, text, count, second) == token_count
      && memcmp(first, second, token_count * sizeof *first) == 0,
    "tokenise", count);
  static uint64_t h1[2 * most], h2[2 * most];
  static uint32_t l1[2 * most], l2[2 * most];
  size_t n1 = 0, n2 = 0;
  bool same = scalar->unpack(first, token_count, h1, l1, &n1)
    == best->unpack(first, token_count, h2, l2, &n2);
  expect(
    same && n1 == n2 && memcmp(h1, h2, token_count * 8) == 0 && memcmp(l1, l2, n1 * 4) == 0,
    "unpack", token_count);
}

static void compare_numbers(size_t count) {
  static uint64_t input[most], a[most + 16], b[most + 16];
  for (size_t i = 0; i < count; i++) input[i] = next() >> (i % 7 == 0 ? 40 : 0);
  for (size_t width = 1; width <= 16 && width <= count; width++) {
    scalar->shingle(input, count, width, 5, 24, a);
    best->shingle(input, count, width, 5, 24, b);
    expect(memcmp(a, b, (count - width + 1) * 8) == 0, "shingle", count);
    size_t n = scalar->select(input, count, width, a);
    expect(
      best->select(input, count, width, b) == n && memcmp(a, b, n * 8) == 0, "select", count);
  }
  uint32_t factors[128], first[128], second[128], keys[2][16];
  uint8_t signatures[2][128];
  for (size_t j = 0; j < 128; j++) {
    factors[j] = (uint32_t)next() | 1;
    first[j] = second[j] = UINT32_MAX;
  }
  scalar->minimise(input, count, factors, first);
  best->minimise(input, count, factors, second);
  expect(memcmp(first, second, sizeof first) == 0, "minimise", count);
  for (unsigned bits = 4; bits <= 8; bits += 4) {
    scalar->pack(first, bits, signatures[0], keys[0]);
    best->pack(first, bits, signatures[1], keys[1]);
    expect(
      memcmp(signatures[0], signatures[1], 16 * bits) == 0
        && memcmp(keys[0], keys[1], sizeof keys[0]) == 0,
      "pack", bits);
  }
  int32_t sums[2][256] = {{0}};
  uint32_t letters[most];
  for (size_t i = 0; i < count; i++) letters[i] = next() % 3 == 0 ? ' ' : (uint32_t)next() >> 11;
  scalar->accumulate(input, count, 2, sums[0], 256);
  scalar->accumulate_letters(letters, count, 3, sums[0], 256);
  best->accumulate(input, count, 2, sums[1], 256);
  best->accumulate_letters(letters, count, 3, sums[1], 256);
  expect(memcmp(sums[0], sums[1], sizeof sums[0]) == 0, "accumulate", count);
}

static void compare_rows(void) {
  static uint8_t rows[64 * 128], counts[2][64];
  static int32_t products[2][64];
  for (size_t i = 0; i < sizeof rows; i++) rows[i] = (uint8_t)(next() % 5 == 0 ? next() : 7);
  scalar->agreement_4_bits(rows, rows, 64, counts[0]);
  best->agreement_4_bits(rows, rows, 64, counts[1]);
  expect(memcmp(counts[0], counts[1], 64) == 0, "agreement_4_bits", 64);
  scalar->agreement_8_bits(rows, rows, 64, counts[0]);
  best->agreement_8_bits(rows, rows, 64, counts[1]);
  expect(memcmp(counts[0], counts[1], 64) == 0, "agreement_8_bits", 64);
  scalar->dot((int8_t *)rows, (int8_t *)rows, 64, 128, products[0]);
  best->dot((int8_t *)rows, (int8_t *)rows, 64, 128, products[1]);
  expect(memcmp(products[0], products[1], sizeof products[0]) == 0, "dot", 64);
}

int main(void) {
  best = chorus_kernels_best();
  scalar = chorus_kernels_for(CHORUS_ISA_SCALAR);
  if (best == scalar) {
    printf("there is no instruction set but the scalar one\n");
    return 1;
  }
  for (size_t round = 0; round < 400; round++) {
    compare_text(round < 200 ? round + 20 : (size_t)(next() % most));
    compare_numbers(round < 130 ? round : (size_t)(next() % 700));
    compare_rows();
  }
  printf("%s: %s\n", chorus_isa_name(best->isa), failures == 0 ? "agrees" : "differs");
  return failures != 0;
}
