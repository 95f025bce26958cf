// SPDX-License-Identifier: Apache-2.0

import ChorusStore
import ChorusTestSupport
import Testing

/// A log gives back what was acknowledged, and says so when it cannot.
struct LogTests {
  private static let envelope = Envelope(
    kind: .log,
    indexID: IndexID(low: 1, high: 2),
    planFingerprint: 3,
    number: 4
  )

  private static let records: [[UInt8]] = (0..<6).map { number in
    (0..<(number * 37)).map { UInt8(truncatingIfNeeded: $0 * 7 + number) }
  }

  /// A log of the first records, all acknowledged, each by itself.
  private static func log(_ count: Int) throws(ChorusError) -> [UInt8] {
    let storage = MemoryStorage()
    let writer = try LogWriter(storage, name: "log", envelope: envelope)
    for record in records.prefix(count) {
      writer.append(record)
      try writer.synchronise()
    }
    return storage.bytes(of: "log") ?? []
  }

  private static func read(_ bytes: [UInt8]) throws(ChorusError) -> LogReader {
    let storage = MemoryStorage()
    storage.set("log", to: bytes)
    return try LogReader(storage, name: "log")
  }

  @Test func `records come back in their order`() throws {
    let log = try Self.read(Self.log(6))
    #expect(log.payloads.map(Array.init) == Self.records)
    #expect(log.tornByteCount == 0)
    #expect(log.envelope == Self.envelope)
  }

  @Test func `a log that ends early has the records before its end`() throws {
    let bytes = try Self.log(6)
    for count in 0..<bytes.count {
      let log = try Self.read(Array(bytes.prefix(count)))
      let payloads = log.payloads.map(Array.init)
      #expect(payloads == Array(Self.records.prefix(payloads.count)))
      // The whole records before the cut.
      #expect(payloads.count < 6)
    }
  }

  @Test func `damage to an acknowledged record is noticed unless it looks like a torn end`() throws
  {
    let bytes = try Self.log(6)
    let last = try Self.log(5).count
    for place in bytes.indices {
      for mask in [0x01, 0x80] as [UInt8] {
        do {
          let log = try Self.read(bytes.flipping(mask, at: place))
          // Only the last record can be lost without a word: nothing says that it was durable.
          let payloads = log.payloads.map(Array.init)
          #expect(place >= last && payloads == Array(Self.records.prefix(5)), "byte \(place)")
        } catch { #expect(error.code.saysDamage, "byte \(place)") }
      }
    }
  }

  @Test(arguments: 0..<40 as Range<UInt64>)
  func `what was torn before it was acknowledged is left out`(_ seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let storage = MemoryStorage()
    let writer = try LogWriter(storage, name: "log", envelope: Self.envelope)
    for record in Self.records.prefix(3) { writer.append(record) }
    try writer.synchronise()
    let durable = storage.bytes(of: "log") ?? []
    for record in Self.records.dropFirst(3) { writer.append(record) }
    try writer.synchronise()
    // The last write reached the disk in pieces.
    var bytes = storage.bytes(of: "log") ?? []
    for place in durable.count..<bytes.count where generator.next() % 20 == 0 { bytes[place] = 0 }
    let payloads = try Self.read(bytes).payloads.map(Array.init)
    #expect(payloads.count >= 3 && payloads == Array(Self.records.prefix(payloads.count)))
  }

  @Test func `a repair reads around the damage`() throws {
    let bytes = try Self.log(6)
    let second = try Self.log(1).count + 40
    let storage = MemoryStorage()
    storage.set("log", to: bytes.flipping(1, at: second))
    let log = try LogReader(repairing: storage, name: "log")
    var wanted = Self.records
    wanted.remove(at: 1)
    #expect(log.payloads.map(Array.init) == wanted)
  }

  @Test func `marks that promise long records do not take long`() throws {
    // A hundred thousand marks, each of which claims all that follows.
    var writer = ByteWriter()
    writer.write(bytes: try Self.log(1))
    let mark = Array(try Self.log(1)[64..<72])
    for _ in 0..<100_000 {
      writer.write(bytes: mark)
      writer.write(UInt32(1 << 20))
      writer.write(UInt64(0))
      writer.write(UInt64(0))
    }
    #expect(try Self.read(writer.bytes).payloads.count == 1)
  }
}
