// SPDX-License-Identifier: Apache-2.0
//
// Code point properties and the tokeniser. Text is normalised UTF-8; should it be malformed all
// the same, each bad byte counts as one separator and nothing is read past the end.

#include "include/chorus_kernels.h"
#include "unicode_tables.h"

uint8_t chorus_code_point_properties(uint32_t code_point) {
  if (code_point >= 0x110000) return CHORUS_CLASS_SEPARATOR;
  return chorus_pages[chorus_page_of[code_point >> 7]][code_point & 127];
}

uint8_t chorus_confusable_letter(uint32_t code_point) {
  size_t low = 0, high = chorus_confusable_count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (chorus_confusables[middle].code_point < code_point)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == chorus_confusable_count || chorus_confusables[low].code_point != code_point) return 0;
  return chorus_confusables[low].letter;
}

// Reads one code point and moves past it; a malformed sequence gives U+FFFD and moves one byte.
static inline uint32_t next_code_point(const uint8_t *text, size_t byte_count, size_t *offset) {
  size_t i = *offset;
  uint8_t lead = text[i];
  if (lead < 0x80) {
    *offset = i + 1;
    return lead;
  }
  unsigned extra = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
  if (lead < 0xC2 || lead > 0xF4 || byte_count - i <= extra) {
    *offset = i + 1;
    return 0xFFFD;
  }
  uint32_t code_point = lead & (0x3F >> extra);
  for (unsigned k = 1; k <= extra; k++) {
    if ((text[i + k] & 0xC0) != 0x80) {
      *offset = i + 1;
      return 0xFFFD;
    }
    code_point = code_point << 6 | (text[i + k] & 0x3F);
  }
  *offset = i + extra + 1;
  return code_point;
}

size_t chorus_stable_prefix(const uint8_t *text, size_t byte_count) {
  size_t offset = 0;
  while (offset < byte_count) {
    size_t next = offset;
    uint32_t code_point = next_code_point(text, byte_count, &next);
    if ((chorus_code_point_properties(code_point) & CHORUS_STABLE) == 0) return offset;
    offset = next;
  }
  return byte_count;
}

// MARK: Token hashes

static inline uint64_t fold_multiply(uint64_t a, uint64_t b) {
  __uint128_t product = (__uint128_t)a * b;
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static const uint64_t hash_start = 0x9E3779B97F4A7C15, hash_step = 0xD6E8FEB86659FD93,
                      hash_end = 0xA0761D6478BD642F;

// Takes bytes eight at a time, little-endian; a final short word is padded with zeros and the
// byte count goes into the last step, so that no two byte strings share their words by padding.
typedef struct {
  uint64_t state, word;
  size_t byte_count;
} token_hasher;

static inline void hasher_add(token_hasher *hasher, uint8_t byte) {
  hasher->word |= (uint64_t)byte << (8 * (hasher->byte_count & 7));
  if ((++hasher->byte_count & 7) == 0) {
    hasher->state = fold_multiply(hasher->state ^ hasher->word, hash_step);
    hasher->word = 0;
  }
}

static inline uint64_t hasher_finish(const token_hasher *hasher) {
  uint64_t state = fold_multiply(hasher->state ^ hasher->word, hash_step);
  return fold_multiply(state ^ hasher->byte_count, hash_end);
}

static uint64_t hash_bytes(const uint8_t *bytes, size_t count) {
  token_hasher hasher = {hash_start, 0, 0};
  for (size_t i = 0; i < count; i++) hasher_add(&hasher, bytes[i]);
  return hasher_finish(&hasher);
}

// Homoglyphs become the letters they look like when the token would otherwise mix them with ASCII
// letters, or when every letter of it has a look-alike; an honest word of another script keeps
// its letters unless all of them look Latin, and then it does so in every prompt alike.
static uint64_t hash_token(const uint8_t *bytes, size_t count) {
  bool has_ascii_letter = false, has_confusable = false, has_other = false;
  for (size_t i = 0; i < count;) {
    uint32_t code_point = next_code_point(bytes, count, &i);
    if (code_point < 0x80)
      has_ascii_letter |= code_point >= 'a';
    else if (chorus_confusable_letter(code_point) != 0)
      has_confusable = true;
    else
      has_other = true;
  }
  if (!has_confusable || (has_other && !has_ascii_letter)) return hash_bytes(bytes, count);
  token_hasher hasher = {hash_start, 0, 0};
  for (size_t i = 0; i < count;) {
    size_t start = i;
    uint8_t letter = chorus_confusable_letter(next_code_point(bytes, count, &i));
    if (letter != 0) {
      hasher_add(&hasher, letter);
    } else {
      for (size_t k = start; k < i; k++) hasher_add(&hasher, bytes[k]);
    }
  }
  return hasher_finish(&hasher);
}

// MARK: Tokeniser

// One bit for each ASCII byte that belongs to a word: 0-9, A-Z, a-z.
static const uint64_t ascii_word[2] = {0x03FF000000000000, 0x07FFFFFE07FFFFFE};

static inline bool is_ascii_word(uint8_t byte) { return ascii_word[byte >> 6] >> (byte & 63) & 1; }

typedef struct {
  const uint8_t *text;
  chorus_token *tokens;
  size_t token_count;
  bool line_starts;
} token_sink;

static inline void emit(token_sink *sink, size_t start, size_t end, bool ascii) {
  chorus_token *token = &sink->tokens[sink->token_count++];
  size_t count = end - start;
  token->hash =
    ascii ? hash_bytes(sink->text + start, count) : hash_token(sink->text + start, count);
  token->start = (uint32_t)start | (sink->line_starts ? CHORUS_LINE_START : 0);
  token->end = (uint32_t)end;
  sink->line_starts = false;
}

// The fallback for a text without letters: every visible code point is a token.
static size_t tokenise_symbols(const uint8_t *text, size_t byte_count, chorus_token *tokens) {
  token_sink sink = {text, tokens, 0, true};
  for (size_t i = 0; i < byte_count;) {
    size_t start = i;
    uint32_t code_point = next_code_point(text, byte_count, &i);
    if (code_point == '\n' || code_point == '\r') sink.line_starts = true;
    if (code_point > ' ' && code_point != 0x7F) emit(&sink, start, i, i - start == 1);
  }
  return sink.token_count;
}

size_t chorus_tokenise(const uint8_t *text, size_t byte_count, chorus_token *tokens) {
  token_sink sink = {text, tokens, 0, true};
  size_t i = 0;
  while (i < byte_count) {
    uint8_t byte = text[i];
    if (byte < 0x80 && !is_ascii_word(byte)) {
      if (byte == '\n' || byte == '\r' || byte == 0x0B || byte == 0x0C) sink.line_starts = true;
      i++;
      continue;
    }
    size_t start = i;
    bool ascii = true, open = true;
    if (byte >= 0x80) {
      unsigned kind = chorus_code_point_properties(next_code_point(text, byte_count, &i)) & 7;
      if (kind == CHORUS_CLASS_NEWLINE) sink.line_starts = true;
      if (kind != CHORUS_CLASS_WORD && kind != CHORUS_CLASS_SINGLE) continue;
      ascii = false;
      open = kind == CHORUS_CLASS_WORD;
    }
    // A word goes on over word characters and marks; a single character over marks only.
    while (i < byte_count) {
      if (text[i] < 0x80) {
        if (!open || !is_ascii_word(text[i])) break;
        i++;
        continue;
      }
      size_t next = i;
      unsigned kind = chorus_code_point_properties(next_code_point(text, byte_count, &next)) & 7;
      if (kind != CHORUS_CLASS_MARK && !(open && kind == CHORUS_CLASS_WORD)) break;
      ascii = false;
      i = next;
    }
    emit(&sink, start, i, ascii);
  }
  return sink.token_count > 0 ? sink.token_count : tokenise_symbols(text, byte_count, tokens);
}
