// SPDX-License-Identifier: Apache-2.0

/// A map from 64-bit hashes to 32-bit values, in twelve bytes an entry.
///
/// Keys are hashes already, so they are only multiplied once to find their place. Open addressing
/// with linear probing at a load of at most 3/4.
public struct HashTable64: Sendable {
  private var keys: [UInt64]
  private var values: [UInt32]
  private var shift: UInt64
  /// The number of entries.
  public private(set) var count = 0

  /// The value that marks an empty place and so cannot be stored.
  public static let absent = UInt32.max

  /// Creates an empty table.
  public init() {
    keys = [UInt64](repeating: 0, count: 16)
    values = [UInt32](repeating: Self.absent, count: 16)
    shift = 60
  }

  /// Returns the value of a key, or `nil`.
  public func value(of key: UInt64) -> UInt32? {
    let place = place(of: key)
    return values[place] == Self.absent ? nil : values[place]
  }

  /// Gives a key a value unless it has one.
  ///
  /// - Returns: The value that the key had, or `nil` when it is new.
  public mutating func insert(_ key: UInt64, _ value: UInt32) -> UInt32? {
    if 4 * (count + 1) > 3 * keys.count { grow() }
    let place = place(of: key)
    if values[place] != Self.absent { return values[place] }
    keys[place] = key
    values[place] = value
    count += 1
    return nil
  }

  /// Gives a key a value, replacing what it had.
  public mutating func update(_ key: UInt64, _ value: UInt32) {
    if insert(key, value) != nil { values[place(of: key)] = value }
  }

  private func place(of key: UInt64) -> Int {
    var place = Int((key &* 0x9E37_79B9_7F4A_7C15) >> shift)
    while values[place] != Self.absent, keys[place] != key {
      place = (place &+ 1) & (keys.count &- 1)
    }
    return place
  }

  private mutating func grow() {
    let oldKeys = keys
    let oldValues = values
    keys = [UInt64](repeating: 0, count: 2 * oldKeys.count)
    values = [UInt32](repeating: Self.absent, count: 2 * oldKeys.count)
    shift -= 1
    for old in oldKeys.indices where oldValues[old] != Self.absent {
      let place = place(of: oldKeys[old])
      keys[place] = oldKeys[old]
      values[place] = oldValues[old]
    }
  }
}
