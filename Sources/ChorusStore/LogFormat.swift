// SPDX-License-Identifier: Apache-2.0

public import ChorusCore

/// The layout of a log: an envelope, and records one behind the other as they were acknowledged.
///
///     Log    = Envelope Record*
///     Record = mark:u64 byteCount:u32 durableOffset:u64 checksum:u64 payload
///
/// `durableOffset` is how much of the file was known to be on the disk when the record was written;
/// `checksum` is the hash of the two numbers and the payload. What is torn at the end of a log was
/// never acknowledged. A record that was, and is damaged, is told by a later one whose
/// `durableOffset` lies behind it.
enum LogFormat {
  /// What a record begins with.
  static let mark: UInt64 = 0xD1C6_0A0D_4C4F_4789
  /// The bytes before the payload.
  static let headerByteCount = 28
  /// The most bytes of a payload.
  static let largestPayload = 1 << 30

  static func checksum(
    _ byteCount: UInt32,
    _ durable: UInt64,
    _ payload: ArraySlice<UInt8>
  )
    -> UInt64
  {
    var writer = ByteWriter()
    writer.write(byteCount)
    writer.write(durable)
    return Hashing.mix(Hashing.hash64(writer.bytes) ^ Hashing.hash64(payload))
  }
}

/// Writes a log: records gather until ``synchronise()`` makes all of them durable at once.
public final class LogWriter {
  private let sink: any FileSink
  private var pending: [UInt8] = []
  private var offset: UInt64
  private var durableOffset: UInt64 = 0

  /// Creates a log; it is there when ``synchronise()`` has returned once.
  public init(
    _ storage: any Storage,
    name: String,
    envelope: Envelope
  ) throws(ChorusError) {
    sink = try storage.create(name)
    pending = envelope.encoded
    offset = UInt64(pending.count)
  }

  /// The bytes written and to be written.
  public var byteCount: UInt64 { offset }

  /// Adds a record.
  ///
  /// - Precondition: The payload has at most 1 GiB.
  public func append(_ payload: [UInt8]) {
    precondition(payload.count <= LogFormat.largestPayload)
    let byteCount = UInt32(payload.count)
    var writer = ByteWriter(reserving: LogFormat.headerByteCount)
    writer.write(LogFormat.mark)
    writer.write(byteCount)
    writer.write(durableOffset)
    writer.write(LogFormat.checksum(byteCount, durableOffset, payload[...]))
    pending += writer.bytes
    pending += payload
    offset += UInt64(LogFormat.headerByteCount + payload.count)
  }

  /// Makes all records durable.
  public func synchronise() throws(ChorusError) {
    guard !pending.isEmpty else { return }
    try sink.append(pending)
    pending = []
    try sink.synchronise()
    durableOffset = offset
  }
}

/// Reads the records of a log.
public struct LogReader {
  /// The payloads of all records that were read, in order.
  public let payloads: [ArraySlice<UInt8>]
  /// The bytes behind the last good record, which were never acknowledged.
  public let tornByteCount: Int
  /// The log's envelope, or `nil` when the log ends before it does.
  public let envelope: Envelope?

  /// Reads a log.
  ///
  /// - Throws: `corrupted` when an acknowledged record is damaged; what reading an envelope throws.
  /// - Complexity: O(*n*).
  public init(_ storage: any Storage, name: String) throws(ChorusError) {
    try self.init(storage, name: name, passesOver: false)
  }

  /// Reads what can be read of a log, damaged records left out.
  public init(repairing storage: any Storage, name: String) throws(ChorusError) {
    try self.init(storage, name: name, passesOver: true)
  }

  private init(
    _ storage: any Storage,
    name: String,
    passesOver: Bool
  ) throws(ChorusError) {
    let file = try storage.open(name)
    let path = storage.location + "/" + name
    // A log whose first bytes never reached the disk acknowledged nothing.
    guard file.byteCount >= Envelope.byteCount else {
      payloads = []
      tornByteCount = file.byteCount
      envelope = nil
      return
    }
    let bytes = file.bytes(0..<file.byteCount)
    do {
      envelope = try Envelope.read(file, of: .log, path: path)
    } catch {
      guard error.code != .tooNew, error.code != .tooOld else { throw error }
      let later = Self.laterRecord(bytes, from: 0)
      guard passesOver || later.map({ $0.durableOffset > 0 }) ?? false else {
        payloads = []
        tornByteCount = bytes.count
        envelope = nil
        return
      }
      guard passesOver else { throw error }
      envelope = nil
    }
    var found: [ArraySlice<UInt8>] = []
    var offset = Envelope.byteCount
    var budget = Self.budget(bytes)
    while let record = Self.record(bytes, at: offset, &budget) {
      found.append(record.payload)
      offset = record.payload.endIndex
    }
    if passesOver {
      var place = offset
      while let next = Self.nextRecord(bytes, from: place + 1, &budget) {
        found.append(next.payload)
        place = next.payload.endIndex - 1
      }
    } else if let later = Self.laterRecord(bytes, from: offset + 1), later.durableOffset > offset {
      throw Envelope.damaged(
        .log,
        path,
        "an acknowledged record is damaged",
        at: UInt64(offset)
      )
    }
    payloads = found
    tornByteCount = bytes.count - offset
  }

  private typealias Record = (payload: ArraySlice<UInt8>, durableOffset: UInt64)

  /// The bytes that may be hashed in one pass: marks that claim long records cannot make it
  /// quadratic.
  private static func budget(_ bytes: [UInt8]) -> Int { 16 * bytes.count }

  private static func record(
    _ bytes: [UInt8],
    at offset: Int,
    _ budget: inout Int
  ) -> Record? {
    guard bytes.count - offset >= LogFormat.headerByteCount else { return nil }
    var reader = ByteReader(bytes[offset..<(offset + LogFormat.headerByteCount)])
    guard let mark = try? reader.readUInt64(), mark == LogFormat.mark,
      let byteCount = try? reader.readUInt32(), let durable = try? reader.readUInt64(),
      let checksum = try? reader.readUInt64()
    else { return nil }
    let start = offset + LogFormat.headerByteCount
    guard Int(byteCount) <= bytes.count - start, Int(byteCount) <= budget else { return nil }
    budget -= Int(byteCount)
    let payload = bytes[start..<(start + Int(byteCount))]
    // No more can be durable than stands before the record.
    guard durable <= UInt64(offset), LogFormat.checksum(byteCount, durable, payload) == checksum
    else { return nil }
    return (payload, durable)
  }

  /// The good record from an offset on, wherever it begins, that says the most of what was durable.
  private static func laterRecord(_ bytes: [UInt8], from offset: Int) -> Record? {
    var place = offset
    var best: Record?
    var budget = budget(bytes)
    while let record = nextRecord(bytes, from: place, &budget) {
      if best.map({ $0.durableOffset < record.durableOffset }) ?? true { best = record }
      place = record.payload.endIndex
    }
    return best
  }

  /// The first good record from an offset on, wherever it begins.
  private static func nextRecord(
    _ bytes: [UInt8],
    from offset: Int,
    _ budget: inout Int
  ) -> Record? {
    let first = UInt8(truncatingIfNeeded: LogFormat.mark)
    var place = offset
    while place + LogFormat.headerByteCount <= bytes.count {
      guard let next = bytes[place...].firstIndex(of: first) else { return nil }
      if let record = record(bytes, at: next, &budget) { return record }
      place = next + 1
    }
    return nil
  }
}
