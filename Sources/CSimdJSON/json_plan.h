// SPDX-License-Identifier: Apache-2.0
//
// The wanted fields as a tree of keys, made once and read for every line.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace chorus {

/// A key somewhere on a wanted path. The root stands for the record itself.
struct Node {
  std::string key;
  /// The key's first bytes, for a quick comparison.
  uint64_t prefix = 0;
  /// The slot of the path that ends here, or -1.
  int32_t slot = -1;
  /// The nodes of the keys below, as places in the list of all nodes.
  std::vector<uint32_t> children;
  /// The last line that had this key; how a key that appears twice is noticed.
  uint64_t seen = 0;
};

/// The wanted fields.
struct Plan {
  std::vector<Node> nodes{Node{}};
  std::vector<std::string> roles;
  int32_t slot_count = 0;
  int32_t text_slot = -1;

  /// Returns the slot of a dotted path, or -1 when the path is not one. May throw `bad_alloc`.
  int32_t add(std::string_view path);

  /// Returns the place of a key below a node, or 0, which is never below another.
  ///
  /// Eight bytes must be readable at the key, however short it is.
  uint32_t child(uint32_t parent, std::string_view key) const noexcept;

  /// Returns whether the turns of a role are kept.
  bool keeps(std::string_view role) const noexcept;
};

}  // namespace chorus
