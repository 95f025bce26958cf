// SPDX-License-Identifier: Apache-2.0
//
// Reads the wanted fields of one line with simdjson On Demand.

#pragma once

#include <simdjson.h>

#include <optional>
#include <string_view>

#include "csimdjson.h"
#include "json_plan.h"

namespace chorus {

/// Where the bytes of values go.
///
/// There is always room: what a line adds is never longer than the line, because unescaping only
/// shortens and what joins the turns of a chat is shorter than the syntax between them.
struct Arena {
  uint8_t *bytes;
  size_t count;
};

/// Reads one line at a time; kept between lines for the memory of simdjson.
class LineReader {
 public:
  explicit LineReader(Plan &plan) noexcept : plan(plan) {}

  /// Reads a line into `values`, one for each slot, and `arena`.
  ///
  /// `readable_count` bytes from the line's first byte on may be read: at least the line and the
  /// padding. On failure the values and the arena beyond its old count mean nothing.
  chorus_json_status read(
    const uint8_t *line, size_t count, size_t readable_count, Arena &arena,
    chorus_json_value *values) noexcept;

 private:
  using value = simdjson::ondemand::value;
  using object = simdjson::ondemand::object;
  using raw_string = simdjson::ondemand::raw_json_string;

  chorus_json_status check_root(const uint8_t *line) const noexcept;
  chorus_json_status read_record(
    const uint8_t *line, size_t count, size_t readable_count) noexcept;
  chorus_json_status reserve(size_t count) noexcept;
  chorus_json_status read_object(object &object, uint32_t parent) noexcept;
  chorus_json_status read_field(value &value, uint32_t place) noexcept;
  chorus_json_status read_container(value &value, uint32_t place) noexcept;
  chorus_json_status read_string(value &value) noexcept;
  chorus_json_status read_scalar(value &value, chorus_json_kind &kind) noexcept;
  chorus_json_status skip(value &value) noexcept;
  void forget(uint32_t place) noexcept;

  struct Turn;
  chorus_json_status read_chat(value &value, bool &is_valid) noexcept;
  chorus_json_status read_turn(value &value, bool &is_valid) noexcept;
  chorus_json_status read_role(value &value, Turn &turn) noexcept;
  chorus_json_status read_content(value &value, Turn &turn) noexcept;
  chorus_json_status read_parts(value &value, Turn &turn) noexcept;
  chorus_json_status read_part(value &value, Turn &turn) noexcept;
  chorus_json_status read_piece(value &value, Turn &turn) noexcept;

  /// Reads a short string into a view that lasts until the arena grows: of the line itself, or of
  /// free arena. `nullopt` for a lone surrogate. Sets `status` when the string is not JSON.
  std::optional<std::string_view> view(raw_string string, chorus_json_status &status) noexcept;

  Plan &plan;
  simdjson::ondemand::parser parser;
  Arena *arena = nullptr;
  chorus_json_value *values = nullptr;
  const uint8_t *end = nullptr;
  uint64_t line_ordinal = 0;
  size_t chat_start = 0;
};

/// Returns the first byte of a value.
inline const uint8_t *first_byte(simdjson::ondemand::value &value) noexcept {
  return reinterpret_cast<const uint8_t *>(value.raw_json_token().data());
}

}  // namespace chorus
