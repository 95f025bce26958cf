// SPDX-License-Identifier: Apache-2.0
//
// The tokeniser of the vector instruction sets: 64 bytes at a time become bit masks, masks become
// offsets, offsets become tokens. The file that includes it defines `classify_ascii`, and, when it
// knows better, `append_offsets` with CHORUS_OWN_APPEND_OFFSETS and `write_plain_tokens` with
// CHORUS_OWN_WRITE_PLAIN_TOKENS; everything is compiled for that file's instruction set.

#pragma once

#include "token_hash.h"
#include "twins.h"

// One bit for each byte of a block.
typedef struct {
  uint64_t word;       // belongs to a token
  uint64_t newline;    // ends a line
  uint64_t wide;       // is not ASCII
  uint64_t begin;      // begins a token even behind a byte that belongs to one
  uint64_t character;  // begins a token of a single character
  uint64_t folded;     // is in a code point that a token hash does not take as it is
} block_masks;

static inline void classify_ascii(const uint8_t *block, block_masks *masks);

// Bytes looked at in one call, beyond which the last block may reach.
enum { window_byte_count = CHORUS_TOKEN_CAPACITY - 72 };

typedef struct {
  uint32_t starts[CHORUS_TOKEN_CAPACITY + 32], ends[CHORUS_TOKEN_CAPACITY + 32];
  size_t start_count, end_count;
  uint64_t folded[CHORUS_TOKEN_CAPACITY / 64 + 2], characters[CHORUS_TOKEN_CAPACITY / 64 + 2];
  bool in_token, after_character;  // of the byte before the block
  uint64_t after_newline;
} token_offsets;

static inline void set_bit(uint64_t *bits, size_t place) {
  bits[place >> 6] |= 1ull << (place & 63);
}
static inline bool bit_at(const uint64_t *bits, size_t place) {
  return bits[place >> 6] >> (place & 63) & 1;
}
static inline uint64_t low_bits(size_t count) { return count >= 64 ? ~0ull : (1ull << count) - 1; }

// Puts the code points from U+0080 on into the masks. Returns the number of bytes of the block
// that were looked at: a code point that lies across its end is left to the next block.
static size_t classify_wide(
  const uint8_t *text, size_t byte_count, size_t length, token_offsets *found,
  block_masks *masks) {
  size_t character_end = found->after_character ? 0 : SIZE_MAX;
  uint64_t rest = masks->wide & low_bits(length);
  while (rest != 0) {
    size_t i = (size_t)__builtin_ctzll(rest);
    uint32_t code_point;
    size_t count = chorus_decode(text + i, byte_count - i, &code_point);
    if (i + count > length) {
      length = i;
      break;
    }
    uint64_t bits = low_bits(count) << i;
    rest &= ~bits;
    uint8_t property = code_point == UINT32_MAX ? 0 : chorus_property(code_point);
    switch (property & CHORUS_CLASS_BITS) {
    case CHORUS_CLASS_WORD: masks->word |= bits; break;
    case CHORUS_CLASS_SINGLE:
      masks->word |= bits;
      masks->begin |= 1ull << i;
      masks->character |= 1ull << i;
      character_end = i + count;
      if (character_end < 64) masks->begin |= 1ull << character_end;
      break;
    case CHORUS_CLASS_MARK:
      if (i == 0 ? !found->in_token : (masks->word >> (i - 1) & 1) == 0) continue;
      masks->word |= bits;
      if (character_end == i) {
        masks->begin &= ~(1ull << i);
        character_end = i + count;
        if (character_end < 64) masks->begin |= 1ull << character_end;
      }
      break;
    case CHORUS_CLASS_NEWLINE: masks->newline |= 1ull << i; continue;
    default: continue;
    }
    if (property & (CHORUS_FOLDED | CHORUS_SILENT)) masks->folded |= bits;
  }
  found->after_character = character_end == length;
  return length;
}

// Writes the offsets of the set bits, and more values that mean nothing: at most 64 in all. Returns
// the number of bits.
static inline size_t append_offsets(uint64_t bits, uint32_t base, uint32_t *offsets);

#ifndef CHORUS_OWN_APPEND_OFFSETS
// Eight at a time are written, needed or not, so that the
// usual number takes no branch.
static inline size_t append_offsets(uint64_t bits, uint32_t base, uint32_t *offsets) {
  size_t count = (size_t)__builtin_popcountll(bits);
  for (size_t done = 0; done < count; done += 8) {
    for (size_t k = 0; k < 8; k++) {
      offsets[done + k] = base + (uint32_t)__builtin_ctzll(bits | 1ull << 63);
      bits &= bits - 1;
    }
  }
  return count;
}
#endif

static inline void append_block(
  token_offsets *found, block_masks *masks, uint32_t base, size_t length) {
  uint64_t valid = low_bits(length), word = masks->word & valid;
  uint64_t before = word << 1 | found->in_token;
  uint64_t starts = word & (masks->begin | ~before);
  uint64_t ends = before & (masks->begin | ~word) & valid;
  // A newline runs through what follows it up to the next token, as the carry of an addition.
  uint64_t between = ~word & valid, carried, carry;
  bool over = __builtin_add_overflow(between, masks->newline & valid, &carried);
  over |= __builtin_add_overflow(carried, found->after_newline, &carried);
  carry = length == 64 ? over : carried >> length & 1;
  uint64_t line_starts = carried & starts;

  uint32_t *first = found->starts + found->start_count;
  size_t count = append_offsets(starts, base, first);
  found->end_count += append_offsets(ends, base, found->ends + found->end_count);
  for (; line_starts != 0; line_starts &= line_starts - 1) {
    uint64_t below = (line_starts & -line_starts) - 1;
    first[__builtin_popcountll(starts & below)] |= CHORUS_LINE_START;
  }
  uint64_t characters = masks->character & starts;
  for (; characters != 0; characters &= characters - 1) {
    uint64_t below = (characters & -characters) - 1;
    set_bit(found->characters, found->start_count + (size_t)__builtin_popcountll(starts & below));
  }
  uint64_t folded = masks->folded & word;
  while (folded != 0) {
    // The token of the lowest bit: the last one that starts at or before it.
    uint64_t up_to = (folded & -folded) * 2 - 1;
    size_t started = found->start_count + (size_t)__builtin_popcountll(starts & up_to);
    set_bit(found->folded, started - 1);
    uint64_t later = starts & ~up_to;
    folded &= later == 0 ? 0 : ~((later & -later) - 1);
  }
  found->start_count += count;
  found->in_token = word >> (length - 1) & 1;
  found->after_newline = carry;
}

// The end of a token that goes on at an offset, and whether it goes on in folded code points.
static size_t token_end(
  const uint8_t *text, size_t byte_count, size_t offset, bool is_character, bool *folded) {
  for (size_t length; offset < byte_count; offset += length) {
    uint32_t code_point;
    length = chorus_decode(text + offset, byte_count - offset, &code_point);
    uint8_t property = code_point == UINT32_MAX ? 0 : chorus_property(code_point);
    unsigned kind = property & CHORUS_CLASS_BITS;
    if (kind != CHORUS_CLASS_MARK && (is_character || kind != CHORUS_CLASS_WORD)) break;
    *folded |= (property & (CHORUS_FOLDED | CHORUS_SILENT)) != 0;
  }
  return offset;
}

// Writes tokens as if all were short and plain. Returns one bit for each that is not: longer than
// 16 bytes, or so near the end of what is readable that 16 bytes cannot be read.
static inline uint64_t write_plain_tokens(
  const uint8_t *text, size_t readable, const uint32_t *starts, const uint32_t *ends,
  size_t count, chorus_token *tokens);

#ifndef CHORUS_OWN_WRITE_PLAIN_TOKENS
// In steps, so that the compiler turns the mixing into vector code.
static inline uint64_t write_plain_tokens(
  const uint8_t *text, size_t readable, const uint32_t *starts, const uint32_t *ends,
  size_t count, chorus_token *tokens) {
  uint64_t first[64], second[64], odd = 0;
  for (size_t i = 0; i < count; i++) {
    size_t start = starts[i] & ~CHORUS_LINE_START, length = ends[i] - start;
    bool is_odd = length > 16 || start + 16 > readable;
    odd |= (uint64_t)is_odd << i;
    if (is_odd) start = length = 0;
    read_short(text + start, length, &first[i], &second[i]);
  }
  for (size_t i = 0; i < count; i++) first[i] = hash_finish(first[i], second[i], 0);
  for (size_t i = 0; i < count; i++) {
    tokens[i].hash = first[i];
    tokens[i].start = starts[i];
    tokens[i].end = ends[i];
  }
  return odd;
}
#endif

// Writes up to 64 tokens; `readable` is at least 16. Those that are not short and plain are
// hashed again.
static void write_tokens(
  const uint8_t *text, size_t readable, const token_offsets *found, size_t begin, size_t count,
  chorus_token *tokens) {
  const uint32_t *starts = found->starts + begin, *ends = found->ends + begin;
  uint64_t odd = write_plain_tokens(text, readable, starts, ends, count, tokens);
  odd = (odd | found->folded[begin / 64]) & low_bits(count);
  for (; odd != 0; odd &= odd - 1) {
    size_t i = (size_t)__builtin_ctzll(odd);
    size_t start = starts[i] & ~CHORUS_LINE_START, length = ends[i] - start;
    tokens[i].hash = bit_at(found->folded, begin + i)
      ? hash_folded(text + start, length) : hash_bytes(text + start, length);
  }
  uint64_t characters = found->characters[begin / 64] & low_bits(count);
  for (; characters != 0; characters &= characters - 1)
    tokens[__builtin_ctzll(characters)].end |= CHORUS_CHARACTER;
}

static void find_tokens(
  const uint8_t *text, size_t byte_count, size_t stop, chorus_tokeniser *tokeniser,
  token_offsets *found) {
  size_t offset = tokeniser->offset;
  while (offset < stop) {
    size_t length = byte_count - offset;
    block_masks masks = {0};
    if (length >= 64) {
      length = 64;
      classify_ascii(text + offset, &masks);
    } else {
      uint8_t block[64] = {0};
      memcpy(block, text + offset, length);
      classify_ascii(block, &masks);
    }
    if (found->after_character) masks.begin |= 1;
    if (masks.wide != 0)
      length = classify_wide(text + offset, byte_count - offset, length, found, &masks);
    else
      found->after_character = false;
    append_block(found, &masks, (uint32_t)offset, length);
    offset += length;
  }
  tokeniser->offset = offset;
  tokeniser->starts_line = found->after_newline;
}

// Ends the last token, or leaves it to the next call: a token is not cut where the window ends.
static void close_window(
  const uint8_t *text, size_t byte_count, chorus_tokeniser *tokeniser, token_offsets *found) {
  if (!found->in_token) return;
  size_t last = found->start_count - 1;
  if (tokeniser->offset < byte_count && last > 0) {
    tokeniser->offset = found->starts[last] & ~CHORUS_LINE_START;
    tokeniser->starts_line = (found->starts[last] & CHORUS_LINE_START) != 0;
    return;
  }
  bool folded = false;
  tokeniser->offset = token_end(
    text, byte_count, tokeniser->offset, bit_at(found->characters, last), &folded);
  if (folded) set_bit(found->folded, last);
  found->ends[found->end_count++] = (uint32_t)tokeniser->offset;
}

static size_t tokenise(
  const uint8_t *text, size_t byte_count, chorus_tokeniser *tokeniser, chorus_token *tokens) {
  if (tokeniser->takes_symbols)
    return chorus_scalar_tokenise(text, byte_count, tokeniser, tokens);
  token_offsets found;
  found.start_count = found.end_count = 0;
  found.in_token = found.after_character = false;
  found.after_newline = tokeniser->starts_line;
  size_t rest = byte_count - tokeniser->offset;
  size_t window = rest < window_byte_count ? rest : window_byte_count;
  size_t stop = tokeniser->offset + window;
  // There are at most as many tokens as bytes.
  memset(found.folded, 0, (window / 64 + 2) * sizeof *found.folded);
  memset(found.characters, 0, (window / 64 + 2) * sizeof *found.characters);
  find_tokens(text, byte_count, stop, tokeniser, &found);
  close_window(text, byte_count, tokeniser, &found);
  for (size_t i = 0; i < found.end_count; i += 64) {
    size_t count = found.end_count - i < 64 ? found.end_count - i : 64;
    if (tokeniser->readable >= 16) {
      write_tokens(text, tokeniser->readable, &found, i, count, tokens + i);
    } else {
      uint8_t padded[16] = {0};
      memcpy(padded, text, byte_count);
      write_tokens(padded, sizeof padded, &found, i, count, tokens + i);
    }
  }
  return found.end_count;
}
