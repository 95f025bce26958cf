// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusIndex

/// Whole lines of one input, ready to be parsed by any thread.
public struct LineBlock: Sendable {
  /// The path of the file as given, or `-` for standard input.
  public let sourceName: String
  /// The place of the input in the list of inputs.
  public let inputIndex: Int
  /// The number of the first line, from 1.
  public let firstLine: UInt64
  /// The offset of the first byte in the stream after decompression.
  public let firstOffset: UInt64
  /// The lines, then at least ``paddingByteCount`` bytes without meaning.
  public let bytes: [UInt8]
  /// The number of bytes that are lines.
  public let byteCount: Int
  /// What was lost before or after these lines because it could not be made into lines.
  public let rejects: [Reject]

  /// How many bytes a reader of JSON may look at beyond the lines.
  public static let paddingByteCount = 64

  /// The offset in the decompressed stream of the first byte of one of the block's lines.
  public func byteOffset(ofLine line: UInt64) -> UInt64 {
    var number = firstLine
    for place in 0..<byteCount where bytes[place] == 0x0A {
      if number == line { break }
      number += 1
      if number == line { return firstOffset + UInt64(place + 1) }
    }
    return firstOffset
  }

  /// How far the input is read with this block; `name` is that by which a later run knows the input
  /// again.
  func endPosition(name: String) -> SourcePosition {
    let checked = min(byteCount, 4096)
    let feeds = SimdJSON.lineFeedCount(in: bytes, byteCount: byteCount)
    return SourcePosition(
      name: name,
      line: firstLine &+ UInt64(feeds),
      offset: firstOffset &+ UInt64(byteCount),
      checkedByteCount: UInt64(checked),
      check: Hashing.hash64(bytes[(byteCount - checked)..<byteCount])
    )
  }

  /// Creates a block of bytes that already have their padding.
  ///
  /// - Precondition: `bytes` is longer than `byteCount` by the padding, and `byteCount` is below
  ///   2 GiB.
  init(
    place: BlockPlace,
    paddedBytes bytes: [UInt8],
    byteCount: Int,
    rejects: [Reject] = []
  ) {
    precondition(byteCount >= 0 && byteCount < 1 << 31, "a block of lines is below 2 GiB")
    precondition(bytes.count >= byteCount + Self.paddingByteCount, "a block of lines is padded")
    sourceName = place.sourceName
    inputIndex = place.inputIndex
    firstLine = place.line
    firstOffset = place.offset
    self.bytes = bytes
    self.byteCount = byteCount
    self.rejects = rejects
  }

  /// Creates a block of lines that are in memory, such as the body of a request.
  ///
  /// - Precondition: `lines` is below 2 GiB.
  public init(sourceName: String, lines: [UInt8]) {
    let place = BlockPlace(sourceName: sourceName, inputIndex: 0)
    let padding = [UInt8](repeating: 0, count: Self.paddingByteCount)
    self.init(place: place, paddedBytes: lines + padding, byteCount: lines.count)
  }
}

/// A place in the decompressed stream of an input, at the start of a line.
struct BlockPlace {
  let sourceName: String
  let inputIndex: Int
  /// The number of the line, from 1.
  var line: UInt64 = 1
  /// The offset of its first byte.
  var offset: UInt64 = 0

  /// Returns a reject of what is at this place.
  func reject(_ reason: RejectReason) -> Reject {
    Reject(source: sourceName, line: line, byteOffset: offset, reason: reason)
  }
}
