// SPDX-License-Identifier: Apache-2.0

#include "csimdjson.h"

#include <cstring>
#include <new>

#include "json_plan.h"
#include "json_syntax.h"
#include "line_reader.h"

static_assert(CHORUS_JSON_PADDING >= simdjson::SIMDJSON_PADDING, "simdjson wants more padding");

struct chorus_json_parser {
  chorus::Plan plan;
  chorus::LineReader reader{plan};
};

namespace {

/// Returns whether the caller kept the rules on sizes.
bool is_sound(const chorus_json_input &input, const chorus_json_output &output) noexcept {
  const size_t padded_count = input.byte_count + CHORUS_JSON_PADDING;
  return input.byte_count < (size_t(1) << 31) && input.readable_count >= padded_count
    && output.arena_capacity >= padded_count;
}

/// Returns the place of the next line and moves the cursor past it and its line break.
chorus_json_line next_line(const chorus_json_input &input, chorus_json_cursor &cursor) noexcept {
  const uint8_t *const start = input.bytes + cursor.offset;
  const size_t rest = input.byte_count - cursor.offset;
  const void *const feed = memchr(start, '\n', rest);
  size_t count = feed == nullptr ? rest : size_t(static_cast<const uint8_t *>(feed) - start);
  chorus_json_line line = {uint32_t(cursor.offset), 0, uint32_t(cursor.line_number),
    CHORUS_JSON_OK};
  cursor.offset += feed == nullptr ? count : count + 1;
  cursor.line_number += 1;
  if (count > 0 && start[count - 1] == '\r') count -= 1;
  line.count = uint32_t(count);
  return line;
}

}  // namespace

chorus_json_parser *chorus_json_create(void) {
  try {
    return new chorus_json_parser;
  } catch (...) {
    return nullptr;
  }
}

void chorus_json_destroy(chorus_json_parser *parser) { delete parser; }

int32_t chorus_json_add_path(
  chorus_json_parser *parser, const uint8_t *path, size_t path_count) {
  try {
    return parser->plan.add({reinterpret_cast<const char *>(path), path_count});
  } catch (...) {
    return -1;
  }
}

void chorus_json_set_text_slot(chorus_json_parser *parser, int32_t slot) {
  parser->plan.text_slot = slot;
}

int32_t chorus_json_add_role(
  chorus_json_parser *parser, const uint8_t *role, size_t role_count) {
  try {
    parser->plan.roles.emplace_back(reinterpret_cast<const char *>(role), role_count);
    return 0;
  } catch (...) {
    return -1;
  }
}

size_t chorus_json_read_lines(
  chorus_json_parser *parser, const chorus_json_input *input, const chorus_json_output *output,
  chorus_json_cursor *cursor) {
  if (!is_sound(*input, *output)) return 0;
  const size_t slot_count = size_t(parser->plan.slot_count);
  size_t filled = 0;
  while (filled < output->line_capacity && cursor->offset < input->byte_count) {
    chorus_json_line line = next_line(*input, *cursor);
    const uint8_t *const start = input->bytes + line.offset;
    if (chorus::skip_space(start, start + line.count) == start + line.count) continue;
    chorus::Arena arena = {output->arena, cursor->arena_count};
    line.status = line.count > input->maximum_line_count
      ? CHORUS_JSON_TOO_LARGE
      : parser->reader.read(
          start, line.count, input->readable_count - line.offset, arena,
          output->values + filled * slot_count);
    if (line.status == CHORUS_JSON_OK) cursor->arena_count = arena.count;
    output->lines[filled++] = line;
  }
  return filled;
}

size_t chorus_json_count_line_feeds(const uint8_t *bytes, size_t byte_count) {
  const uint8_t *const end = bytes + byte_count;
  size_t count = 0;
  while (bytes < end) {
    const void *const feed = memchr(bytes, '\n', size_t(end - bytes));
    if (feed == nullptr) break;
    bytes = static_cast<const uint8_t *>(feed) + 1;
    count++;
  }
  return count;
}
