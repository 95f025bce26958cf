// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore

/// The bytes of an input after decompression, whatever form they are stored in.
final class DecodedStream {
  /// How a stream ended.
  enum Ending {
    /// It has not ended yet.
    case open
    case complete
    case truncated
    case damaged
  }

  /// How the stream ended, once a read returned 0.
  private(set) var ending = Ending.open
  private let input: DecompressorInput
  private let decompressor: (any Decompressor)?
  private var window: ByteWindow
  private var isInputAtEnd = false

  /// Opens an input and looks at its first bytes.
  ///
  /// - Parameters:
  ///   - input: The bytes as stored.
  ///   - windowByteCount: How many stored bytes to hold at a time.
  /// - Throws: ``ChorusError`` with code `ioFailure`.
  init(_ input: DecompressorInput, windowByteCount: Int) throws(ChorusError) {
    self.input = input
    var window = ByteWindow(byteCount: max(windowByteCount, StreamFormat.prefixCount))
    while window.range.count < StreamFormat.prefixCount, !isInputAtEnd {
      let count = try Self.fill(&window, from: input)
      if count == 0 { isInputAtEnd = true }
    }
    decompressor = StreamFormat(prefix: window.bytes[window.range]).decompressor()
    self.window = window
  }

  /// Reads at most `limit` bytes to `offset`.
  ///
  /// - Returns: How many bytes were read; 0 at the end, whose kind ``ending`` then tells.
  func read(
    into target: inout [UInt8],
    at offset: Int,
    limit: Int
  ) throws(ChorusError) -> Int {
    guard ending == .open else { return 0 }
    guard let decompressor else { return try readPlain(into: &target, at: offset, limit: limit) }
    while true {
      if window.isEmpty && !isInputAtEnd {
        isInputAtEnd = try Self.fill(&window, from: input) == 0
      }
      let hadInput = !window.isEmpty
      let step = decompressor.step(from: &window, into: &target, at: offset, limit: limit)
      if step.isDamaged {
        ending = .damaged
      } else if step.producedCount == 0 && !hadInput && isInputAtEnd {
        ending = decompressor.isAtBoundary ? .complete : .truncated
      }
      if step.producedCount > 0 || ending != .open { return step.producedCount }
    }
  }

  /// Passes over the first bytes, if those before an offset are the ones that are known.
  ///
  /// - Returns: Whether they are; the stream is of no more use when they are not.
  func skip(to offset: UInt64, checkedByteCount: UInt64, check: UInt64) throws(ChorusError) -> Bool
  {
    guard checkedByteCount <= offset, checkedByteCount <= 1 << 20 else { return false }
    var left = offset
    if decompressor == nil {
      guard input.seek(to: offset - checkedByteCount) else { return false }
      window.removeFirst(window.range.count)
      isInputAtEnd = false
      left = checkedByteCount
    }
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    var last: [UInt8] = []
    while left > 0 {
      let count = try read(into: &buffer, at: 0, limit: min(buffer.count, Int(clamping: left)))
      guard count > 0 else { return false }
      last += buffer[..<count]
      left -= UInt64(count)
      let surplus = last.count - Int(checkedByteCount)
      if surplus > 1 << 20 || left == 0, surplus > 0 { last.removeFirst(surplus) }
    }
    return last.count == Int(checkedByteCount) && Hashing.hash64(last) == check
  }

  private func readPlain(
    into target: inout [UInt8],
    at offset: Int,
    limit: Int
  ) throws(ChorusError) -> Int {
    var count = min(window.range.count, limit)
    if count > 0 {
      let first = window.range.lowerBound
      target.replaceSubrange(
        offset..<(offset + count),
        with: window.bytes[first..<(first + count)]
      )
      window.removeFirst(count)
    } else if !isInputAtEnd {
      count = try input.read(into: &target, at: offset, limit: limit)
    }
    if count == 0 { ending = .complete }
    return count
  }

  /// Reads more stored bytes behind those in a window.
  private static func fill(
    _ window: inout ByteWindow,
    from input: DecompressorInput
  ) throws(ChorusError) -> Int {
    let end = window.range.upperBound
    let count = try input.read(into: &window.bytes, at: end, limit: window.bytes.count - end)
    window.didAppend(count)
    return count
  }
}
