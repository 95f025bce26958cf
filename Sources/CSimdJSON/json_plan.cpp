// SPDX-License-Identifier: Apache-2.0

#include "json_plan.h"

#include <algorithm>
#include <cstring>

#include "csimdjson.h"

namespace chorus {

namespace {

/// Returns the components of a dotted path, or none when one of them is empty.
std::vector<std::string_view> components(std::string_view path) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t dot = path.find('.');
    const std::string_view part = path.substr(0, dot);
    if (part.empty()) return {};
    parts.push_back(part);
    if (dot == std::string_view::npos) return parts;
    path.remove_prefix(dot + 1);
  }
}

/// Returns the first eight bytes of a key, with zeros for those it lacks.
uint64_t prefix(std::string_view key) noexcept {
  static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the mask keeps the first bytes");
  uint64_t word;
  memcpy(&word, key.data(), sizeof(word));
  if (key.size() < sizeof(word)) word &= (uint64_t(1) << (8 * key.size())) - 1;
  return word;
}

}  // namespace

int32_t Plan::add(std::string_view path) {
  const auto parts = components(path);
  if (parts.empty() || parts.size() > CHORUS_JSON_MAXIMUM_PATH_COUNT) return -1;
  uint32_t at = 0;
  for (const std::string_view part : parts) {
    const std::string key = std::string(part) + std::string(sizeof(uint64_t), '\0');
    uint32_t next = child(at, std::string_view(key).substr(0, part.size()));
    if (next == 0) {
      next = uint32_t(nodes.size());
      nodes.push_back(Node{});
      nodes[next].key = part;
      nodes[next].prefix = prefix(std::string_view(key).substr(0, part.size()));
      nodes[at].children.push_back(next);
    }
    at = next;
  }
  if (nodes[at].slot < 0) nodes[at].slot = slot_count++;
  return nodes[at].slot;
}

uint32_t Plan::child(uint32_t parent, std::string_view key) const noexcept {
  const uint64_t wanted = prefix(key);
  for (const uint32_t place : nodes[parent].children) {
    const Node &node = nodes[place];
    if (node.prefix != wanted || node.key.size() != key.size()) continue;
    if (key.size() <= sizeof(wanted) || node.key == key) return place;
  }
  return 0;
}

bool Plan::keeps(std::string_view role) const noexcept {
  return std::find(roles.begin(), roles.end(), role) != roles.end();
}

}  // namespace chorus
