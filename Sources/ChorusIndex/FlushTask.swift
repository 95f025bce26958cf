// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusSketch
internal import ChorusStore
internal import Dispatch
internal import Synchronization

/// Writes a buffer as a segment on another thread.
final class FlushTask: Sendable {
  /// How far the inputs are read once the segment is there.
  let positions: [SourcePosition]
  /// The memory of the buffer, free once the segment is there.
  let arrays: SegmentBuffer.Arrays
  /// The first log that holds none of the segment's prompts.
  let nextLogNumber: UInt64

  /// Emptied by the thread that writes, so that nobody else holds the buffer then.
  private let box: Mutex<SegmentBuffer?>
  private let outcome = Mutex<Result<SegmentSummary?, ChorusError>?>(nil)
  private let group = DispatchGroup()

  init(
    _ buffer: consuming sending SegmentBuffer,
    plan: SketchPlan,
    envelope: Envelope,
    storage: any Storage,
    positions: [SourcePosition],
    nextLogNumber: UInt64
  ) {
    self.positions = positions
    arrays = buffer.arrays
    self.nextLogNumber = nextLogNumber
    box = Mutex(buffer)
    DispatchQueue.global().async(group: group) { [self] in
      let result: Result<SegmentSummary?, ChorusError>
      do throws(ChorusError) {
        result = .success(try write(plan: plan, envelope: envelope, storage: storage))
      } catch { result = .failure(error) }
      outcome.withLock { $0 = result }
    }
  }

  private func write(
    plan: SketchPlan,
    envelope: Envelope,
    storage: any Storage
  ) throws(ChorusError) -> SegmentSummary? {
    guard let buffer = box.withLock({ $0.take() }), !buffer.occurrences.isEmpty else { return nil }
    var writer = SegmentWriter(consume buffer, plan: plan)
    return try writer.write(to: storage, envelope: envelope)
  }

  /// Waits for the segment.
  ///
  /// - Returns: `nil` when the buffer was empty.
  func wait() throws(ChorusError) -> SegmentSummary? {
    group.wait()
    guard let outcome = outcome.withLock({ $0 }) else { return nil }
    return try outcome.get()
  }
}
