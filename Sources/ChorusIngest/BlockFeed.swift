// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusIndex
internal import ChorusSketch
internal import Dispatch
internal import Synchronization

/// Reads, parses and sketches the next blocks of a source while the ones before are being added.
final class BlockFeed: Sendable {
  /// A block that is ready to be added.
  struct Block: Sendable {
    let lines: LineBlock
    let prepared: PreparedBatch
    let rejects: [Reject]
  }

  /// The next blocks, and how far the source is read with them.
  struct Group: Sendable {
    var blocks: [Block] = []
    var bytesRead: UInt64 = 0
    var totalByteCount: UInt64?
    var continued: [(name: String, line: UInt64)] = []
    /// What reading failed with, behind the last of the blocks.
    var failure: ChorusError?
  }

  private struct State {
    let source: PromptSource
    var failure: ChorusError?
  }

  private let state: Mutex<State>
  private let ready = Mutex(Group())
  private let group = DispatchGroup()
  private let options: IngestOptions
  private let groupCount: Int
  private let plan: SketchPlan
  private let key: SketchKey?

  init(
    _ source: sending PromptSource,
    options: IngestOptions,
    isPrompt: Bool,
    plan: SketchPlan,
    key: SketchKey?
  ) {
    // Enough blocks to keep all cores busy, and few enough to bound memory.
    groupCount = isPrompt ? 1 : 4 * Parallel.workerCount
    state = Mutex(State(source: source))
    self.options = options
    self.plan = plan
    self.key = key
  }

  /// Begins with the next group; ``take()`` waits for it.
  func start() {
    DispatchQueue.global().async(group: group) { [self] in
      var next = Group()
      let lines = read(&next)
      do throws(ChorusError) {
        next.blocks = try Parallel.map(
          lines.count,
          throwing: { number throws(ChorusError) in try prepare(lines[number]) }
        )
      } catch { next.failure = error }
      ready.withLock { $0 = next }
    }
  }

  /// Waits for the group that was begun; one without blocks is the end.
  func take() -> Group {
    group.wait()
    return ready.withLock { $0 }
  }

  private func read(_ next: inout Group) -> [LineBlock] {
    state.withLock { state in
      var blocks: [LineBlock] = []
      if state.failure == nil {
        do throws(ChorusError) {
          while blocks.count < groupCount, let block = try state.source.next() {
            blocks.append(block)
          }
        } catch { state.failure = error }
      }
      next.failure = state.failure
      next.bytesRead = state.source.progress.bytesRead
      next.totalByteCount = state.source.progress.totalByteCount
      next.continued = state.source.continued
      return blocks
    }
  }

  private func prepare(_ lines: LineBlock) throws(ChorusError) -> Block {
    let parsed = try RecordParser(options: options).parse(lines)
    let sketcher = Sketcher(plan: plan, key: key)
    return Block(
      lines: lines,
      prepared: PreparedBatch(parsed.batch, sketcher: sketcher),
      rejects: parsed.rejects
    )
  }
}
