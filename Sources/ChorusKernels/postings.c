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

enum { digit_bits = 11, digit_count = 1 << digit_bits, few = 48 };

static void sort_digit(
  const uint64_t *source, size_t count, unsigned shift, size_t *starts, uint64_t *target) {
  size_t sum = 0;
  for (size_t d = 0; d < digit_count; d++) {
    size_t held = starts[d];
    starts[d] = sum;
    sum += held;
  }
  for (size_t i = 0; i < count; i++)
    target[starts[source[i] >> shift & (digit_count - 1)]++] = source[i];
}

// Two digits, the lower one first, and what is left below them in groups that have both alike:
// keys are hashes, so that such a group is short unless it is one key.
void chorus_sort_postings(uint64_t *values, uint64_t *scratch, size_t count, unsigned low_bit) {
  if (count < few) {
    sort_few(values, count, low_bit);
    return;
  }
  uint64_t differing = 0;
  for (size_t i = 1; i < count; i++) differing |= values[i] ^ values[0];
  differing = differing >> low_bit << low_bit;
  if (differing == 0) return;
  unsigned top = 64 - (unsigned)__builtin_clzll(differing);
  unsigned high_shift = top < digit_bits ? 0 : top - digit_bits;
  unsigned shift = high_shift < digit_bits ? 0 : high_shift - digit_bits;
  if (high_shift < low_bit) high_shift = low_bit;
  if (shift < low_bit) shift = low_bit;
  size_t low_starts[digit_count] = {0}, high_starts[digit_count] = {0};
  for (size_t i = 0; i < count; i++) {
    low_starts[values[i] >> shift & (digit_count - 1)]++;
    high_starts[values[i] >> high_shift & (digit_count - 1)]++;
  }
  sort_digit(values, count, shift, low_starts, scratch);
  sort_digit(scratch, count, high_shift, high_starts, values);
  if (shift == low_bit) return;
  for (size_t start = 0; start < count;) {
    uint64_t head = values[start] >> shift;
    size_t end = start + 1;
    while (end < count && values[end] >> shift == head) end++;
    if (end - start > 1)
      chorus_sort_postings(values + start, scratch + start, end - start, low_bit);
    start = end;
  }
}

void chorus_partition_postings(
  const uint64_t *values, size_t count, unsigned shift, uint64_t *target, size_t *starts) {
  memset(starts, 0, (digit_count + 1) * sizeof *starts);
  for (size_t i = 0; i < count; i++) starts[(values[i] >> shift & (digit_count - 1)) + 1]++;
  for (size_t d = 0; d < digit_count; d++) starts[d + 1] += starts[d];
  size_t next[digit_count];
  memcpy(next, starts, sizeof next);
  for (size_t i = 0; i < count; i++)
    target[next[values[i] >> shift & (digit_count - 1)]++] = values[i];
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

// The bit below the row's highest place that says: kept however few rows share the key.
static const uint64_t kept_bit = 1ull << (row_bits - 1);

// Other threads may thin other keys at the same time.
static inline void lower(uint64_t *least, uint64_t value) {
  uint64_t known = __atomic_load_n(least, __ATOMIC_RELAXED);
  while (value < known
         && !__atomic_compare_exchange_n(
           least, &known, value, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
  }
}

size_t chorus_thin_postings(
  uint64_t *postings, size_t count, const uint32_t *weights, uint64_t common,
  uint64_t *first_shared_keys) {
  size_t kept = 0;
  for (size_t start = 0; start < count;) {
    uint64_t key = postings[start] >> row_bits;
    size_t end = start, group = kept;
    // Each row once, kept when one of its postings is.
    for (; end < count && postings[end] >> row_bits == key; end++) {
      bool repeats = kept > group && ((postings[kept - 1] ^ postings[end]) & ~kept_bit) == 0;
      if (repeats) postings[kept - 1] |= postings[end];
      else postings[kept++] = postings[end];
    }
    size_t row_count = kept - group, wanted = group;
    uint64_t weight = 0;
    for (size_t i = group; i < kept; i++) weight += weights[postings[i] & (kept_bit - 1)];
    for (size_t i = group; i < kept; i++) {
      uint64_t row = postings[i] & (kept_bit - 1);
      if (row_count > 1) lower(&first_shared_keys[row], key);
      if (weight >= common || (postings[i] & kept_bit) != 0)
        postings[wanted++] = key << row_bits | row;
    }
    kept = wanted;
    start = end;
  }
  return kept;
}

// MARK: The block form
//
// A block is a header, the distinct keys as an Elias-Fano sequence, a pointer to every sixteenth
// list, and the lists, one behind the other, as bits. The page FormatSegment has the layout.

enum {
  block_header = CHORUS_POSTING_BLOCK_HEADER,
  pointer_step = 16,
  order_count = 4,
  order_step = 4,
};

static inline unsigned bit_width(uint64_t value) {
  return value == 0 ? 0 : 64 - (unsigned)__builtin_clzll(value);
}

// The bits of Elias's gamma code of a value from 1 on.
static inline unsigned gamma_bits(uint64_t value) { return 2 * bit_width(value) - 1; }

// The bits of an exponential Golomb code: the high bits in gamma, `order` low bits as they are.
static inline unsigned golomb_bits(uint64_t value, unsigned order) {
  return gamma_bits((value >> order) + 1) + order;
}

typedef struct {
  uint8_t *bytes;
  size_t used;
  uint64_t pending;
  unsigned pending_count;
} bit_writer;

static inline void put_bits(bit_writer *writer, uint64_t value, unsigned count) {
  if (count == 0) return;
  writer->pending |= value << writer->pending_count;
  unsigned total = writer->pending_count + count;
  if (total < 64) {
    writer->pending_count = total;
    return;
  }
  memcpy(writer->bytes + writer->used, &writer->pending, 8);
  writer->used += 8;
  unsigned written = 64 - writer->pending_count;
  writer->pending = written == 64 ? 0 : value >> written;
  writer->pending_count = total - 64;
}

static inline void put_gamma(bit_writer *writer, uint64_t value) {
  unsigned width = bit_width(value);
  put_bits(writer, 0, width - 1);
  // The highest bit first, so that a reader counts zeros and then reads the rest.
  put_bits(writer, 1 | (value & ~(1ull << (width - 1))) << 1, width);
}

static inline void put_golomb(bit_writer *writer, uint64_t value, unsigned order) {
  put_gamma(writer, (value >> order) + 1);
  put_bits(writer, value & ((1ull << order) - 1), order);
}

static inline size_t end_bits(bit_writer *writer) {
  size_t count = (writer->pending_count + 7) / 8;
  memcpy(writer->bytes + writer->used, &writer->pending, count);
  writer->used += count;
  return writer->used;
}

// The end of the run of consecutive rows that begins at `i`, below `end`.
static inline size_t run_end(const uint64_t *postings, size_t i, size_t end) {
  size_t k = i + 1;
  while (k < end && postings[k] == postings[k - 1] + 1) k++;
  return k;
}

// What the postings taken so far need, so that the next list can be judged.
typedef struct {
  size_t key_count;
  uint64_t list_bits;            // without the gaps
  uint64_t gap_bits[order_count];  // for each order of the gaps
} block_cost;

static inline uint64_t least_gap_bits(const block_cost *cost, unsigned *order) {
  unsigned best = 0;
  for (unsigned k = 1; k < order_count; k++)
    if (cost->gap_bits[k] < cost->gap_bits[best]) best = k;
  *order = best * order_step;
  return cost->gap_bits[best];
}

static inline unsigned low_bit_count(uint64_t universe, size_t key_count) {
  return universe / key_count == 0 ? 0 : bit_width(universe / key_count) - 1;
}

static inline size_t block_bytes(
  const block_cost *cost, uint64_t universe, unsigned *low_bits, unsigned *order) {
  *low_bits = low_bit_count(universe, cost->key_count);
  uint64_t low = (uint64_t)*low_bits * cost->key_count;
  uint64_t high = cost->key_count + (universe >> *low_bits);
  uint64_t list = cost->list_bits + least_gap_bits(cost, order);
  size_t pointers = (cost->key_count - 1) / pointer_step * 2;
  return block_header + (low + 7) / 8 + (high + 7) / 8 + pointers + (list + 7) / 8;
}

// Adds the list of one key, from `i` on, cut at `end`.
static inline void add_list(
  block_cost *cost, const uint64_t *postings, size_t i, size_t end, unsigned width) {
  cost->key_count++;
  cost->list_bits += 1 + width;
  if (end - i == 1) return;
  size_t run_count = 0, last = 0;
  for (size_t k = i; k < end; run_count++) {
    size_t stop = run_end(postings, k, end);
    cost->list_bits += gamma_bits(stop - k);
    if (k > i)
      for (unsigned o = 0; o < order_count; o++)
        cost->gap_bits[o] += golomb_bits(postings[k] - last - 2, o * order_step);
    last = postings[stop - 1];
    k = stop;
  }
  cost->list_bits += gamma_bits(run_count);
}

size_t chorus_encode_postings(
  const uint64_t *postings, size_t count, unsigned width, uint8_t *bytes, size_t capacity,
  size_t *taken) {
  *taken = 0;
  if (count == 0 || capacity < CHORUS_POSTING_BLOCK_LEAST) return 0;
  if (count > CHORUS_POSTING_BLOCK_POSTINGS) count = CHORUS_POSTING_BLOCK_POSTINGS;
  uint64_t first_key = postings[0] >> row_bits, last_key = first_key;
  block_cost cost = {0};
  unsigned low_bits = 0, order = 0;
  size_t i = 0;
  // How many more keys with one row surely fit, as long as the keys stay below a limit.
  size_t sure = 0;
  uint64_t limit = 0;
  while (i < count) {
    uint64_t key = postings[i] >> row_bits;
    size_t end = i + 1;
    if (end == count || postings[end] >> row_bits != key) {
      if (sure > 0 && key - first_key <= limit) {
        sure--;
        cost.key_count++;
        cost.list_bits += 1 + width;
        last_key = key;
        i = end;
        continue;
      }
    } else {
      sure = 0;
      while (end < count && postings[end] >> row_bits == key) end++;
    }
    block_cost next = cost;
    add_list(&next, postings, i, end, width);
    size_t used = block_bytes(&next, key - first_key, &low_bits, &order);
    if (used > capacity) {
      // A long list is cut where it fills the block; any other goes to the next one whole.
      if (i > 0) break;
      size_t fits = i + 1, stops = end;
      while (stops - fits > 1) {
        size_t middle = fits + (stops - fits) / 2;
        next = cost;
        add_list(&next, postings, i, middle, width);
        if (block_bytes(&next, 0, &low_bits, &order) > capacity) stops = middle;
        else fits = middle;
      }
      end = fits;
      next = cost;
      add_list(&next, postings, i, end, width);
    }
    cost = next;
    last_key = key;
    i = end;
    if (i < count && postings[i] >> row_bits == key) break;
    // With keys up to twice as far apart one more low bit is needed, and each key takes at most
    // three bits besides; those that are there may take two more.
    limit = 2 * (key - first_key) + 1;
    size_t slack = cost.key_count / 4 + 64;
    sure = used + slack < capacity ? 8 * (capacity - used - slack) / (low_bits + 8 + width) : 0;
  }
  *taken = i;
  block_bytes(&cost, last_key - first_key, &low_bits, &order);

  uint64_t universe = last_key - first_key;
  size_t low_bytes = (low_bits * cost.key_count + 7) / 8;
  size_t high_bytes = (cost.key_count + (universe >> low_bits) + 7) / 8;
  size_t pointer_bytes = (cost.key_count - 1) / pointer_step * 2;
  uint16_t key_count = (uint16_t)cost.key_count, posting_count = (uint16_t)i;
  uint16_t high_count = (uint16_t)high_bytes;
  memcpy(bytes, &key_count, 2);
  memcpy(bytes + 2, &posting_count, 2);
  memcpy(bytes + 4, &high_count, 2);
  bytes[6] = (uint8_t)low_bits;
  bytes[7] = (uint8_t)(width << 3 | order / order_step);

  bit_writer low = {.bytes = bytes + block_header};
  uint8_t *high = bytes + block_header + low_bytes;
  memset(high, 0, high_bytes);
  uint8_t *pointers = high + high_bytes;
  bit_writer lists = {.bytes = pointers + pointer_bytes};
  size_t key_number = 0;
  for (size_t k = 0; k < i; key_number++) {
    uint64_t key = postings[k] >> row_bits;
    size_t end = k + 1;
    while (end < i && postings[end] >> row_bits == key) end++;
    uint64_t delta = key - first_key;
    // The low bits of the keys lie before the rest and are written in step with it.
    put_bits(&low, delta & ((1ull << low_bits) - 1), low_bits);
    size_t place = (delta >> low_bits) + key_number;
    high[place / 8] |= (uint8_t)(1 << place % 8);
    if (key_number > 0 && key_number % pointer_step == 0) {
      uint16_t pointer = (uint16_t)(8 * lists.used + lists.pending_count);
      memcpy(pointers + (key_number / pointer_step - 1) * 2, &pointer, 2);
    }
    if (end - k == 1) {
      put_bits(&lists, 1 | (postings[k] & row_mask) << 1, 1 + width);
    } else {
      size_t run_count = 0;
      for (size_t r = k; r < end; run_count++) r = run_end(postings, r, end);
      put_bits(&lists, (postings[k] & row_mask) << 1, 1 + width);
      put_gamma(&lists, run_count);
      for (size_t r = k; r < end;) {
        size_t stop = run_end(postings, r, end);
        if (r > k) put_golomb(&lists, postings[r] - postings[r - 1] - 2, order);
        put_gamma(&lists, stop - r);
        r = stop;
      }
    }
    k = end;
  }
  end_bits(&low);
  return (size_t)(lists.bytes - bytes) + end_bits(&lists);
}

// A block taken apart. Whole words are read, so 8 bytes behind it must be readable: where they are
// not, the block is looked at in a copy.
typedef struct {
  uint8_t copy[CHORUS_POSTING_BLOCK_BYTES + 16];
  uint64_t first_key;
  size_t key_count, posting_count, high_bits, list_bits;
  unsigned low_bits, width, order;
  const uint8_t *low, *high, *pointers, *lists;
} block_view;

static bool open_block(
  const uint8_t *bytes, size_t byte_count, size_t readable, uint64_t first_key,
  block_view *view) {
  if (byte_count < block_header || byte_count > CHORUS_POSTING_BLOCK_BYTES) return false;
  if (first_key >> (64 - row_bits) != 0) return false;
  if (readable < byte_count + CHORUS_POSTING_BLOCK_SLACK) {
    memcpy(view->copy, bytes, byte_count);
    memset(view->copy + byte_count, 0, 16);
    bytes = view->copy;
  }
  uint16_t key_count, posting_count, high_count;
  memcpy(&key_count, bytes, 2);
  memcpy(&posting_count, bytes + 2, 2);
  memcpy(&high_count, bytes + 4, 2);
  view->first_key = first_key;
  view->key_count = key_count;
  view->posting_count = posting_count;
  view->low_bits = bytes[6];
  view->width = bytes[7] >> 3;
  view->order = (bytes[7] & 7) * order_step;
  if (key_count == 0 || posting_count < key_count) return false;
  if (posting_count > CHORUS_POSTING_BLOCK_POSTINGS || view->low_bits > 64 - row_bits) return false;
  if (view->width > row_bits || view->order >= order_count * order_step) return false;
  size_t low_bytes = (view->low_bits * view->key_count + 7) / 8;
  size_t pointer_bytes = (view->key_count - 1) / pointer_step * 2;
  size_t head = block_header + low_bytes + high_count + pointer_bytes;
  if (head > byte_count) return false;
  view->low = bytes + block_header;
  view->high = view->low + low_bytes;
  view->high_bits = 8 * (size_t)high_count;
  view->pointers = view->high + high_count;
  view->lists = view->pointers + pointer_bytes;
  view->list_bits = 8 * (byte_count - head);
  return true;
}

// Up to 40 bits at a bit offset; at most 8 bytes behind the last one are read.
static inline uint64_t peek_bits(const uint8_t *bytes, size_t offset, unsigned count) {
  uint64_t word;
  memcpy(&word, bytes + offset / 8, 8);
  return word >> offset % 8 & ((1ull << count) - 1);
}

// Reads a gamma code of a value below 2^28; a longer one is malformed.
static inline bool get_gamma(const block_view *view, size_t *offset, uint64_t *value) {
  if (*offset >= view->list_bits) return false;
  uint64_t word;
  memcpy(&word, view->lists + *offset / 8, 8);
  word >>= *offset % 8;
  if (word == 0) return false;
  unsigned zeros = (unsigned)__builtin_ctzll(word);
  if (zeros > 27) return false;
  uint64_t rest = word >> zeros >> 1 & ((1ull << zeros) - 1);
  *value = 1ull << zeros | rest;
  *offset += 2 * zeros + 1;
  return *offset <= view->list_bits;
}

// Where the runs of a list are read.
typedef struct {
  uint64_t run_count;  // those that are left
  uint64_t row;        // the one behind the last run, or the first of all
  bool is_first, is_single;
} list_walk;

static inline bool open_list(const block_view *view, size_t *offset, list_walk *list) {
  if (*offset + 1 + view->width > view->list_bits) return false;
  uint64_t head = peek_bits(view->lists, *offset, 1 + view->width);
  *offset += 1 + view->width;
  *list = (list_walk){.run_count = 1, .row = head >> 1, .is_first = true, .is_single = head & 1};
  return list->is_single || get_gamma(view, offset, &list->run_count);
}

static inline bool next_run(
  const block_view *view, size_t *offset, list_walk *list, chorus_run *run) {
  uint64_t length = 1;
  if (!list->is_first) {
    uint64_t high;
    if (!get_gamma(view, offset, &high) || *offset + view->order > view->list_bits) return false;
    uint64_t low = peek_bits(view->lists, *offset, view->order);
    *offset += view->order;
    // One row at least is left out between two runs, or they would be one.
    list->row += ((high - 1) << view->order | low) + 1;
  }
  if (!list->is_single && !get_gamma(view, offset, &length)) return false;
  if (list->row + length > row_mask + 1) return false;
  run->row = (uint32_t)list->row;
  run->count = (uint32_t)length;
  list->row += length;
  list->is_first = false;
  list->run_count--;
  return true;
}

// Reads one list; returns the number of rows, or SIZE_MAX. `postings` may be NULL to pass over it.
static inline size_t get_list(
  const block_view *view, size_t *offset, uint64_t key, uint64_t *postings, size_t room) {
  list_walk list;
  if (room == 0 || !open_list(view, offset, &list)) return SIZE_MAX;
  size_t count = 0;
  while (list.run_count > 0) {
    chorus_run run;
    if (!next_run(view, offset, &list, &run) || run.count > room - count) return SIZE_MAX;
    if (postings)
      for (uint64_t k = 0; k < run.count; k++)
        postings[count + k] = key << row_bits | (run.row + k);
    count += run.count;
  }
  return count;
}

// Walks the keys of a block in order.
typedef struct {
  size_t number;  // the key that comes next
  size_t place;   // where its bit is looked for
  uint64_t word;  // the bits from there on, to the end of the word of 64
} key_walk;

static inline uint64_t high_word(const block_view *view, size_t place) {
  uint64_t word;
  memcpy(&word, view->high + place / 64 * 8, 8);
  size_t left = view->high_bits - place / 64 * 64;
  return left >= 64 ? word : word & ((1ull << left) - 1);
}

static inline bool next_key(const block_view *view, key_walk *walk, uint64_t *key) {
  while (walk->word == 0) {
    walk->place = (walk->place / 64 + 1) * 64;
    if (walk->place >= view->high_bits) return false;
    walk->word = high_word(view, walk->place);
  }
  size_t place = walk->place / 64 * 64 + (size_t)__builtin_ctzll(walk->word);
  walk->word &= walk->word - 1;
  walk->place = place;
  uint64_t high = place - walk->number;
  uint64_t low = peek_bits(view->low, view->low_bits * walk->number, view->low_bits);
  *key = view->first_key + (high << view->low_bits | low);
  walk->number++;
  return *key >> (64 - row_bits) == 0;
}

size_t chorus_decode_postings(
  const uint8_t *bytes, size_t byte_count, uint64_t first_key, uint64_t *postings,
  size_t capacity) {
  block_view view;
  if (!open_block(bytes, byte_count, byte_count, first_key, &view)
      || view.posting_count > capacity)
    return SIZE_MAX;
  key_walk walk = {.word = view.high_bits == 0 ? 0 : high_word(&view, 0)};
  size_t count = 0, offset = 0;
  uint64_t last_key = 0;
  for (size_t number = 0; number < view.key_count; number++) {
    uint64_t key;
    if (!next_key(&view, &walk, &key)) return SIZE_MAX;
    if (number == 0 ? key != first_key : key <= last_key) return SIZE_MAX;
    if (number > 0 && number % pointer_step == 0) {
      uint16_t pointer;
      memcpy(&pointer, view.pointers + (number / pointer_step - 1) * 2, 2);
      if (pointer != offset) return SIZE_MAX;
    }
    size_t taken = get_list(&view, &offset, key, postings + count, view.posting_count - count);
    if (taken == SIZE_MAX) return SIZE_MAX;
    count += taken;
    last_key = key;
  }
  uint64_t none;
  bool is_whole = count == view.posting_count && (offset + 7) / 8 * 8 == view.list_bits;
  return is_whole && walk.word == 0 && !next_key(&view, &walk, &none) ? count : SIZE_MAX;
}

// Goes to the first key of a block that is not below `least`, as far as its high bits say.
static inline bool seek_key(const block_view *view, uint64_t least, key_walk *walk) {
  // The keys whose high bits are less than those of `least` lie before as many zeros.
  size_t zeros = least <= view->first_key ? 0 : (least - view->first_key) >> view->low_bits;
  if (zeros > view->high_bits) return false;
  size_t seen = 0;
  for (size_t word_place = 0; word_place < view->high_bits; word_place += 64) {
    size_t width = view->high_bits - word_place < 64 ? view->high_bits - word_place : 64;
    uint64_t word = high_word(view, word_place);
    size_t ones = (size_t)__builtin_popcountll(word);
    if (seen + (width - ones) < zeros) {
      seen += width - ones;
      continue;
    }
    // The place behind the zero that is looked for: first by bytes, then by bits.
    size_t place = 0;
    for (; seen + 8 < zeros; place += 8) {
      size_t here = 8 - (size_t)__builtin_popcountll(word >> place & 0xFF);
      if (seen + here >= zeros) break;
      seen += here;
    }
    for (; seen < zeros; place++) seen += (word >> place & 1) == 0;
    walk->number = word_place + place - zeros;
    walk->place = place == 64 ? word_place : word_place + place;
    walk->word = place == 64 ? 0 : word >> place << place;
    return true;
  }
  return false;
}

// Goes to the list of a key, passing over those before it since the last pointer.
static inline bool seek_list(const block_view *view, size_t number, size_t *offset) {
  size_t list_number = number / pointer_step * pointer_step;
  *offset = 0;
  if (list_number > 0) {
    uint16_t pointer;
    memcpy(&pointer, view->pointers + (list_number / pointer_step - 1) * 2, 2);
    *offset = pointer;
  }
  for (; list_number < number; list_number++)
    if (get_list(view, offset, 0, 0, SIZE_MAX) == SIZE_MAX) return false;
  return true;
}

void chorus_prefetch_postings(
  const uint8_t *bytes, size_t byte_count, uint64_t first_key, uint64_t least) {
  if (byte_count < block_header) return;
  uint16_t key_count, high_count;
  memcpy(&key_count, bytes, 2);
  memcpy(&high_count, bytes + 4, 2);
  unsigned low_bits = bytes[6] & 63;
  size_t low_bytes = ((size_t)low_bits * key_count + 7) / 8;
  size_t zeros = least <= first_key ? 0 : (least - first_key) >> low_bits;
  size_t all = 8 * (size_t)high_count > key_count ? 8 * (size_t)high_count - key_count : 1;
  if (zeros > all) zeros = all;
  // Keys are hashes: about as large a share of them lies before as of the numbers.
  size_t number = (size_t)key_count * zeros / all;
  size_t lists = block_header + low_bytes + high_count + (size_t)key_count / pointer_step * 2;
  size_t places[] = {
    block_header + low_bits * number / 8,
    block_header + low_bytes,
    block_header + low_bytes + (zeros + number) / 8,
    block_header + low_bytes + high_count + number / pointer_step * 2,
    lists < byte_count ? lists + (byte_count - lists) * number / (key_count + 1u) : lists,
  };
  for (size_t i = 0; i < sizeof places / sizeof *places; i++)
    if (places[i] < byte_count) __builtin_prefetch(bytes + places[i]);
}

size_t chorus_find_postings(
  const uint8_t *bytes, size_t byte_count, size_t readable, uint64_t first_key, uint64_t least,
  uint64_t most, uint64_t *postings, size_t capacity) {
  block_view view;
  if (!open_block(bytes, byte_count, readable, first_key, &view)) return SIZE_MAX;
  key_walk walk = {.word = 0};
  if (!seek_key(&view, least, &walk)) return 0;
  size_t count = 0, offset = 0;
  bool is_placed = false;
  uint64_t key;
  while (walk.number < view.key_count && next_key(&view, &walk, &key)) {
    if (key < least) continue;
    if (key > most) break;
    if (!is_placed && !seek_list(&view, walk.number - 1, &offset)) return SIZE_MAX;
    is_placed = true;
    size_t taken = get_list(&view, &offset, key, postings + count, capacity - count);
    if (taken == SIZE_MAX) return SIZE_MAX;
    count += taken;
  }
  return count;
}

static inline __attribute__((always_inline)) size_t find_runs(
  const uint8_t *bytes, size_t byte_count, size_t readable, uint64_t first_key, uint64_t least,
  uint64_t most, chorus_run *runs, size_t capacity) {
  block_view view;
  if (!open_block(bytes, byte_count, readable, first_key, &view)) return SIZE_MAX;
  key_walk walk = {.word = 0};
  if (!seek_key(&view, least, &walk)) return 0;
  size_t count = 0, offset = 0;
  bool is_placed = false;
  uint64_t key;
  while (walk.number < view.key_count && next_key(&view, &walk, &key)) {
    if (key < least) continue;
    if (key > most) break;
    if (!is_placed && !seek_list(&view, walk.number - 1, &offset)) return SIZE_MAX;
    is_placed = true;
    list_walk list;
    if (!open_list(&view, &offset, &list)) return SIZE_MAX;
    while (list.run_count > 0) {
      chorus_run *run = runs + count;
      if (count == capacity) return count;
      if (!next_run(&view, &offset, &list, run)) return SIZE_MAX;
      run->key = key;
      count++;
    }
  }
  return count;
}

// Look-ups count bits, for which the lowest CPU has no instruction but nearly all have one.
#if defined(__x86_64__)
__attribute__((target("popcnt"))) static size_t find_runs_counting(
  const uint8_t *bytes, size_t byte_count, size_t readable, uint64_t first_key, uint64_t least,
  uint64_t most, chorus_run *runs, size_t capacity) {
  return find_runs(bytes, byte_count, readable, first_key, least, most, runs, capacity);
}
#endif

size_t chorus_find_runs(
  const uint8_t *bytes, size_t byte_count, size_t readable, uint64_t first_key, uint64_t least,
  uint64_t most, chorus_run *runs, size_t capacity) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("popcnt"))
    return find_runs_counting(bytes, byte_count, readable, first_key, least, most, runs, capacity);
#endif
  return find_runs(bytes, byte_count, readable, first_key, least, most, runs, capacity);
}
