// SPDX-License-Identifier: Apache-2.0

internal import Dispatch

/// Runs an actor on a queue of its own, so that it may wait for the disk.
final class QueueExecutor: SerialExecutor {
  private let queue = DispatchQueue(label: "chorus.index")

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    // Sound: the executor lives as long as the actor that the job belongs to.
    let executor = unsafe asUnownedSerialExecutor()
    queue.async { unsafe job.runSynchronously(on: executor) }
  }
}
