// SPDX-License-Identifier: Apache-2.0
//
// Reads JSON Lines with simdjson On Demand, through a C face.
//
// The caller names the fields it wants as dotted paths; each distinct path gets a slot. One call
// reads many lines of a block and fills, for each line that is not blank, its place and status and
// one value for each slot. The bytes of the values go to an arena that the caller owns.
//
// Guarantees: no exception leaves a function; nothing is written outside the memory given; an error
// stays in its line; every byte of an accepted line was checked to be JSON and UTF-8, also in the
// fields that nobody asked for. When a key appears twice in an object, the last one wins.

#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  /// How many bytes must be readable after the last line, and free at the end of the arena.
  CHORUS_JSON_PADDING = 64,
  /// How deep a value may nest.
  CHORUS_JSON_MAXIMUM_DEPTH = 1024,
  /// How many components a path may have.
  CHORUS_JSON_MAXIMUM_PATH_COUNT = 32,
};

/// What became of a line.
typedef enum {
  CHORUS_JSON_OK = 0,
  CHORUS_JSON_NOT_JSON = 1,
  CHORUS_JSON_NOT_AN_OBJECT = 2,
  CHORUS_JSON_INVALID_UTF8 = 3,
  /// A wanted string has an escape that is one half of a surrogate pair.
  CHORUS_JSON_LONE_SURROGATE = 4,
  /// Longer than the limit, or than the memory that can be had.
  CHORUS_JSON_TOO_LARGE = 5,
} chorus_json_status;

/// What a slot holds.
typedef enum {
  CHORUS_JSON_ABSENT = 0,
  CHORUS_JSON_NULL = 1,
  /// The unescaped bytes are in the arena.
  CHORUS_JSON_STRING = 2,
  /// The number as it was written is in the arena.
  CHORUS_JSON_NUMBER = 3,
  /// `true` or `false` is in the arena.
  CHORUS_JSON_BOOLEAN = 4,
  CHORUS_JSON_ARRAY = 5,
  CHORUS_JSON_OBJECT = 6,
  /// The text slot was a chat array; its joined text is in the arena.
  CHORUS_JSON_CHAT = 7,
  /// The text slot was an array of another shape.
  CHORUS_JSON_INVALID_CHAT = 8,
} chorus_json_kind;

/// One line that is not blank.
typedef struct {
  /// Where the line begins in the block.
  uint32_t offset;
  /// The bytes of the line without its line break.
  uint32_t count;
  /// The number of line breaks before it in the block.
  uint32_t number;
  chorus_json_status status;
} chorus_json_line;

/// The value of one slot in one line.
typedef struct {
  /// Where the bytes begin in the arena.
  uint32_t offset;
  uint32_t count;
  chorus_json_kind kind;
} chorus_json_value;

/// A block of lines.
typedef struct {
  const uint8_t *_Nonnull bytes;
  /// The bytes that are lines; below 2^31.
  size_t byte_count;
  /// The bytes that may be read; at least `byte_count + CHORUS_JSON_PADDING`.
  size_t readable_count;
  /// The longest line to read, without its line break.
  size_t maximum_line_count;
} chorus_json_input;

/// The memory to fill.
typedef struct {
  uint8_t *_Nonnull arena;
  /// At least the input's `byte_count + CHORUS_JSON_PADDING`.
  size_t arena_capacity;
  chorus_json_line *_Nonnull lines;
  /// Room for `line_capacity` times the number of slots.
  chorus_json_value *_Nonnull values;
  size_t line_capacity;
} chorus_json_output;

/// How far a block has been read; all zero at its start.
typedef struct {
  size_t offset;
  size_t line_number;
  size_t arena_count;
} chorus_json_cursor;

/// The wanted fields and the memory of simdjson; for one thread at a time.
typedef struct chorus_json_parser chorus_json_parser;

/// Returns a parser without slots, or NULL when there is no memory.
chorus_json_parser *_Nullable chorus_json_create(void);

/// Frees a parser.
void chorus_json_destroy(chorus_json_parser *_Nonnull parser);

/// Returns the slot of a dotted path, which is new unless the path was added before, or -1 when a
/// component is empty, there are too many, or there is no memory.
int32_t chorus_json_add_path(
  chorus_json_parser *_Nonnull parser, const uint8_t *_Nonnull path, size_t path_count);

/// Says which slot holds the text, where an array is read as a chat.
void chorus_json_set_text_slot(chorus_json_parser *_Nonnull parser, int32_t slot);

/// Adds a role whose turns are kept. Returns 0, or -1 when there is no memory.
int32_t chorus_json_add_role(
  chorus_json_parser *_Nonnull parser, const uint8_t *_Nonnull role, size_t role_count);

/// Reads lines from the cursor on, until the block ends or `line_capacity` lines are filled.
///
/// Returns the number of lines filled. The values of line *i* are at *i* times the slot count, and
/// mean something only when its status is `CHORUS_JSON_OK`. Returns 0 without touching anything
/// when the sizes break their rules.
size_t chorus_json_read_lines(
  chorus_json_parser *_Nonnull parser, const chorus_json_input *_Nonnull input,
  const chorus_json_output *_Nonnull output, chorus_json_cursor *_Nonnull cursor);

/// Returns the number of line feeds in some bytes.
size_t chorus_json_count_line_feeds(const uint8_t *_Nonnull bytes, size_t byte_count);

#ifdef __cplusplus
}
#endif
