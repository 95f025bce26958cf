// SPDX-License-Identifier: Apache-2.0

#include "json_syntax.h"

#include <bitset>
#include <cstring>

#include "csimdjson.h"

namespace chorus {

namespace {

bool is_digit(uint8_t byte) noexcept { return byte >= '0' && byte <= '9'; }

bool is_hex(uint8_t byte) noexcept {
  return is_digit(byte) || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F');
}

/// Returns the end of the escape whose backslash is at `at`, or null.
const uint8_t *escape_end(const uint8_t *at, const uint8_t *end) noexcept {
  if (end - at < 2) return nullptr;
  if (at[1] != 'u') return at[1] != 0 && strchr("\"\\/bfnrt", at[1]) ? at + 2 : nullptr;
  if (end - at < 6) return nullptr;
  for (int place = 2; place < 6; place++) {
    if (!is_hex(at[place])) return nullptr;
  }
  return at + 6;
}

/// Returns the end of a run of digits, or null when there is none.
const uint8_t *digits_end(const uint8_t *at, const uint8_t *end) noexcept {
  if (at == end || !is_digit(*at)) return nullptr;
  while (at < end && is_digit(*at)) at++;
  return at;
}

/// Returns the end of a value without brackets, or null.
const uint8_t *scalar_end(const uint8_t *at, const uint8_t *end) noexcept {
  if (at == end) return nullptr;
  if (*at == '"') return string_end(at, end);
  if (*at == '-' || is_digit(*at)) return number_end(at, end);
  return literal_end(at, end);
}

/// Walks a value with a stack of one bit for each open bracket: set for an object.
class Walk {
 public:
  Walk(const uint8_t *at, const uint8_t *end) noexcept : at(at), end(end) {}

  const uint8_t *run() noexcept {
    while (true) {
      if (!begin_value()) return nullptr;
      if (is_open) continue;
      if (!finish_value()) return nullptr;
      if (depth == 0) return at;
    }
  }

 private:
  /// Reads a scalar, an empty container, or the start of a container up to its first value.
  bool begin_value() noexcept {
    is_open = false;
    at = skip_space(at, end);
    if (at == end) return false;
    if (*at != '{' && *at != '[') {
      at = scalar_end(at, end);
      return at != nullptr;
    }
    if (depth == CHORUS_JSON_MAXIMUM_DEPTH) return false;
    const bool is_object = *at == '{';
    at = skip_space(at + 1, end);
    if (at == end) return false;
    if (*at == (is_object ? '}' : ']')) {
      at++;
      return true;
    }
    stack[depth++] = is_object;
    is_open = true;
    return !is_object || read_key();
  }

  /// Reads closing brackets, and the comma before the next value if one is due.
  bool finish_value() noexcept {
    while (depth > 0) {
      at = skip_space(at, end);
      if (at == end) return false;
      const bool is_object = stack[depth - 1];
      const uint8_t byte = *at++;
      if (byte == ',') return !is_object || read_key();
      if (byte != (is_object ? '}' : ']')) return false;
      depth--;
    }
    return true;
  }

  bool read_key() noexcept {
    at = skip_space(at, end);
    if (at == end || *at != '"') return false;
    at = string_end(at, end);
    if (at == nullptr) return false;
    at = skip_space(at, end);
    return at < end && *at++ == ':';
  }

  const uint8_t *at;
  const uint8_t *const end;
  std::bitset<CHORUS_JSON_MAXIMUM_DEPTH> stack;
  size_t depth = 0;
  bool is_open = false;
};

}  // namespace

const uint8_t *string_end(const uint8_t *at, const uint8_t *end) noexcept {
  at++;
  while (true) {
    at = skip_plain(at, end);
    if (at == end) return nullptr;
    if (*at == '"') return at + 1;
    at = escape_end(at, end);
    if (at == nullptr) return nullptr;
  }
}

const uint8_t *number_end(const uint8_t *at, const uint8_t *end) noexcept {
  if (at < end && *at == '-') at++;
  const uint8_t *const first = at;
  at = digits_end(at, end);
  if (at == nullptr || (*first == '0' && at - first > 1)) return nullptr;
  if (at < end && *at == '.') {
    at = digits_end(at + 1, end);
    if (at == nullptr) return nullptr;
  }
  if (at < end && (*at == 'e' || *at == 'E')) {
    at++;
    if (at < end && (*at == '+' || *at == '-')) at++;
    at = digits_end(at, end);
  }
  return at;
}

const uint8_t *literal_end(const uint8_t *at, const uint8_t *end) noexcept {
  for (const char *word : {"true", "false", "null"}) {
    const size_t count = strlen(word);
    if (size_t(end - at) >= count && memcmp(at, word, count) == 0) return at + count;
  }
  return nullptr;
}

const uint8_t *value_end(const uint8_t *at, const uint8_t *end) noexcept {
  if (at < end && *at != '{' && *at != '[') return scalar_end(at, end);
  return Walk(at, end).run();
}

bool is_followed_by_separator(const uint8_t *at, const uint8_t *end) noexcept {
  at = skip_space(at, end);
  return at < end && (*at == ',' || *at == '}' || *at == ']');
}

}  // namespace chorus
