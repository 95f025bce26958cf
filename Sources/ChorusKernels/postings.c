// SPDX-License-Identifier: Apache-2.0
//
// Postings: a key above a 24-bit row in one 64-bit word. Sorting, renumbering and the block form.

#include <string.h>

#include "include/chorus_kernels.h"

enum { row_bits = CHORUS_POSTING_ROW_BITS };
static const uint64_t row_mask = (1ull << row_bits) - 1;

static void sort_few(uint64_t *values, size_t count, unsigned low_bit) {
  for (size_t i = 1; i < count; i++) {
    uint64_t value = values[i];
    size_t j = i;
    for (; j > 0 && values[j - 1] >> low_bit > value >> low_bit; j--) values[j] = values[j - 1];
    values[j] = value;
  }
}

// Least significant digit first, eight bits a pass; passes in which all values agree are skipped.
void chorus_sort_postings(uint64_t *values, uint64_t *scratch, size_t count, unsigned low_bit) {
  if (count < 48) {
    sort_few(values, count, low_bit);
    return;
  }
  uint64_t *source = values, *target = scratch;
  for (unsigned shift = low_bit; shift < 64; shift += 8) {
    size_t starts[256] = {0};
    for (size_t i = 0; i < count; i++) starts[source[i] >> shift & 255]++;
    if (starts[source[0] >> shift & 255] == count) continue;
    size_t sum = 0;
    for (size_t d = 0; d < 256; d++) {
      size_t digit_count = starts[d];
      starts[d] = sum;
      sum += digit_count;
    }
    for (size_t i = 0; i < count; i++) target[starts[source[i] >> shift & 255]++] = source[i];
    uint64_t *swapped = source;
    source = target;
    target = swapped;
  }
  if (source != values) memcpy(values, source, count * sizeof(uint64_t));
}

void chorus_renumber_postings(
  uint64_t *postings, uint64_t *scratch, size_t count, const uint32_t *rows) {
  for (size_t start = 0; start < count;) {
    uint64_t key = postings[start] >> row_bits;
    size_t end = start;
    for (; end < count && postings[end] >> row_bits == key; end++)
      postings[end] = key << row_bits | rows[postings[end] & row_mask];
    if (end - start > 1) chorus_sort_postings(postings + start, scratch, end - start, 0);
    start = end;
  }
}

static inline size_t put_varint(uint8_t *bytes, uint64_t value) {
  size_t count = 0;
  for (; value >= 0x80; value >>= 7) bytes[count++] = (uint8_t)value | 0x80;
  bytes[count++] = (uint8_t)value;
  return count;
}

static inline size_t varint_count(uint64_t value) {
  size_t count = 1;
  for (; value >= 0x80; value >>= 7) count++;
  return count;
}

// A group is (key delta * 2 + single, [row count], row, row deltas...): a key with one row, by
// far the most common, spends one bit on saying so. A group that does not fit is cut, and goes on
// in a later block.
size_t chorus_encode_postings(
  const uint64_t *postings, size_t count, uint8_t *bytes, size_t capacity, size_t *taken) {
  size_t used = 0, i = 0;
  uint64_t previous_key = 0;
  enum { group_head = 10 + 5 + 5 };
  while (i < count && capacity - used >= group_head) {
    uint64_t key = postings[i] >> row_bits;
    size_t end = i + 1, room = capacity - used - group_head;
    while (end < count && postings[end] >> row_bits == key) {
      size_t needed = varint_count(postings[end] - postings[end - 1]);
      if (needed > room) break;
      room -= needed;
      end++;
    }
    uint64_t row = postings[i] & row_mask;
    used += put_varint(bytes + used, (key - previous_key) << 1 | (end - i == 1));
    if (end - i > 1) used += put_varint(bytes + used, end - i);
    used += put_varint(bytes + used, row);
    for (size_t k = i + 1; k < end; k++)
      used += put_varint(bytes + used, postings[k] - postings[k - 1]);
    previous_key = key;
    i = end;
    if (i < count && postings[i] >> row_bits == key) break;
  }
  *taken = i;
  return used;
}

// Reads a varint below 2^63; returns false at the end of the bytes or when it is longer.
static inline bool get_varint(
  const uint8_t *bytes, size_t byte_count, size_t *offset, uint64_t *value) {
  uint64_t sum = 0;
  for (unsigned shift = 0; shift < 63; shift += 7) {
    if (*offset >= byte_count) return false;
    uint8_t byte = bytes[(*offset)++];
    sum |= (uint64_t)(byte & 0x7F) << shift;
    if (byte < 0x80) {
      *value = sum;
      return true;
    }
  }
  return false;
}

size_t chorus_decode_postings(
  const uint8_t *bytes, size_t byte_count, uint64_t *postings, size_t capacity) {
  const uint64_t key_limit = 1ull << (64 - row_bits);
  size_t offset = 0, count = 0;
  uint64_t key = 0;
  while (offset < byte_count) {
    uint64_t head, group_count = 1, row;
    if (!get_varint(bytes, byte_count, &offset, &head)) return SIZE_MAX;
    if (head >> 1 >= key_limit || (key += head >> 1) >= key_limit) return SIZE_MAX;
    if (count > 0 && head >> 1 == 0) return SIZE_MAX;
    if ((head & 1) == 0 && !get_varint(bytes, byte_count, &offset, &group_count)) return SIZE_MAX;
    if (!get_varint(bytes, byte_count, &offset, &row) || row > row_mask) return SIZE_MAX;
    if (group_count == 0 || group_count > capacity - count) return SIZE_MAX;
    postings[count++] = key << row_bits | row;
    for (uint64_t k = 1; k < group_count; k++) {
      uint64_t delta;
      if (!get_varint(bytes, byte_count, &offset, &delta)) return SIZE_MAX;
      if (delta == 0 || delta > row_mask || (row += delta) > row_mask) return SIZE_MAX;
      postings[count++] = key << row_bits | row;
    }
  }
  return count;
}
