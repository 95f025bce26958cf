// SPDX-License-Identifier: Apache-2.0
//
// Checks JSON values byte by byte, without keeping anything.
//
// simdjson On Demand does not look inside the values it skips; this does, so that a line with a
// broken value is refused even when nobody asked for that value. Control characters and UTF-8 are
// left to simdjson, which has checked the whole line before.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace chorus {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the first byte is the lowest");

/// Returns a word whose top bits mark the bytes of `word` equal to `byte`. The lowest mark is
/// exact; those above it may be wrong.
inline uint64_t equal_bytes(uint64_t word, uint8_t byte) noexcept {
  const uint64_t ones = 0x0101010101010101;
  const uint64_t difference = word ^ (ones * byte);
  return (difference - ones) & ~difference & (ones << 7);
}

/// Returns the first quote or backslash from `at` on, or `end`.
inline const uint8_t *skip_plain(const uint8_t *at, const uint8_t *end) noexcept {
  while (end - at >= 8) {
    uint64_t word;
    memcpy(&word, at, sizeof(word));
    const uint64_t marks = equal_bytes(word, '"') | equal_bytes(word, '\\');
    if (marks != 0) return at + __builtin_ctzll(marks) / 8;
    at += sizeof(word);
  }
  while (at < end && *at != '"' && *at != '\\') at++;
  return at;
}

/// Returns the first byte from `at` on that is not JSON white space.
inline const uint8_t *skip_space(const uint8_t *at, const uint8_t *end) noexcept {
  while (at < end && (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n')) at++;
  return at;
}

/// Returns the end of the string whose opening quote is at `at`, or null. The halves of surrogate
/// pairs are not matched up: by the grammar alone a lone one is a legal escape.
const uint8_t *string_end(const uint8_t *at, const uint8_t *end) noexcept;

/// Returns the end of the number at `at`, or null. Any number of digits is a number.
const uint8_t *number_end(const uint8_t *at, const uint8_t *end) noexcept;

/// Returns the end of `true`, `false` or `null` at `at`, or null.
const uint8_t *literal_end(const uint8_t *at, const uint8_t *end) noexcept;

/// Returns the end of the value at `at`, of any kind, or null when it is not JSON or nests too
/// deep.
const uint8_t *value_end(const uint8_t *at, const uint8_t *end) noexcept;

/// Returns whether a comma or a closing bracket comes next.
bool is_followed_by_separator(const uint8_t *at, const uint8_t *end) noexcept;

}  // namespace chorus
