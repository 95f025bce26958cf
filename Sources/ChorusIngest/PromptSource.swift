// SPDX-License-Identifier: Apache-2.0

public import ChorusCore
public import ChorusIndex

/// Reads inputs one after the other as blocks of whole lines.
///
/// Gzip, zstd and lz4 are told by content, whatever the file is called; an archive may have several
/// members or frames. Memory is bounded by a few blocks and the greatest record. One thread uses a
/// source; its blocks can be parsed by others.
///
/// Damage to a compressed stream is found only behind the bytes it changed, and without a checksum
/// in the stream perhaps not at all, so lines next to the damage can be wrong.
public final class PromptSource {
  private let inputs: [PromptInput]
  private let options: IngestOptions
  private let blockByteCount: Int
  private let isPrompt: Bool
  private let totalByteCount: UInt64?
  /// How far each input was read before, if it was.
  private let starts: [SourcePosition?]
  private var openedCount = 0
  private var current: DecompressorInput?
  private var framer: LineFramer?
  private var finishedByteCount: UInt64 = 0
  /// The inputs that were not read from their beginning, with the line at which each was taken up.
  public private(set) var continued: [(name: String, line: UInt64)] = []

  /// How many bytes of lines a block has, unless one line is longer: 1 MiB, a fraction of a
  /// millisecond to parse and small enough for the caches.
  package static let ordinaryBlockByteCount = 1 << 20

  /// How many stored bytes are read at a time, at most.
  private static let windowByteCount = 256 << 10

  /// Creates a source after checking that every file is there.
  ///
  /// - Parameters:
  ///   - inputs: What to read, in this order.
  ///   - options: What a record is.
  ///   - isPrompt: Whether to hand lines over as soon as they can be read, and not by the block.
  ///   - known: How far files were read before: what comes before that is left out, if the file
  ///     still has the bytes there that it had.
  /// - Throws: ``ChorusError`` with code `invalidInput` for options that cannot be used or a
  ///   directory, `notFound` or `ioFailure` for a file that cannot be read.
  public convenience init(
    inputs: [PromptInput],
    options: IngestOptions,
    isPrompt: Bool = false,
    continuing known: [SourcePosition] = []
  ) throws(ChorusError) {
    try self.init(
      inputs: inputs,
      options: options,
      isPrompt: isPrompt,
      continuing: known,
      blockByteCount: Self.ordinaryBlockByteCount
    )
  }

  /// Creates a source with blocks of another size.
  package init(
    inputs: [PromptInput],
    options: IngestOptions,
    isPrompt: Bool = false,
    continuing known: [SourcePosition] = [],
    blockByteCount: Int
  ) throws(ChorusError) {
    try options.validate()
    precondition((1...(1 << 30)).contains(blockByteCount))
    self.inputs = inputs
    self.options = options
    self.blockByteCount = blockByteCount
    self.isPrompt = isPrompt
    starts = inputs.map { input in
      input.wholePath.flatMap { path in known.first { $0.name == path } }
    }
    var total: UInt64? = 0
    for input in inputs {
      let byteCount = try DecompressorInput.regularByteCount(of: input)
      if let known = total, let byteCount { total = known + byteCount } else { total = nil }
    }
    totalByteCount = total
  }
}

extension PromptSource {
  /// Returns the next block, or `nil` after the last line of the last input.
  ///
  /// A block can have no lines and only rejects. After an error the source goes on with the next
  /// input, should the caller wish so.
  ///
  /// - Throws: ``ChorusError`` with code `notFound`, `ioFailure` or `invalidInput`.
  public func next() throws(ChorusError) -> LineBlock? {
    while true {
      if framer == nil, try !openNext() { return nil }
      do throws(ChorusError) {
        if let block = try framer?.next() { return block }
      } catch {
        closeCurrent()
        throw error
      }
      closeCurrent()
    }
  }

  /// How many stored bytes were read, over all inputs, and how many there are: `nil` when an input
  /// is not a regular file.
  public var progress: (bytesRead: UInt64, totalByteCount: UInt64?) {
    (finishedByteCount + (current?.bytesRead ?? 0), totalByteCount)
  }

  private func openNext() throws(ChorusError) -> Bool {
    guard openedCount < inputs.count else { return false }
    let index = openedCount
    openedCount += 1
    var place = BlockPlace(sourceName: inputs[index].name, inputIndex: index)
    var (input, stream) = try open(inputs[index])
    if let start = starts[index] {
      let isSame = try stream.skip(
        to: start.offset,
        checkedByteCount: start.checkedByteCount,
        check: start.check
      )
      if isSame {
        place.line = start.line
        place.offset = start.offset
        continued.append((inputs[index].name, start.line))
      } else {
        (input, stream) = try open(inputs[index])
      }
    }
    current = input
    framer = LineFramer(
      stream,
      place: place,
      maximumLineByteCount: options.maximumRecordByteCount,
      blockByteCount: blockByteCount,
      isPrompt: isPrompt
    )
    return true
  }

  private func open(
    _ input: PromptInput
  ) throws(ChorusError) -> (DecompressorInput, DecodedStream) {
    let opened = try DecompressorInput(input)
    let windowByteCount = min(blockByteCount, Self.windowByteCount)
    return (opened, try DecodedStream(opened, windowByteCount: windowByteCount))
  }

  private func closeCurrent() {
    finishedByteCount += current?.bytesRead ?? 0
    current = nil
    framer = nil
  }
}
