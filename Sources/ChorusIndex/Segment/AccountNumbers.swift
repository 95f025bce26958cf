// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import Synchronization

/// Finds the number of an account by its name, from a table that is made when it is first needed.
final class AccountNumbers: Sendable {
  private let table = Mutex<HashTable64?>(nil)

  /// Returns where a name stands among distinct names, or `nil`.
  func number(of name: String, in names: [String]) -> UInt32? {
    let hash = Hashing.hash64(Array(name.utf8))
    let found = table.withLock { table -> UInt32? in
      if table == nil {
        var built = HashTable64()
        for (number, name) in names.enumerated() {
          _ = built.insert(Hashing.hash64(Array(name.utf8)), UInt32(number))
        }
        table = built
      }
      return table?.value(of: hash)
    }
    guard let found else { return nil }
    if names[Int(found)] == name { return found }
    // Two names with one hash.
    return names.firstIndex(of: name).map { UInt32($0) }
  }
}
