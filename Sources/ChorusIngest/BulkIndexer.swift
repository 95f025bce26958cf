// SPDX-License-Identifier: Apache-2.0

public import ChorusCore
public import ChorusIndex
internal import ChorusSketch

/// Reads inputs into an index: parsing and sketching on all cores, adding in input order.
///
/// The index is the same whatever the number of cores. After a kill, running again over the same
/// inputs adds what is missing.
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

  private let writer: IndexWriter
  private let options: IngestOptions

  /// Creates a run into a writer.
  public init(_ writer: IndexWriter, options: IngestOptions = IngestOptions()) {
    self.writer = writer
    self.options = options
  }

  /// Reads all inputs and commits.
  ///
  /// - Parameters:
  ///   - inputs: What to read, in this order.
  ///   - onReject: Called for every record that is not taken, in input order, before the records
  ///     around it are added; an error that it throws ends the run after what was added before is
  ///     committed.
  ///   - onProgress: Called after every few blocks.
  /// - Returns: The number of rejects.
  /// - Throws: What reading and writing throw. What was added before the failure is committed
  ///   unless writing is what failed.
  public func run(
    _ inputs: [PromptInput],
    onReject: (Reject) throws(ChorusError) -> Void = { _ in },
    onProgress: (Progress) -> Void = { _ in }
  ) throws(ChorusError) -> Int {
    let source = try PromptSource(inputs: inputs, options: options)
    var progress = Progress()
    var rejectCount = 0
    while true {
      let blocks: [LineBlock]
      do throws(ChorusError) { blocks = try nextBlocks(of: source) } catch {
        try writer.commit()
        throw error
      }
      if blocks.isEmpty { break }
      for (prepared, rejects) in try prepare(blocks) {
        for reject in rejects {
          do throws(ChorusError) { try onReject(reject) } catch {
            try writer.commit()
            throw error
          }
        }
        try writer.append(prepared)
        progress.recordCount += prepared.batch.records.count + rejects.count
        rejectCount += rejects.count
      }
      progress.bytesRead = source.progress.bytesRead
      progress.totalByteCount = source.progress.totalByteCount
      onProgress(progress)
    }
    try writer.commit()
    return rejectCount
  }

  /// Enough blocks to keep all cores busy, and few enough to bound memory.
  private func nextBlocks(of source: PromptSource) throws(ChorusError) -> [LineBlock] {
    var blocks: [LineBlock] = []
    while blocks.count < 4 * Parallel.workerCount, let block = try source.next() {
      blocks.append(block)
    }
    return blocks
  }

  private func prepare(
    _ blocks: [LineBlock]
  ) throws(ChorusError) -> [(PreparedBatch, [Reject])] {
    let plan = writer.plan
    let options = options
    return try Parallel.map(
      blocks.count,
      throwing: { number throws(ChorusError) -> (PreparedBatch, [Reject]) in
        let parsed = try RecordParser(options: options).parse(blocks[number])
        return (PreparedBatch(parsed.batch, sketcher: Sketcher(plan: plan)), parsed.rejects)
      }
    )
  }
}
