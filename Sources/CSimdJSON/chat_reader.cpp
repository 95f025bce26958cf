// SPDX-License-Identifier: Apache-2.0
//
// The part of LineReader that joins the text of a chat array.
//
// A turn is {"role", "content"} in any order; content is a string, null, or an array of parts such
// as {"type": "text", "text": "..."}. The pieces of the kept turns are joined by an empty line;
// empty pieces leave no trace. What a turn that is not kept holds does not matter, as long as it is
// JSON.

#include <cstring>

#include "json_syntax.h"
#include "line_reader.h"

namespace chorus {

/// What is known of a turn, or of a part, while its keys come in any order.
struct LineReader::Turn {
  /// The arena's count before it.
  size_t mark;
  bool has_role = false;
  bool is_kept = false;
  /// Whether its text has the right shape.
  bool is_valid = true;
  /// Whether its text has a lone surrogate; matters only if it is kept.
  bool has_lone_surrogate = false;

  explicit Turn(size_t mark) noexcept : mark(mark) {}

  /// Returns whether text need not be read because its role has already ruled it out.
  bool is_dropped() const noexcept { return has_role && !is_kept; }

  /// Forgets the text read so far, because the key came again.
  void restart(Arena &arena) noexcept {
    arena.count = mark;
    is_valid = true;
    has_lone_surrogate = false;
  }
};

chorus_json_status LineReader::read_chat(value &value, bool &is_valid) noexcept {
  simdjson::ondemand::array turns;
  if (value.get_array().get(turns)) return CHORUS_JSON_NOT_JSON;
  chat_start = arena->count;
  for (auto entry : turns) {
    simdjson::ondemand::value turn;
    if (std::move(entry).get(turn)) return CHORUS_JSON_NOT_JSON;
    const bool is_object = *first_byte(turn) == '{';
    if (!is_object) is_valid = false;
    const auto status = is_object ? read_turn(turn, is_valid) : skip(turn);
    if (status != CHORUS_JSON_OK) return status;
  }
  return CHORUS_JSON_OK;
}

chorus_json_status LineReader::read_turn(value &value, bool &is_valid) noexcept {
  object fields;
  if (value.get_object().get(fields)) return CHORUS_JSON_NOT_JSON;
  Turn turn(arena->count);
  for (auto entry : fields) {
    simdjson::ondemand::field field;
    if (std::move(entry).get(field)) return CHORUS_JSON_NOT_JSON;
    chorus_json_status status = CHORUS_JSON_OK;
    const auto key = view(field.key(), status);
    if (status != CHORUS_JSON_OK) return status;
    if (key == "role") {
      status = read_role(field.value(), turn);
    } else if (key == "content") {
      status = read_content(field.value(), turn);
    } else {
      status = skip(field.value());
    }
    if (status != CHORUS_JSON_OK) return status;
  }
  if (!turn.is_kept) {
    arena->count = turn.mark;
    return CHORUS_JSON_OK;
  }
  if (!turn.is_valid) is_valid = false;
  return turn.has_lone_surrogate ? CHORUS_JSON_LONE_SURROGATE : CHORUS_JSON_OK;
}

chorus_json_status LineReader::read_role(value &value, Turn &turn) noexcept {
  turn.has_role = true;
  turn.is_kept = false;
  if (*first_byte(value) != '"') return skip(value);
  raw_string raw;
  if (value.get_raw_json_string().get(raw)) return CHORUS_JSON_NOT_JSON;
  chorus_json_status status = CHORUS_JSON_OK;
  const auto role = view(raw, status);
  turn.is_kept = role && plan.keeps(*role);
  return status;
}

chorus_json_status LineReader::read_content(value &value, Turn &turn) noexcept {
  turn.restart(*arena);
  const uint8_t first = *first_byte(value);
  if (turn.is_dropped()) {
    // Should the role come again and rule otherwise, the text is gone: the turn is refused then.
    turn.is_valid = false;
    return skip(value);
  }
  if (first == '"') return read_piece(value, turn);
  if (first == '[') return read_parts(value, turn);
  turn.is_valid = first == 'n';
  return skip(value);
}

chorus_json_status LineReader::read_parts(value &value, Turn &turn) noexcept {
  simdjson::ondemand::array parts;
  if (value.get_array().get(parts)) return CHORUS_JSON_NOT_JSON;
  for (auto entry : parts) {
    simdjson::ondemand::value part;
    if (std::move(entry).get(part)) return CHORUS_JSON_NOT_JSON;
    const bool is_object = *first_byte(part) == '{';
    if (!is_object) turn.is_valid = false;
    const auto status = is_object ? read_part(part, turn) : skip(part);
    if (status != CHORUS_JSON_OK) return status;
  }
  return CHORUS_JSON_OK;
}

/// Reads a part, which is like a turn with `type` for its role and `text` for its content.
chorus_json_status LineReader::read_part(value &value, Turn &turn) noexcept {
  object fields;
  if (value.get_object().get(fields)) return CHORUS_JSON_NOT_JSON;
  Turn part(arena->count);
  for (auto entry : fields) {
    simdjson::ondemand::field field;
    if (std::move(entry).get(field)) return CHORUS_JSON_NOT_JSON;
    chorus_json_status status = CHORUS_JSON_OK;
    const auto key = view(field.key(), status);
    if (status != CHORUS_JSON_OK) return status;
    const bool is_string = *first_byte(field.value()) == '"';
    if (key == "type" && is_string) {
      raw_string raw;
      if (field.value().get_raw_json_string().get(raw)) return CHORUS_JSON_NOT_JSON;
      const auto type = view(raw, status);
      part.is_kept = type == "text" || type == "input_text" || type == "output_text";
    } else if (key == "text" && is_string) {
      part.restart(*arena);
      status = read_piece(field.value(), part);
    } else {
      if (key == "text") {
        part.restart(*arena);
        part.is_valid = false;
      }
      status = skip(field.value());
    }
    if (status != CHORUS_JSON_OK) return status;
  }
  if (!part.is_kept) {
    arena->count = part.mark;
    return CHORUS_JSON_OK;
  }
  if (!part.is_valid) turn.is_valid = false;
  if (part.has_lone_surrogate) turn.has_lone_surrogate = true;
  return CHORUS_JSON_OK;
}

/// Appends a string, after an empty line if there is text before it.
chorus_json_status LineReader::read_piece(value &value, Turn &turn) noexcept {
  const size_t mark = arena->count;
  if (mark > chat_start) {
    memcpy(arena->bytes + arena->count, "\n\n", 2);
    arena->count += 2;
  }
  const size_t start = arena->count;
  const auto status = read_string(value);
  if (status != CHORUS_JSON_OK || arena->count == start) arena->count = mark;
  if (status != CHORUS_JSON_LONE_SURROGATE) return status;
  turn.has_lone_surrogate = true;
  return CHORUS_JSON_OK;
}

}  // namespace chorus
