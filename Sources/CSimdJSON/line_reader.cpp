// SPDX-License-Identifier: Apache-2.0

#include "line_reader.h"

#include <cstring>

#include "json_syntax.h"

namespace chorus {

namespace {

/// The least capacity given to simdjson, so that ordinary lines never make it grow.
constexpr size_t least_capacity = size_t(1) << 16;

/// Returns the least power of two that is not below `count`.
size_t rounded_up(size_t count) noexcept {
  size_t capacity = least_capacity;
  while (capacity < count) capacity *= 2;
  return capacity;
}

}  // namespace

chorus_json_status LineReader::read(
  const uint8_t *line, size_t count, size_t readable_count, Arena &target,
  chorus_json_value *slots) noexcept {
  arena = &target;
  values = slots;
  end = line + count;
  line_ordinal++;
  for (int32_t slot = 0; slot < plan.slot_count; slot++) slots[slot] = {0, 0, CHORUS_JSON_ABSENT};

  chorus_json_status status = check_root(line);
  if (status == CHORUS_JSON_OK) status = reserve(count);
  if (status == CHORUS_JSON_OK) status = read_record(line, count, readable_count);
  const bool may_be_utf8 = status == CHORUS_JSON_OK || status == CHORUS_JSON_TOO_LARGE
    || simdjson::validate_utf8(reinterpret_cast<const char *>(line), count);
  return may_be_utf8 ? status : CHORUS_JSON_INVALID_UTF8;
}

/// Looks at the first byte: what is no object need not be read to be refused.
chorus_json_status LineReader::check_root(const uint8_t *line) const noexcept {
  const uint8_t *const at = skip_space(line, end);
  if (at == end) return CHORUS_JSON_NOT_JSON;
  if (*at == '{') return CHORUS_JSON_OK;
  if (*at == '[') return CHORUS_JSON_NOT_AN_OBJECT;
  const uint8_t *const after = value_end(at, end);
  return after != nullptr && skip_space(after, end) == end
    ? CHORUS_JSON_NOT_AN_OBJECT : CHORUS_JSON_NOT_JSON;
}

chorus_json_status LineReader::read_record(
  const uint8_t *line, size_t count, size_t readable_count) noexcept {
  simdjson::ondemand::document document;
  object root;
  if (parser.iterate(line, count, readable_count).get(document)) return CHORUS_JSON_NOT_JSON;
  if (document.get_object().get(root)) return CHORUS_JSON_NOT_JSON;
  const auto status = read_object(root, 0);
  if (status != CHORUS_JSON_OK) return status;
  const bool is_at_end = document.current_location().error() == simdjson::OUT_OF_BOUNDS;
  return is_at_end ? CHORUS_JSON_OK : CHORUS_JSON_NOT_JSON;
}

chorus_json_status LineReader::reserve(size_t count) noexcept {
  if (count <= parser.capacity()) return CHORUS_JSON_OK;
  return parser.allocate(rounded_up(count)) ? CHORUS_JSON_TOO_LARGE : CHORUS_JSON_OK;
}

/// Reads the fields of the object that `parent` stands for. Paths have few components, so the
/// recursion through `read_container` is shallow whatever the line holds.
chorus_json_status LineReader::read_object(object &object, uint32_t parent) noexcept {
  for (auto entry : object) {
    simdjson::ondemand::field field;
    if (std::move(entry).get(field)) return CHORUS_JSON_NOT_JSON;
    chorus_json_status status = CHORUS_JSON_OK;
    const auto key = view(field.key(), status);
    if (status != CHORUS_JSON_OK) return status;
    const uint32_t place = key ? plan.child(parent, *key) : 0;
    status = place == 0 ? skip(field.value()) : read_field(field.value(), place);
    if (status != CHORUS_JSON_OK) return status;
  }
  return CHORUS_JSON_OK;
}

chorus_json_status LineReader::read_field(value &value, uint32_t place) noexcept {
  Node &node = plan.nodes[place];
  if (node.seen == line_ordinal) forget(place);
  node.seen = line_ordinal;
  const uint8_t first = *first_byte(value);
  if (first == '{' || first == '[') return read_container(value, place);
  if (node.slot < 0) return skip(value);

  chorus_json_kind kind = CHORUS_JSON_STRING;
  const size_t start = arena->count;
  const auto status = first == '"' ? read_string(value) : read_scalar(value, kind);
  values[node.slot] = {uint32_t(start), uint32_t(arena->count - start), kind};
  return status;
}

chorus_json_status LineReader::read_container(value &value, uint32_t place) noexcept {
  const Node &node = plan.nodes[place];
  const bool is_object = *first_byte(value) == '{';
  const size_t start = arena->count;
  chorus_json_kind kind = is_object ? CHORUS_JSON_OBJECT : CHORUS_JSON_ARRAY;
  chorus_json_status status;
  if (is_object && !node.children.empty()) {
    object inner;
    if (value.get_object().get(inner)) return CHORUS_JSON_NOT_JSON;
    status = read_object(inner, place);
  } else if (!is_object && node.slot >= 0 && node.slot == plan.text_slot) {
    bool is_valid = true;
    status = read_chat(value, is_valid);
    kind = is_valid ? CHORUS_JSON_CHAT : CHORUS_JSON_INVALID_CHAT;
  } else {
    status = skip(value);
  }
  const bool has_text = kind == CHORUS_JSON_CHAT;
  const size_t count = has_text ? arena->count - start : 0;
  if (node.slot >= 0) values[node.slot] = {uint32_t(start), uint32_t(count), kind};
  return status;
}

/// Appends a string, unescaped.
chorus_json_status LineReader::read_string(value &value) noexcept {
  const uint8_t *const first = first_byte(value);
  raw_string raw;
  if (value.get_raw_json_string().get(raw)) return CHORUS_JSON_NOT_JSON;
  uint8_t *target = arena->bytes + arena->count;
  if (parser.unescape(raw, target).error()) {
    return string_end(first, end) == nullptr ? CHORUS_JSON_NOT_JSON : CHORUS_JSON_LONE_SURROGATE;
  }
  arena->count = size_t(target - arena->bytes);
  return CHORUS_JSON_OK;
}

/// Appends a number or a Boolean as it was written.
chorus_json_status LineReader::read_scalar(value &value, chorus_json_kind &kind) noexcept {
  const uint8_t *const first = first_byte(value);
  const uint8_t *const after = value_end(first, end);
  if (after == nullptr || !is_followed_by_separator(after, end)) return CHORUS_JSON_NOT_JSON;
  kind = *first == 'n' ? CHORUS_JSON_NULL
    : *first == 't' || *first == 'f' ? CHORUS_JSON_BOOLEAN : CHORUS_JSON_NUMBER;
  if (kind == CHORUS_JSON_NULL) return CHORUS_JSON_OK;
  memcpy(arena->bytes + arena->count, first, size_t(after - first));
  arena->count += size_t(after - first);
  return CHORUS_JSON_OK;
}

/// Checks a value that nobody asked for. A string is taken off the iterator here: On Demand would
/// skip a string before a stray colon as if it were a key.
chorus_json_status LineReader::skip(value &value) noexcept {
  const uint8_t *const first = first_byte(value);
  const uint8_t *const after = value_end(first, end);
  if (after == nullptr || !is_followed_by_separator(after, end)) return CHORUS_JSON_NOT_JSON;
  raw_string raw;
  if (*first == '"' && value.get_raw_json_string().get(raw)) return CHORUS_JSON_NOT_JSON;
  return CHORUS_JSON_OK;
}

/// Empties the slots of a key and of all keys below it.
void LineReader::forget(uint32_t place) noexcept {
  Node &node = plan.nodes[place];
  node.seen = 0;
  if (node.slot >= 0) values[node.slot] = {0, 0, CHORUS_JSON_ABSENT};
  for (const uint32_t child : node.children) forget(child);
}

std::optional<std::string_view> LineReader::view(
  raw_string string, chorus_json_status &status) noexcept {
  const char *const start = string.raw();
  const uint8_t *const first = reinterpret_cast<const uint8_t *>(start);
  const uint8_t *const stop = skip_plain(first, end);
  if (*stop == '"') return std::string_view(start, size_t(stop - first));
  uint8_t *target = arena->bytes + arena->count;
  std::string_view unescaped;
  if (!parser.unescape(string, target).get(unescaped)) return unescaped;
  if (string_end(first - 1, end) == nullptr) status = CHORUS_JSON_NOT_JSON;
  return std::nullopt;
}

}  // namespace chorus
