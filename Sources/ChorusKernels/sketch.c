// SPDX-License-Identifier: Apache-2.0
//
// From tokens to shingles, signatures, anchors and embeddings: what puts the kernels together.

#include <string.h>

#include "mix.h"
#include "token_hash.h"
#include "twins.h"

// MARK: Keys

#define ROTATE(x, n) ((x) << (n) | (x) >> (64 - (n)))
#define SIP_ROUND                                                            \
  do {                                                                       \
    v0 += v1, v1 = ROTATE(v1, 13), v1 ^= v0, v0 = ROTATE(v0, 32);            \
    v2 += v3, v3 = ROTATE(v3, 16), v3 ^= v2;                                 \
    v0 += v3, v3 = ROTATE(v3, 21), v3 ^= v0;                                 \
    v2 += v1, v1 = ROTATE(v1, 17), v1 ^= v2, v2 = ROTATE(v2, 32);            \
  } while (0)

// SipHash-2-4 of a message of eight bytes.
uint64_t chorus_keyed_hash(const uint64_t *key, uint64_t value) {
  uint64_t v0 = key[0] ^ 0x736F6D6570736575, v1 = key[1] ^ 0x646F72616E646F6D;
  uint64_t v2 = key[0] ^ 0x6C7967656E657261, v3 = key[1] ^ 0x7465646279746573;
  v3 ^= value;
  SIP_ROUND;
  SIP_ROUND;
  v0 ^= value;
  const uint64_t last = 8ull << 56;
  v3 ^= last;
  SIP_ROUND;
  SIP_ROUND;
  v0 ^= last;
  v2 ^= 0xFF;
  for (int round = 0; round < 4; round++) SIP_ROUND;
  return v0 ^ v1 ^ v2 ^ v3;
}

// MARK: Runs

// A word counts 1 and a character 3/5 of one, about what it takes of them to say as much.
enum { unit = 5, character_units = 3 };

static inline unsigned units_of(const chorus_token *token) {
  return token->end & CHORUS_CHARACTER ? character_units : unit;
}

size_t chorus_run_length(const chorus_token *tokens, size_t token_count, size_t width) {
  size_t units = 0;
  for (size_t i = 0; i < token_count; i++) {
    units += units_of(&tokens[i]);
    if (units >= width * unit) return i + 1;
  }
  return 0;
}

static uint64_t hash_run(const uint64_t *hashes, size_t count, uint64_t seed) {
  uint64_t sum = seed;
  for (size_t i = 0; i < count; i++) sum = sum * CHORUS_PLACE_FACTOR + hashes[i];
  return mix64(sum);
}

// Runs of differing lengths, by the differences of sums over beginnings of the text.
static size_t hash_uneven_runs(
  const chorus_token *tokens, const uint64_t *hashes, size_t token_count, size_t width,
  uint64_t seed, unsigned shift, uint64_t *sums, uint64_t *runs) {
  uint64_t powers[16 * unit / character_units + 2];
  powers[0] = 1;
  for (size_t k = 1; k < sizeof powers / sizeof *powers; k++)
    powers[k] = powers[k - 1] * CHORUS_PLACE_FACTOR;
  sums[0] = 0;
  for (size_t i = 0; i < token_count; i++) sums[i + 1] = sums[i] * CHORUS_PLACE_FACTOR + hashes[i];
  size_t end = 0, units = 0;
  for (size_t i = 0; i < token_count; i++) {
    while (units < width * unit && end < token_count) units += units_of(&tokens[end++]);
    if (units < width * unit) return i;
    runs[i] = mix64(sums[end] + (seed - sums[i]) * powers[end - i]) >> shift;
    units -= units_of(&tokens[i]);
  }
  return token_count;
}

// The tokens of a part, taken apart.
typedef struct {
  const chorus_token *tokens;
  size_t count;
  uint64_t *hashes, *sums;
  uint32_t *line_starts;
  size_t line_count;
  bool is_even;
} token_columns;

static token_columns take_apart(
  const chorus_kernels *kernels, const chorus_token *tokens, size_t token_count,
  uint64_t *workspace) {
  token_columns columns = {.tokens = tokens, .count = token_count, .hashes = workspace};
  columns.sums = workspace + token_count + 8;
  columns.line_starts = (uint32_t *)(columns.sums + token_count + 8);
  columns.is_even = kernels->unpack(
    tokens, token_count, columns.hashes, columns.line_starts, &columns.line_count);
  return columns;
}

static size_t hash_runs(
  const chorus_kernels *kernels, const token_columns *columns, size_t width, uint64_t seed,
  const uint64_t *key, bool takes_short, unsigned final_shift, uint64_t *runs) {
  size_t count = 0;
  unsigned shift = key ? 0 : final_shift;
  if (!columns->is_even) {
    count = hash_uneven_runs(
      columns->tokens, columns->hashes, columns->count, width, seed, shift, columns->sums, runs);
  } else if (columns->count >= width) {
    count = columns->count - width + 1;
    kernels->shingle(columns->hashes, columns->count, width, seed, shift, runs);
  }
  if (count == 0 && takes_short && columns->count > 0) {
    runs[0] = hash_run(columns->hashes, columns->count, seed) >> shift;
    count = 1;
  }
  if (key)
    for (size_t i = 0; i < count; i++) runs[i] = chorus_keyed_hash(key, runs[i]) >> final_shift;
  return count;
}

size_t chorus_hash_runs(
  const chorus_kernels *kernels, const chorus_token *tokens, size_t token_count, size_t width,
  uint64_t seed, const uint64_t *key, bool takes_short, unsigned shift, uint64_t *workspace,
  uint64_t *runs) {
  token_columns columns = take_apart(kernels, tokens, token_count, workspace);
  return hash_runs(kernels, &columns, width, seed, key, takes_short, shift, runs);
}

// MARK: Anchors

// An anchor has 40 bits: 39 of a hash, and above them whether it carries its place.
enum { anchor_shift = 25 };
static const uint64_t placed_bit = 1ull << 39;

// The lengths of the runs at both ends of a text, and of those at the beginning of a line.
static const size_t end_counts[] = {1, 2, 4, 6}, line_counts[] = {2, 4};
enum { end_kinds = 4, line_kinds = 2, longest_placed = 6 };

typedef enum { at_head = 1, at_tail = 2, at_line = 3 } run_place;

// What placed anchors depend on.
typedef struct {
  uint64_t seed;
  const uint64_t *key;
} place_hash;

static inline uint64_t placed_anchor(
  uint64_t sum, size_t count, place_hash hash, run_place place) {
  uint64_t kind = ~hash.seed + (16 * (uint64_t)place + count) * 0x9E3779B97F4A7C15;
  uint64_t mixed = mix64(sum ^ kind);
  if (hash.key) mixed = chorus_keyed_hash(hash.key, mixed);
  return mixed >> anchor_shift | placed_bit;
}

uint64_t chorus_placed_anchor(
  const chorus_token *tokens, size_t token_count, uint64_t seed, const uint64_t *key,
  unsigned place) {
  uint64_t sum = 0;
  for (size_t i = 0; i < token_count; i++) sum = sum * CHORUS_PLACE_FACTOR + tokens[i].hash;
  return placed_anchor(sum, token_count, (place_hash){seed, key}, (run_place)place);
}

// The anchors of the runs of some lengths from a token on.
static inline size_t runs_from(
  const uint64_t *hashes, size_t hash_count, const size_t *counts, size_t kinds,
  place_hash hash, run_place place, uint64_t *anchors) {
  uint64_t sum = 0;
  size_t written = 0;
  for (size_t i = 0; written < kinds && counts[written] <= hash_count; i++) {
    sum = sum * CHORUS_PLACE_FACTOR + hashes[i];
    if (i + 1 == counts[written]) {
      anchors[written] = placed_anchor(sum, i + 1, hash, place);
      written++;
    }
  }
  return written;
}

static size_t tail_anchors(
  const uint64_t *hashes, size_t hash_count, place_hash hash, uint64_t *anchors) {
  uint64_t sum = 0, power = 1;
  size_t written = 0;
  for (size_t i = 1; written < end_kinds && end_counts[written] <= hash_count; i++) {
    sum += hashes[hash_count - i] * power;
    power *= CHORUS_PLACE_FACTOR;
    if (i == end_counts[written]) {
      anchors[written] = placed_anchor(sum, i, hash, at_tail);
      written++;
    }
  }
  return written;
}

static size_t placed_anchors(
  const token_columns *columns, place_hash hash, bool is_first, bool is_last, uint64_t *anchors) {
  const uint64_t *hashes = columns->hashes;
  size_t written = 0;
  if (is_first)
    written += runs_from(hashes, columns->count, end_counts, end_kinds, hash, at_head, anchors);
  if (is_last) written += tail_anchors(hashes, columns->count, hash, anchors + written);
  for (size_t k = 0; k < columns->line_count; k++) {
    size_t start = columns->line_starts[k];
    written += runs_from(
      hashes + start, columns->count - start, line_counts, line_kinds, hash, at_line,
      anchors + written);
  }
  return written;
}

// Chooses body anchors: the least of each window, the first and the last `window` - 1 of the text,
// and those at line starts.
static size_t body_anchors(
  const chorus_kernels *kernels, size_t window, const token_columns *columns,
  const uint64_t *runs, size_t run_count, bool is_first, bool is_last, uint64_t *anchors) {
  size_t written = kernels->select(runs, run_count, window, anchors);
  size_t edge = run_count < window - 1 ? run_count : window - 1;
  for (size_t i = 0; i < edge; i++) {
    if (is_first) anchors[written++] = runs[i];
    if (is_last) anchors[written++] = runs[run_count - 1 - i];
  }
  for (size_t k = 0; k < columns->line_count && columns->line_starts[k] < run_count; k++)
    anchors[written++] = runs[columns->line_starts[k]];
  return written;
}

size_t chorus_sketch_tokens(
  const chorus_kernels *kernels, const chorus_sketch_plan *plan, const chorus_token *tokens,
  size_t token_count, bool is_first, bool is_last, uint64_t *workspace, uint32_t *lanes,
  uint64_t *anchors, size_t *used) {
  token_columns columns = take_apart(kernels, tokens, token_count, workspace);
  uint64_t *runs = workspace + 3 * (CHORUS_SKETCH_CAPACITY + 8);
  size_t window = plan->anchor_window;
  bool is_whole = is_first && is_last;
  const uint64_t *key = plan->is_keyed ? plan->key : 0;
  size_t shingle_count =
    hash_runs(kernels, &columns, plan->shingle_width, plan->seed, key, is_whole, 0, runs);
  kernels->minimise(runs, shingle_count, plan->multipliers, lanes);
  // With a window of one, every run is an anchor and goes to its place at once.
  uint64_t *body = window == 1 ? anchors : runs;
  size_t run_count = hash_runs(
    kernels, &columns, plan->anchor_width, ~plan->seed, key, is_whole, anchor_shift, body);
  size_t written = run_count;
  if (window > 1)
    written = body_anchors(
      kernels, window, &columns, runs, run_count, is_first, is_last, anchors);
  // The next part begins with what is not finished here: shingles, the last windows, and the
  // tokens that may turn out to end the text.
  size_t window_count = run_count < window ? 0 : run_count - window + 1;
  size_t finished = shingle_count < window_count ? shingle_count : window_count;
  size_t before_tail = token_count < longest_placed ? 0 : token_count - longest_placed;
  *used = finished < before_tail ? finished : before_tail;
  // The runs that the next part begins with are left to it, so that each is written once, in order.
  if (window == 1 && !is_last && written > *used) written = *used;
  place_hash hash = {plan->seed, key};
  written += placed_anchors(&columns, hash, is_first, is_last, anchors + written);
  return written;
}

// MARK: Embedding

// A word, a pair of words, and a run of three code points of a word, spaces around it: what each
// adds to its sum. A word of five letters so weighs about as much by itself as by its letters.
enum { word_weight = 2, pair_weight = 2 };

// Features of the three kinds must differ when their numbers do not.
static const uint64_t pair_offset = 0x9FB21C651E98DF25, letter_offset = 0xC2B2AE3D27D4EB4F;

// The code points of tokens as they are hashed, a space before each and one behind the last.
typedef struct {
  const chorus_kernels *kernels;
  uint32_t *code_points;
  size_t count, capacity;
  uint64_t seed;
  const uint64_t *key;
  int32_t *sums;
  size_t dimension;
} letter_stream;

// The keyed form of accumulate_letters.
static void accumulate_keyed_letters(letter_stream *stream) {
  uint64_t features[256];
  size_t count = 0;
  for (size_t i = 1; i + 1 < stream->count; i++) {
    const uint32_t *run = stream->code_points + i - 1;
    if (run[1] == ' ') continue;
    uint64_t packed = (uint64_t)run[0] | (uint64_t)run[1] << 21 | (uint64_t)run[2] << 42;
    features[count++] = chorus_keyed_hash(stream->key, packed + stream->seed);
    if (count == sizeof features / sizeof *features) {
      stream->kernels->accumulate(features, count, 1, stream->sums, stream->dimension);
      count = 0;
    }
  }
  stream->kernels->accumulate(features, count, 1, stream->sums, stream->dimension);
}

static void flush_letters(letter_stream *stream) {
  if (stream->key)
    accumulate_keyed_letters(stream);
  else
    stream->kernels->accumulate_letters(
      stream->code_points, stream->count, stream->seed, stream->sums, stream->dimension);
  if (stream->count < 2) return;
  stream->code_points[0] = stream->code_points[stream->count - 2];
  stream->code_points[1] = stream->code_points[stream->count - 1];
  stream->count = 2;
}

static void add_letters(letter_stream *stream, const uint8_t *bytes, size_t byte_count) {
  for (size_t i = 0; i < byte_count;) {
    if (stream->count == stream->capacity) flush_letters(stream);
    uint32_t code_point;
    i += chorus_decode(bytes + i, byte_count - i, &code_point);
    if (code_point >= 0x80) {
      code_point = chorus_fold_of(code_point);
      if (code_point == UINT32_MAX) continue;
    }
    stream->code_points[stream->count++] = code_point;
  }
}

static void add_space(letter_stream *stream) {
  if (stream->count == stream->capacity) flush_letters(stream);
  stream->code_points[stream->count++] = ' ';
}

static void add_token_letters(
  letter_stream *stream, const uint8_t *text, size_t readable, const chorus_token *tokens,
  size_t token_count) {
  for (size_t i = 0; i < token_count; i++) {
    size_t start = tokens[i].start & ~CHORUS_LINE_START;
    size_t length = (tokens[i].end & ~CHORUS_CHARACTER) - start;
    add_space(stream);
    if (length <= 16 && start + 16 <= readable && stream->capacity - stream->count >= 16) {
      uint64_t first, second;
      read_short(text + start, length, &first, &second);
      if (((first | second) & 0x8080808080808080) == 0) {
        // From a copy, so that the compiler sees that the target cannot change it.
        uint8_t letters[16];
        memcpy(letters, text + start, sizeof letters);
        uint32_t *restrict target = stream->code_points + stream->count;
        for (size_t k = 0; k < 16; k++) target[k] = letters[k];
        stream->count += length;
        continue;
      }
    }
    add_letters(stream, text + start, length);
  }
  add_space(stream);
  flush_letters(stream);
}

static void hash_features(const uint64_t *key, uint64_t *features, size_t count) {
  for (size_t i = 0; i < count; i++) features[i] = chorus_keyed_hash(key, features[i]);
}

void chorus_accumulate_embedding(
  const chorus_kernels *kernels, const uint8_t *text, size_t readable,
  const chorus_token *tokens, size_t token_count, bool has_previous, uint64_t previous,
  uint64_t seed, const uint64_t *key, uint64_t *workspace, int32_t *sums, size_t dimension) {
  if (token_count == 0) return;
  uint64_t *features = workspace;
  for (size_t i = 0; i < token_count; i++) features[i] = tokens[i].hash + seed;
  if (key) hash_features(key, features, token_count);
  kernels->accumulate(features, token_count, word_weight, sums, dimension);
  size_t pair_count = 0;
  for (size_t i = has_previous ? 0 : 1; i < token_count; i++) {
    uint64_t before = i > 0 ? tokens[i - 1].hash : previous;
    features[pair_count++] = (before + seed + pair_offset) * CHORUS_PLACE_FACTOR + tokens[i].hash;
  }
  if (key) hash_features(key, features, pair_count);
  kernels->accumulate(features, pair_count, pair_weight, sums, dimension);
  letter_stream stream = {
    kernels, (uint32_t *)workspace, 0, 2 * CHORUS_SKETCH_WORKSPACE, seed + letter_offset, key,
    sums, dimension};
  add_token_letters(&stream, text, readable, tokens, token_count);
}

void chorus_encode_embedding(const int8_t *embedding, size_t dimension, uint8_t *code) {
  uint32_t squares = 0;
  for (size_t j = 0; j < dimension; j++) squares += (uint32_t)(embedding[j] * embedding[j]);
  // A magnitude m is large when m^2 >= 0.9816^2 * squares / dimension, in parts of 10^8.
  const uint64_t part = 100000000;
  uint64_t bound = 96353856 * (uint64_t)squares / dimension;
  uint32_t least = 128;
  if (squares > 0)
    for (least = 0; part * least * least < bound; least++) {
    }
  for (size_t j = 0; j < dimension; j += 4) {
    uint32_t byte = 0;
    for (unsigned k = 0; k < 4; k++) {
      int32_t value = embedding[j + k];
      uint32_t magnitude = (uint32_t)(value < 0 ? -value : value);
      byte |= ((value < 0 ? 1u : 0u) | (magnitude >= least ? 2u : 0u)) << 2 * k;
    }
    code[j / 4] = (uint8_t)byte;
  }
}

// A fraction of 24 bits in place of a division for each sum.
void chorus_quantise_embedding(const int32_t *sums, size_t dimension, int8_t *embedding) {
  uint32_t largest = 0;
  for (size_t j = 0; j < dimension; j++) {
    uint32_t magnitude = sums[j] < 0 ? -(uint32_t)sums[j] : (uint32_t)sums[j];
    if (magnitude > largest) largest = magnitude;
  }
  if (largest == 0) {
    memset(embedding, 0, dimension);
    return;
  }
  uint64_t factor = (127ull << 32) / largest;
  for (size_t j = 0; j < dimension; j++) {
    uint64_t magnitude = sums[j] < 0 ? -(uint32_t)sums[j] : (uint32_t)sums[j];
    int32_t scaled = (int32_t)((magnitude * factor + (1ull << 31)) >> 32);
    embedding[j] = (int8_t)(sums[j] < 0 ? -scaled : scaled);
  }
}
