// SPDX-License-Identifier: Apache-2.0
//
// The vectorised core of Chorus: pure functions over memory that the caller owns. No function
// here allocates, keeps state, does I/O or asserts on data. Counts are in elements. What a kernel
// computes is defined by scalar.c, or by core.h for all sets; all sets give the same bits.

#ifndef CHORUS_KERNELS_H
#define CHORUS_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

#ifdef __cplusplus
extern "C" {
#endif

/// The number of lanes of a MinHash signature.
#define CHORUS_LANE_COUNT 128
/// The number of bands of a signature.
#define CHORUS_BAND_COUNT 16
/// The number of low bits of a posting that hold the row; the rest is the key.
#define CHORUS_POSTING_ROW_BITS 24
/// The most tokens that one call of the tokenise kernel writes.
#define CHORUS_TOKEN_CAPACITY 2120

// MARK: Tokens

/// One token of a normalised text.
typedef struct {
  uint64_t hash;   ///< of the token's bytes, folded
  uint32_t start;  ///< offset of the first byte; CHORUS_LINE_START is set on the first of a line
  uint32_t end;    ///< offset after the last byte; CHORUS_CHARACTER is set on a single character
} chorus_token;

/// The bit of chorus_token.start that marks the first token of a line.
#define CHORUS_LINE_START 0x80000000u
/// The bit of chorus_token.end that marks a token of one character of a script without spaces, an
/// emoji or a symbol; other tokens are words.
#define CHORUS_CHARACTER 0x80000000u

/// Where the tokeniser stands in a text.
typedef struct {
  size_t offset;      ///< the next byte to look at
  size_t readable;    ///< the bytes that can be read, those of the text and more; they save time
  bool starts_line;   ///< whether the next token is the first of its line
  bool takes_symbols; ///< whether every visible code point is a token
} chorus_tokeniser;

// MARK: Kernels with one twin for each instruction set

/// The instruction sets, in ascending order of preference.
typedef enum {
  CHORUS_ISA_SCALAR = 0,
  CHORUS_ISA_NEON = 1,
  CHORUS_ISA_AVX2 = 2,
  CHORUS_ISA_AVX512 = 3,
} chorus_isa;

/// Copies bytes with A-Z made a-z, up to the first byte that is not ASCII.
///
/// `target` has room for `byte_count` bytes and does not overlap `source`.
/// Returns the number of bytes copied: `byte_count` when all are ASCII.
typedef size_t (*chorus_lower_ascii_fn)(
  const uint8_t *source, size_t byte_count, uint8_t *target);

/// Cuts normalised UTF-8 into tokens, going on from where `tokeniser` stands.
///
/// `byte_count` is below 2^31 and `tokens` has room for CHORUS_TOKEN_CAPACITY tokens. Returns the
/// number written. The text is done when `tokeniser->offset` is `byte_count`; a call before that
/// always moves it. Ill-formed bytes separate tokens, or are symbols. Nothing is read behind
/// `readable` bytes, and nothing depends on what stands behind the text.
typedef size_t (*chorus_tokenise_fn)(
  const uint8_t *text, size_t byte_count, chorus_tokeniser *tokeniser, chorus_token *tokens);

/// Takes tokens apart: writes their hashes, and the positions of those that start a line.
///
/// Both targets have room for `token_count + 8` values. `*line_count` receives the number of
/// positions. Returns whether all tokens are words.
typedef bool (*chorus_unpack_fn)(
  const chorus_token *tokens, size_t token_count, uint64_t *hashes, uint32_t *line_starts,
  size_t *line_count);

/// Hashes each run of `width` consecutive token hashes into 64 bits, shifted right by `shift`.
///
/// Writes `hash_count - width + 1` shingles; `hash_count` is at least `width`.
typedef void (*chorus_shingle_fn)(
  const uint64_t *hashes, size_t hash_count, size_t width, uint64_t seed, unsigned shift,
  uint64_t *shingles);

/// Chooses those of `anchors` that are the least of some `window` consecutive ones, in order.
///
/// Anchors are below 2^63; `chosen` has room for `anchor_count + 1`. Returns the number chosen.
typedef size_t (*chorus_select_fn)(
  const uint64_t *anchors, size_t anchor_count, size_t window, uint64_t *chosen);

/// Lowers each of 128 lanes to the least `multipliers[j] * x` mod 2^32 over all shingles, where x
/// is the high half of the shingle, or 1 where that is 0.
///
/// `lanes` starts as all ones for an empty set. Multipliers are odd.
typedef void (*chorus_minimise_fn)(
  const uint64_t *shingles, size_t shingle_count, const uint32_t *multipliers, uint32_t *lanes);

/// Reduces 128 minima to a stored signature of `lane_bits` (4 or 8) bits a lane and 16 band keys.
///
/// `signature` has room for 16 * lane_bits bytes. Band b is made of eight bits of each of the
/// lanes 4b...4b+3, first lane highest.
typedef void (*chorus_pack_fn)(
  const uint32_t *lanes, unsigned lane_bits, uint8_t *signature, uint32_t *band_keys);

/// Adds hashed features to `dimension` sums: `weight`, or its negative, to one sum for each.
///
/// `dimension` is a power of two.
typedef void (*chorus_accumulate_fn)(
  const uint64_t *features, size_t feature_count, int32_t weight, int32_t *sums,
  size_t dimension);

/// Adds the hashed runs of three code points to `dimension` sums, 1 or -1 for each.
///
/// Takes the runs whose middle is one of `code_points[1]` to `code_points[count - 2]` and not a
/// space; `dimension` is a power of two.
typedef void (*chorus_accumulate_letters_fn)(
  const uint32_t *code_points, size_t count, uint64_t seed, int32_t *sums, size_t dimension);

/// Counts, for each stored signature, the lanes that agree with the query's.
///
/// `rows` holds `row_count` signatures of 16 * lane_bits bytes; `counts[i]` is in 0...128.
typedef void (*chorus_agreement_fn)(
  const uint8_t *query, const uint8_t *rows, size_t row_count, uint8_t *counts);

/// Computes the dot product of a query with each of many vectors of signed bytes.
///
/// `dimension` is a multiple of 64 and at most 65,536, so that 32 bits cannot overflow.
typedef void (*chorus_dot_fn)(
  const int8_t *query, const int8_t *rows, size_t row_count, size_t dimension, int32_t *products);

/// The kernels of one instruction set.
typedef struct {
  chorus_isa isa;
  chorus_lower_ascii_fn lower_ascii;
  chorus_tokenise_fn tokenise;
  chorus_unpack_fn unpack;
  chorus_shingle_fn shingle;
  chorus_select_fn select;
  chorus_minimise_fn minimise;
  chorus_pack_fn pack;
  chorus_accumulate_fn accumulate;
  chorus_accumulate_letters_fn accumulate_letters;
  chorus_agreement_fn agreement_4_bits;
  chorus_agreement_fn agreement_8_bits;
  chorus_dot_fn dot;
} chorus_kernels;

/// The kernels for the best instruction set that this CPU has.
///
/// The environment variable CHORUS_ISA (scalar, neon, avx2, avx512) picks another one; a set that
/// this CPU lacks is ignored.
const chorus_kernels *chorus_kernels_best(void);

/// The kernels for `isa`, or NULL when this build or this CPU lacks it.
const chorus_kernels *_Nullable chorus_kernels_for(chorus_isa isa);

/// The name of an instruction set, as CHORUS_ISA takes it.
const char *chorus_isa_name(chorus_isa isa);

// MARK: Text

/// What a code point does to a token.
typedef enum {
  CHORUS_CLASS_SEPARATOR = 0,  ///< ends a token
  CHORUS_CLASS_WORD = 1,       ///< letters and digits of scripts that put space between words
  CHORUS_CLASS_SINGLE = 2,     ///< a token by itself: scripts without spaces, emoji, symbols
  CHORUS_CLASS_MARK = 3,       ///< joins the token before it
  CHORUS_CLASS_NEWLINE = 4,    ///< ends a token and a line
} chorus_class;

/// The class of a code point.
chorus_class chorus_class_of(uint32_t code_point);

/// What stands for a code point of a normalised text in token hashes: another code point, itself,
/// or UINT32_MAX for nothing.
uint32_t chorus_fold_of(uint32_t code_point);

/// Where the normaliser stands in a text.
typedef struct {
  size_t source_offset;   ///< the bytes read
  size_t target_count;    ///< the bytes written
  size_t starter_source;  ///< where the last code point that others can join begins in the source
  size_t starter_target;  ///< and in the target
  bool after_mark;        ///< whether a combining mark stands behind it
  size_t replaced_count;  ///< the ill-formed sequences replaced by U+FFFD
  size_t stretch_end;     ///< where the stretch ends that chorus_normalise left to the caller
} chorus_normaliser;

/// Why chorus_normalise returned.
typedef enum {
  CHORUS_NORMALISED = 0,   ///< the whole source is done
  CHORUS_NEEDS_ROOM = 1,   ///< `target` must have room for three times the rest of the source
  CHORUS_NEEDS_FOLDER = 2, ///< source bytes from `starter_source` to `stretch_end` need all rules
} chorus_normalise_status;

/// Brings UTF-8 to its NFKC_Casefold form as far as that needs no look at neighbours.
///
/// Ill-formed sequences become U+FFFD. On CHORUS_NEEDS_FOLDER the caller writes the folded form of
/// the stretch to `target` from `starter_target` on, and calls chorus_normaliser_resume.
chorus_normalise_status chorus_normalise(
  const uint8_t *source, size_t source_count, chorus_normaliser *normaliser, uint8_t *target,
  size_t target_capacity);

/// Goes on behind a stretch whose folded form has `folded_count` bytes.
void chorus_normaliser_resume(chorus_normaliser *normaliser, size_t folded_count);

/// The bytes of the first code point, or of the ill-formed sequence that one U+FFFD stands for;
/// `*code_point` is UINT32_MAX for that. `byte_count` is at least 1.
size_t chorus_code_point_length(
  const uint8_t *text, size_t byte_count, uint32_t *code_point);

// MARK: Sketches

/// What a sketch depends on.
typedef struct {
  uint64_t seed;
  uint32_t shingle_width;  ///< in words; 1...16
  uint32_t anchor_width;   ///< in words; 2...16
  uint32_t anchor_window;  ///< in body anchors; 1...16
  bool is_keyed;           ///< whether everything is hashed with the key
  uint64_t key[2];
  uint32_t multipliers[CHORUS_LANE_COUNT];
} chorus_sketch_plan;

/// The most tokens that one call of chorus_sketch_tokens takes.
#define CHORUS_SKETCH_CAPACITY 2240
/// The 64-bit words of memory that chorus_sketch_tokens works in.
enum { CHORUS_SKETCH_WORKSPACE = 4 * (CHORUS_SKETCH_CAPACITY + 16) };
/// The most anchors that chorus_sketch_tokens writes.
enum { CHORUS_SKETCH_ANCHORS = 4 * CHORUS_SKETCH_CAPACITY + 64 };

/// Hashes a number with a key of 128 bits: SipHash-2-4 (Aumasson and Bernstein, 2012) of its eight
/// bytes, least first.
uint64_t chorus_keyed_hash(const uint64_t *key, uint64_t value);

/// Hashes the runs of tokens worth `width` words, one for each token that begins such a run.
///
/// A word counts 1 and a single character 3/5. When `takes_short` is set and there is no such run,
/// the one run of all tokens, if any, takes its place. With a key, which may be
/// null, the hashes are hashed with it. They are shifted right by `shift`. `workspace` has room
/// for `3 * (token_count + 8)` words and `runs` for `token_count`. Returns the
/// number of runs.
size_t chorus_hash_runs(
  const chorus_kernels *kernels, const chorus_token *tokens, size_t token_count, size_t width,
  uint64_t seed, const uint64_t *_Nullable key, bool takes_short, unsigned shift,
  uint64_t *workspace, uint64_t *runs);

/// The number of tokens, beginning with the first, that are worth `width` words; 0 when they are
/// not worth so much.
size_t chorus_run_length(const chorus_token *tokens, size_t token_count, size_t width);

/// The hash of a run of tokens that carries its place: 1 head, 2 tail, 3 line.
uint64_t chorus_placed_anchor(
  const chorus_token *tokens, size_t token_count, uint64_t seed, const uint64_t *_Nullable key,
  unsigned place);

/// Sketches a text, or one part of it at a time.
///
/// Lowers `lanes` by the part's shingles and writes its anchors: the body anchors in the order of
/// the text (each once when the window is one), then the placed ones, with repetitions.
/// `is_first` and `is_last` say whether the part begins and ends the text. Returns the
/// number of anchors; `*used` receives the number of tokens that the next part leaves out: it
/// begins with the others, and still begins the text when that is none.
size_t chorus_sketch_tokens(
  const chorus_kernels *kernels, const chorus_sketch_plan *plan, const chorus_token *tokens,
  size_t token_count, bool is_first, bool is_last, uint64_t *workspace, uint32_t *lanes,
  uint64_t *anchors, size_t *used);

/// Adds the features of tokens to the sums of an embedding: their hashes, the pairs of neighbours,
/// and the runs of three code points of each.
///
/// `previous` is the hash of the token before the first, when `has_previous` is set. The tokens lie
/// in `text`, of which `readable` bytes can be read. `workspace` has room for
/// CHORUS_SKETCH_WORKSPACE words.
void chorus_accumulate_embedding(
  const chorus_kernels *kernels, const uint8_t *text, size_t readable,
  const chorus_token *tokens, size_t token_count, bool has_previous, uint64_t previous,
  uint64_t seed, const uint64_t *_Nullable key, uint64_t *workspace, int32_t *sums,
  size_t dimension);

/// Writes the stored form of an embedding: for each value its sign and, above it, whether it is
/// large, in two bits; the first value lowest. A value is large from 0.9816 times the root mean
/// square on. `code` has room for `dimension / 4` bytes.
void chorus_encode_embedding(const int8_t *embedding, size_t dimension, uint8_t *code);

/// Scales sums so that the largest magnitude is 127; all zeros stay zeros.
void chorus_quantise_embedding(const int32_t *sums, size_t dimension, int8_t *embedding);

// MARK: Memory

/// Maps memory of `new_count` bytes, all zeros behind the `old_count` bytes that `address` holds,
/// in large pages where it is long; or, for 0 bytes, gives it back.
///
/// `address` is NULL or what an earlier call returned. Returns NULL when there is none.
void *_Nullable chorus_remap(void *_Nullable address, size_t old_count, size_t new_count);

/// Asks the CPU to load the memory at an address.
static inline void chorus_prefetch(const void *address) { __builtin_prefetch(address); }

/// Sets a bit that several threads may set and test at the same time.
void chorus_set_bit(uint64_t *bits, size_t place);

/// Whether a bit is set.
bool chorus_test_bit(const uint64_t *bits, size_t place);

// MARK: Postings

/// Sorts values by their bits `low_bit`..<64, keeping the order of equal ones.
///
/// `scratch` has room for `count` values. The result is in `values`.
void chorus_sort_postings(uint64_t *values, uint64_t *scratch, size_t count, unsigned low_bit);

/// Puts postings into 2048 buckets by their eleven bits from `shift` on, keeping the order of equal
/// ones.
///
/// `target` has room for `count`; bucket b is `target[starts[b]]` up to `target[starts[b + 1]]`.
void chorus_partition_postings(
  const uint64_t *values, size_t count, unsigned shift, uint64_t *target, size_t *starts);

/// Replaces the row of each posting by `rows[row]`, restoring ascending rows under each key.
///
/// `postings` is sorted by key; `scratch` has room for `count`. Every row is below the number of
/// entries in `rows`.
void chorus_renumber_postings(
  uint64_t *postings, uint64_t *scratch, size_t count, const uint32_t *rows);

/// Drops repeated postings, and those of keys whose rows weigh less than `common` together.
///
/// `postings` is sorted by key and then by row; a row is below 2^23, and the bit above it says that
/// the posting is kept all the same. That bit is gone in the result. Each row has its weight.
/// `first_shared_keys` has an entry for each row, UINT64_MAX at first, and receives the least key
/// that the row shares with another; several threads may thin different keys into the same one.
/// Returns the number of postings left.
size_t chorus_thin_postings(
  uint64_t *postings, size_t count, const uint32_t *weights, uint64_t common,
  uint64_t *first_shared_keys);

/// The most bytes of a block of postings: small, because a look-up verifies all of them.
#define CHORUS_POSTING_BLOCK_BYTES 4096
/// The most postings in a block, so that a few bytes cannot claim to be millions.
#define CHORUS_POSTING_BLOCK_POSTINGS 4096
/// The bytes before the keys of a block.
#define CHORUS_POSTING_BLOCK_HEADER 8
/// The bytes into which one posting, whatever it is, fits.
#define CHORUS_POSTING_BLOCK_LEAST 24

/// Encodes sorted, distinct postings, as many as fit into `capacity` bytes.
///
/// The form is in the format pages. `width` is the number of bits of the greatest row, and
/// `capacity` is from CHORUS_POSTING_BLOCK_LEAST to CHORUS_POSTING_BLOCK_BYTES.
/// Returns the bytes written; `*taken` receives the number of postings encoded.
size_t chorus_encode_postings(
  const uint64_t *postings, size_t count, unsigned width, uint8_t *bytes, size_t capacity,
  size_t *taken);

/// Decodes what chorus_encode_postings wrote; `first_key` is the key of the first posting.
///
/// Returns the number of postings, or SIZE_MAX when the bytes are malformed, hold more than
/// `capacity` postings, or are not in strictly ascending order.
size_t chorus_decode_postings(
  const uint8_t *bytes, size_t byte_count, uint64_t first_key, uint64_t *postings,
  size_t capacity);

/// The bytes behind a block that save a look-up its copy where they can be read.
#define CHORUS_POSTING_BLOCK_SLACK 16

/// Decodes the postings of a block whose keys are in `least...most`, without looking at others.
///
/// `readable` is the number of bytes that can be read from `bytes` on, at least `byte_count`; what
/// stands behind the block changes nothing. Returns their number, or SIZE_MAX when what was read is
/// malformed or more than `capacity`.
size_t chorus_find_postings(
  const uint8_t *bytes, size_t byte_count, size_t readable, uint64_t first_key, uint64_t least,
  uint64_t most, uint64_t *postings, size_t capacity);

/// Asks the CPU to load those parts of a block that a look-up of keys from `least` on will read.
void chorus_prefetch_postings(
  const uint8_t *bytes, size_t byte_count, uint64_t first_key, uint64_t least);

/// Consecutive rows that are posted under one key.
typedef struct {
  uint64_t key;
  uint32_t row;    ///< the first
  uint32_t count;  ///< at least 1
} chorus_run;

/// Finds the runs of rows of a block under the keys in `least...most`, without looking at others.
///
/// Takes time for each run and not for each row, and ends when there are `capacity` runs. Returns
/// their number, or SIZE_MAX when what was read is malformed.
size_t chorus_find_runs(
  const uint8_t *bytes, size_t byte_count, size_t readable, uint64_t first_key, uint64_t least,
  uint64_t most, chorus_run *runs, size_t capacity);

// MARK: Collisions

/// Rows that collide with a query in some bands, with the sum of what each collision weighs.
typedef struct {
  uint32_t row;     ///< the first
  uint32_t count;   ///< at least 1
  uint32_t weight;  ///< at least 1
} chorus_collision;

/// The most runs that may hold one row: one for each band.
#define CHORUS_OVERLAP_CAPACITY 64

/// Adds up the weights of the runs that each row is in.
///
/// A run is `row << 32 | count << 8 | weight`, of 24, 24 and 8 bits; no row is in more than
/// CHORUS_OVERLAP_CAPACITY of them. `runs` is sorted; `scratch` has room for as many. Writes the
/// rows of weight `least` and more, as intervals of equal weight in order of rows, to `collisions`,
/// which has room for `2 * run_count`. Returns the number of intervals, or SIZE_MAX when a row is
/// in too many runs.
size_t chorus_count_collisions(
  uint64_t *runs, uint64_t *scratch, size_t run_count, uint32_t least,
  chorus_collision *collisions);

// MARK: Sets of shingles

/// Puts the elements of shingles in order, each once: the high half of a shingle, or 1 where that
/// is 0.
///
/// `scratch` and `elements` have room for `shingle_count`. Returns the number of elements. Linear
/// for hashes, and never worse than *n* log *n*.
size_t chorus_distinct_elements(
  const uint64_t *shingles, size_t shingle_count, uint64_t *scratch, uint32_t *elements);

/// Counts the elements that two ascending sets share.
size_t chorus_count_shared(
  const uint32_t *first, size_t first_count, const uint32_t *second, size_t second_count);

// MARK: Numbers

/// Writes signed bytes as floating-point numbers.
void chorus_bytes_to_floats(const int8_t *bytes, size_t count, float *values);

/// Writes whole numbers of magnitude below 2^31 as integers.
void chorus_floats_to_integers(const float *values, size_t count, int32_t *integers);

#ifdef __cplusplus
}
#endif

#pragma clang assume_nonnull end

#endif
