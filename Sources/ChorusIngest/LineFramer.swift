// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore

/// Cuts the stream of one input into blocks of whole lines.
///
/// Never holds more than a block, a chunk, and one record of the greatest size: a line that grows
/// beyond that is dropped as it is read. A byte order mark at the start is passed over. When the
/// stream is cut short or damaged, the line that was not finished is not delivered.
struct LineFramer {
  private let stream: DecodedStream
  private let maximumLineByteCount: Int
  private let blockByteCount: Int
  /// Whether lines are handed over as soon as they are read, and not by the block.
  private let isPrompt: Bool
  /// The place of the first byte of the buffer.
  private var place: BlockPlace
  /// The bytes read and not delivered, then free space, then the padding.
  private var buffer: [UInt8] = []
  private var filledCount = 0
  /// How many bytes at the start of the buffer are known to have no line feed.
  private var searchedCount = 0
  private var rejects: [Reject] = []
  private var isAtStart: Bool
  /// Whether the buffer begins in the middle of a line that is too long.
  private var isDropping = false
  private var isFinished = false

  init(
    _ stream: DecodedStream,
    place: BlockPlace,
    maximumLineByteCount: Int,
    blockByteCount: Int,
    isPrompt: Bool = false
  ) {
    self.isPrompt = isPrompt
    isAtStart = place.offset == 0
    self.stream = stream
    self.place = place
    self.maximumLineByteCount = maximumLineByteCount
    self.blockByteCount = blockByteCount
  }

  /// Returns the next block, or `nil` after the last.
  mutating func next() throws(ChorusError) -> LineBlock? {
    while !isFinished {
      makeRoom()
      let room = buffer.count - LineBlock.paddingByteCount - filledCount
      let count = try stream.read(into: &buffer, at: filledCount, limit: room)
      filledCount += count
      if isAtStart { passMark(isLast: count == 0) }
      if isDropping { drop() }
      if count == 0 { return finish() }
      if let block = cut() { return block }
    }
    return nil
  }
}

extension LineFramer {
  private static let lineFeed = UInt8(ascii: "\n")
  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  /// Makes sure that there is free space: a buffer of one block at first, then twice as much.
  private mutating func makeRoom() {
    let capacity = buffer.count - LineBlock.paddingByteCount
    guard filledCount >= capacity else { return }
    let wanted = max(blockByteCount, min(capacity * 2, maximumLineByteCount + blockByteCount + 1))
    buffer = Self.buffer(holding: buffer[..<filledCount], capacity: max(wanted, filledCount + 1))
  }

  /// Returns a buffer that begins with some bytes and has its padding behind its capacity.
  private static func buffer(holding bytes: ArraySlice<UInt8>, capacity: Int) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: capacity + LineBlock.paddingByteCount)
    buffer.replaceSubrange(0..<bytes.count, with: bytes)
    return buffer
  }

  /// Passes over a byte order mark, once enough bytes are there to know it.
  private mutating func passMark(isLast: Bool) {
    guard filledCount >= Self.byteOrderMark.count || isLast else { return }
    isAtStart = false
    if buffer[..<filledCount].starts(with: Self.byteOrderMark) {
      removeFirst(Self.byteOrderMark.count)
    }
  }

  /// Drops the rest of a line that is too long, as far as it has been read.
  private mutating func drop() {
    guard let feed = buffer[..<filledCount].firstIndex(of: Self.lineFeed) else {
      removeFirst(filledCount)
      return
    }
    removeFirst(feed + 1)
    place.line += 1
    isDropping = false
  }

  /// Returns the whole lines read so far if they make a block.
  private mutating func cut() -> LineBlock? {
    guard filledCount >= blockByteCount || isPrompt, !isAtStart else { return nil }
    guard let feed = buffer[searchedCount..<filledCount].lastIndex(of: Self.lineFeed) else {
      searchedCount = filledCount
      // One more byte is let through: it may be the carriage return of a line that just fits.
      if filledCount > maximumLineByteCount + 1 { startDropping() }
      return nil
    }
    return block(byteCount: feed + 1)
  }

  private mutating func startDropping() {
    rejects.append(place.reject(.tooLarge))
    isDropping = true
    removeFirst(filledCount)
  }

  /// Returns what is left at the end of the stream, or `nil` when that is nothing.
  private mutating func finish() -> LineBlock? {
    isFinished = true
    var byteCount = filledCount
    let isComplete = stream.ending == .complete
    if !isComplete {
      byteCount = buffer[..<filledCount].lastIndex(of: Self.lineFeed).map { $0 + 1 } ?? 0
      var end = place
      end.offset += UInt64(byteCount)
      end.line += UInt64(SimdJSON.lineFeedCount(in: buffer, byteCount: byteCount))
      rejects.append(end.reject(stream.ending == .damaged ? .damagedStream : .truncatedStream))
    }
    return byteCount == 0 && rejects.isEmpty ? nil : block(byteCount: byteCount)
  }

  /// Returns the first bytes of the buffer as a block, and moves on behind them.
  ///
  /// The buffer itself becomes the block; the few bytes behind go to a new one.
  private mutating func block(byteCount: Int) -> LineBlock {
    let start = place
    let rest = buffer[byteCount..<filledCount]
    place.line += UInt64(SimdJSON.lineFeedCount(in: buffer, byteCount: byteCount))
    place.offset += UInt64(byteCount)
    let isRoomy = buffer.count > 2 * byteCount + LineBlock.paddingByteCount
    let bytes = isRoomy ? Array(buffer.prefix(byteCount + LineBlock.paddingByteCount)) : buffer
    let capacity = isFinished ? rest.count : max(blockByteCount, rest.count + 1)
    buffer = Self.buffer(holding: rest, capacity: capacity)
    filledCount = rest.count
    searchedCount = rest.count
    defer { rejects = [] }
    return LineBlock(place: start, paddedBytes: bytes, byteCount: byteCount, rejects: rejects)
  }

  private mutating func removeFirst(_ count: Int) {
    buffer.replaceSubrange(0..<(filledCount - count), with: Array(buffer[count..<filledCount]))
    filledCount -= count
    searchedCount = 0
    place.offset += UInt64(count)
  }
}
