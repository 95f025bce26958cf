// SPDX-License-Identifier: Apache-2.0
//
// The vectorised core of Chorus: pure functions over memory that the caller owns. No function
// here allocates, keeps state, does I/O or asserts on data. Counts are in elements. What a kernel
// computes is defined by scalar.c; the other instruction sets give the same bits.

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
/// The bytes of a stored signature: four bits a lane.
#define CHORUS_SIGNATURE_BYTE_COUNT 64
/// The number of bands of a signature.
#define CHORUS_BAND_COUNT 16
/// The number of low bits of a posting that hold the row; the rest is the key.
#define CHORUS_POSTING_ROW_BITS 24

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

/// Lowers each of 128 lanes to the least `multipliers[j] * shingles[i]` mod 2^32 over all i.
///
/// `lanes` starts as all ones for an empty set. Multipliers are odd.
typedef void (*chorus_minimise_fn)(
  const uint32_t *shingles, size_t shingle_count, const uint32_t *multipliers, uint32_t *lanes);

/// Counts, for each stored signature, the lanes that agree with the query's.
///
/// `rows` holds `row_count` signatures of 64 bytes; `counts[i]` is in 0...128.
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
  chorus_minimise_fn minimise;
  chorus_agreement_fn agreement;
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

/// The class of a code point, in the low three bits; the next bit is set when NFKC_Casefold maps
/// the code point to itself and no neighbour can change that.
uint8_t chorus_code_point_properties(uint32_t code_point);

/// The bit of chorus_code_point_properties that marks a stable code point.
#define CHORUS_STABLE 8

/// The ASCII letter that a code point can be mistaken for (Unicode Technical Standard 39), or 0.
uint8_t chorus_confusable_letter(uint32_t code_point);

/// One token of a normalised text.
typedef struct {
  uint64_t hash;   ///< of the token's bytes, homoglyphs folded
  uint32_t start;  ///< offset of the first byte; the top bit is set on the first token of a line
  uint32_t end;    ///< offset after the last byte
} chorus_token;

/// The bit of chorus_token.start that marks the first token of a line.
#define CHORUS_LINE_START 0x80000000u

/// The number of leading bytes that are stable under NFKC_Casefold: ASCII without capital letters
/// and code points marked stable. The byte at the returned position starts a code point that is
/// not stable, or is where `text` ends. `text` is valid UTF-8.
size_t chorus_stable_prefix(const uint8_t *text, size_t byte_count);

/// Cuts normalised, valid UTF-8 into tokens.
///
/// `tokens` has room for `byte_count` tokens; `byte_count` is below 2^31.
/// A text without any letter, digit or emoji has one token for each visible code point instead.
/// Returns the number of tokens.
size_t chorus_tokenise(const uint8_t *text, size_t byte_count, chorus_token *tokens);

// MARK: Sketches

/// Hashes each run of `width` consecutive tokens into 64 bits.
///
/// Writes `token_count - width + 1` hashes, or one over all tokens when there are fewer than
/// `width`, or none when there are no tokens. Returns the number written.
size_t chorus_shingle(
  const chorus_token *tokens, size_t token_count, size_t width, uint64_t seed, uint64_t *shingles);

/// Reduces 128 minima to a stored signature of four bits a lane and to 16 band keys.
///
/// Band b is made of eight bits of each of the lanes 4b...4b+3, first lane highest.
void chorus_pack_signature(const uint32_t *lanes, uint8_t *signature, uint32_t *band_keys);

/// Adds the signed hashed token 1-grams and 2-grams of a text to `dimension` sums.
///
/// `dimension` is a power of two. The caller clears the sums.
void chorus_accumulate_embedding(
  const chorus_token *tokens, size_t token_count, uint64_t seed, int32_t *sums, size_t dimension);

/// Scales sums so that the largest magnitude is 127; all zeros stay zeros.
void chorus_quantise_embedding(const int32_t *sums, size_t dimension, int8_t *embedding);

// MARK: Postings

/// Sorts values by their bits `low_bit`..<64, keeping the order of equal ones.
///
/// `scratch` has room for `count` values. The result is in `values`.
void chorus_sort_postings(uint64_t *values, uint64_t *scratch, size_t count, unsigned low_bit);

/// Replaces the row of each posting by `rows[row]`, restoring ascending rows under each key.
///
/// `postings` is sorted by key; `scratch` has room for `count`. Every row is below the number of
/// entries in `rows`.
void chorus_renumber_postings(
  uint64_t *postings, uint64_t *scratch, size_t count, const uint32_t *rows);

/// Encodes sorted postings, as many as fit into `capacity` bytes.
///
/// The form is in the format pages: key groups as (key delta, rows), all varints.
/// Returns the bytes written; `*taken` receives the number of postings encoded.
size_t chorus_encode_postings(
  const uint64_t *postings, size_t count, uint8_t *bytes, size_t capacity, size_t *taken);

/// Decodes what chorus_encode_postings wrote.
///
/// Returns the number of postings, or SIZE_MAX when the bytes are malformed, hold more than
/// `capacity` postings, or are not in strictly ascending order.
size_t chorus_decode_postings(
  const uint8_t *bytes, size_t byte_count, uint64_t *postings, size_t capacity);

#ifdef __cplusplus
}
#endif

#pragma clang assume_nonnull end

#endif
