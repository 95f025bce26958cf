// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusStore

/// A storage whose waits for the disk are measured.
struct MeasuredStorage: Storage {
  private let storage: DiskStorage
  private let meter: Meter

  init(_ storage: DiskStorage, _ meter: Meter) {
    self.storage = storage
    self.meter = meter
  }

  var location: String { storage.location }

  func names() throws(ChorusError) -> [String] { try storage.names() }

  func open(_ name: String) throws(ChorusError) -> FileBytes { try storage.open(name) }

  func create(_ name: String) throws(ChorusError) -> any FileSink {
    Sink(try storage.create(name), meter)
  }

  func rename(_ source: String, to target: String) throws(ChorusError) {
    try storage.rename(source, to: target)
  }

  func remove(_ name: String) throws(ChorusError) { try storage.remove(name) }

  func synchronise() throws(ChorusError) {
    let start = ContinuousClock.now
    try storage.synchronise()
    meter.synchronised(ContinuousClock.now - start)
  }

  func lock() throws(ChorusError) -> any StorageLock { try storage.lock() }

  private final class Sink: FileSink {
    private let sink: any FileSink
    private let meter: Meter

    init(_ sink: any FileSink, _ meter: Meter) {
      self.sink = sink
      self.meter = meter
    }

    func append(_ bytes: [UInt8]) throws(ChorusError) { try sink.append(bytes) }

    func synchronise() throws(ChorusError) {
      let start = ContinuousClock.now
      try sink.synchronise()
      meter.synchronised(ContinuousClock.now - start)
    }

    func close() throws(ChorusError) { try sink.close() }
  }
}
