// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// The bytes that all requests together may hold, so that memory is bounded whatever clients do.
final class ByteBudget: Sendable {
  private let limit: Int
  private let used = Atomic(0)

  init(limit: Int) { self.limit = limit }

  /// The bytes that are held.
  var usedByteCount: Int { used.load(ordering: .relaxed) }

  /// Takes bytes, if there are as many left.
  func take(_ byteCount: Int) -> Bool {
    let now = used.add(byteCount, ordering: .relaxed).newValue
    guard now > limit else { return true }
    used.subtract(byteCount, ordering: .relaxed)
    return false
  }

  /// Gives bytes back.
  func give(_ byteCount: Int) { used.subtract(byteCount, ordering: .relaxed) }
}
