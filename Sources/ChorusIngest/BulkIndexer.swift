// SPDX-License-Identifier: Apache-2.0

public import ChorusCore
public import ChorusIndex

/// Reads inputs into an index: parsing and sketching on all cores, adding in input order, and
/// writing segments at the same time.
///
/// The index is the same whatever the number of cores. How far each file was read is committed with
/// the segments, so that a run that was killed is taken up where it stood; from standard input, and
/// from a file that has changed, the ids tell what is there already.
public struct BulkIndexer {
  /// How far a run is.
  public struct Progress: Sendable {
    /// The prompts read, taken or not.
    public var recordCount = 0
    /// The stored bytes read.
    public var bytesRead: UInt64 = 0
    /// The stored bytes of all inputs, when known.
    public var totalByteCount: UInt64?
  }

  /// How a run ended.
  public struct Outcome: Sendable {
    /// The records that were not taken.
    public var rejectCount = 0
    /// The files that were taken up where a run before had ended, and the line.
    public var continued: [(name: String, line: UInt64)] = []
  }

  private let writer: IndexWriter
  private let options: IngestOptions
  private let acknowledges: Bool

  /// Creates a run into a writer.
  ///
  /// - Parameters:
  ///   - writer: The writer.
  ///   - options: What a record is.
  ///   - acknowledges: Whether to make each block durable in the log as soon as it is read, rather
  ///     than with its segment; the writer must keep a log.
  public init(
    _ writer: IndexWriter,
    options: IngestOptions = IngestOptions(),
    acknowledges: Bool = false
  ) {
    self.writer = writer
    self.options = options
    self.acknowledges = acknowledges
  }

  /// Whether a run over these inputs goes on where another one had ended.
  public func continues(_ inputs: [PromptInput]) -> Bool {
    let known = Set(writer.sources.map(\.name))
    return inputs.contains { $0.wholePath.map(known.contains) ?? false }
  }

  /// Reads all inputs and commits.
  ///
  /// - Parameters:
  ///   - inputs: What to read, in this order.
  ///   - onReject: Called for every record that is not taken, in input order, before the records
  ///     around it are added; an error that it throws ends the run after what was added before is
  ///     committed.
  ///   - onAdded: Called with every batch and the positions in it of the prompts that were new.
  ///   - onProgress: Called after every few blocks; what was read before is durable then, when the
  ///     run acknowledges.
  /// - Returns: What was not taken, and what was left out because it was there.
  /// - Throws: What reading and writing throw. What was added before the failure is committed
  ///   unless writing is what failed.
  public func run(
    _ inputs: [PromptInput],
    onReject: (Reject) throws(ChorusError) -> Void = { _ in },
    onAdded: (PreparedBatch, [Int]) throws(ChorusError) -> Void = { _, _ in },
    onProgress: (Progress) -> Void = { _ in }
  ) throws(ChorusError) -> Outcome {
    let source = try PromptSource(
      inputs: inputs,
      options: options,
      isPrompt: acknowledges,
      continuing: writer.sources
    )
    let feed = BlockFeed(
      source,
      options: options,
      isPrompt: acknowledges,
      plan: writer.plan,
      key: writer.key
    )
    let names = inputs.map(\.wholePath)
    // A run over the same file twice takes no notice of where it stood.
    let isTracked = !acknowledges && Set(names.compactMap { $0 }).count == names.count
    let others = writer.sources.filter { !names.contains($0.name) }
    var positions = writer.sources
    var progress = Progress()
    var outcome = Outcome()
    feed.start()
    while true {
      let group = feed.take()
      if group.failure == nil, !group.blocks.isEmpty { feed.start() }
      for block in group.blocks {
        for reject in block.rejects {
          do throws(ChorusError) { try onReject(reject) } catch {
            _ = feed.take()
            try writer.commit()
            throw error
          }
        }
        if isTracked, let name = names[block.lines.inputIndex] {
          positions.removeAll { $0.name == name }
          positions.append(block.lines.endPosition(name: name))
          try onAdded(block.prepared, try writer.append(block.prepared, positions: positions))
        } else {
          try onAdded(block.prepared, try writer.append(block.prepared))
        }
        progress.recordCount += block.prepared.batch.records.count + block.rejects.count
        outcome.rejectCount += block.rejects.count
      }
      outcome.continued = group.continued
      if let failure = group.failure {
        try writer.commit()
        throw failure
      }
      if group.blocks.isEmpty { break }
      if acknowledges { try writer.acknowledge() }
      progress.bytesRead = group.bytesRead
      progress.totalByteCount = group.totalByteCount
      onProgress(progress)
    }
    try writer.commit(positions: others)
    return outcome
  }
}
