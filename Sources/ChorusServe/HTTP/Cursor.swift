// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore

/// Where a list goes on: a place, and a mark of the list that it is of.
///
/// A cursor of another list, of other parameters or of families that were mined anew does not fit
/// and is refused, rather than leaving items out.
struct Cursor {
  /// How many items come before.
  let place: Int
  private let mark: UInt64

  /// Creates a cursor into a list, which the parts name.
  init(place: Int, of parts: [String]) {
    self.place = place
    mark = Self.mark(parts)
  }

  /// Reads a cursor that a client sent.
  ///
  /// - Throws: A ``Problem`` when it is not of the list that the parts name.
  init(_ text: String, of parts: [String]) throws(Problem) {
    let fields = text.split(separator: "-", omittingEmptySubsequences: false)
    guard fields.count == 2, text.utf8.count <= 64, let place = Int(fields[0], radix: 36),
      place > 0, let mark = UInt64(fields[1], radix: 36), mark == Self.mark(parts)
    else {
      throw .invalid(
        "The cursor is not of this list, or the list was made anew since. Begin without a cursor."
      )
    }
    self.place = place
    self.mark = mark
  }

  /// The cursor as clients see it.
  var text: String { String(place, radix: 36) + "-" + String(mark, radix: 36) }

  private static func mark(_ parts: [String]) -> UInt64 {
    Hashing.hash64(Array(parts.map { "\($0.utf8.count):\($0)" }.joined().utf8))
  }
}
