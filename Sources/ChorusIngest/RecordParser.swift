// SPDX-License-Identifier: Apache-2.0

public import ChorusCore

/// Parses blocks of JSON Lines into prompts; each worker thread has its own.
///
/// An error stays in its line: the records before and after it are kept. A line is refused when any
/// byte of it is not JSON, also in fields that nobody asked for. When a key appears twice in an
/// object, the last one wins. Equal blocks and options give equal results on any thread.
///
/// A chat array becomes the text of its kept turns, joined by an empty line. Content in parts gives
/// the `text` of the parts of type `text`, `input_text` or `output_text`, joined likewise.
public final class RecordParser {
  private let options: IngestOptions
  private let json: SimdJSON
  private let idSlot: Int
  private let accountSlot: Int
  private let timeSlot: Int
  private let textSlot: Int
  private let attributes: [AttributeField]
  private var time = RecordTime()

  /// The most bytes an id or an account may have.
  public static let maximumNameByteCount = 1024

  /// Creates a parser.
  ///
  /// - Throws: ``ChorusError`` with code `invalidInput` for options that cannot be used.
  public init(options: IngestOptions) throws(ChorusError) {
    try options.validate()
    self.options = options
    json = SimdJSON()
    idSlot = json.slot(of: options.idField)
    accountSlot = json.slot(of: options.accountField)
    timeSlot = json.slot(of: options.timeField)
    textSlot = json.slot(of: options.textField)
    json.setText(slot: textSlot, roles: options.roles)
    var names: Set<String> = []
    var fields: [AttributeField] = []
    for name in options.attributeNames where names.insert(name).inserted {
      fields.append(AttributeField(name: name, slot: json.slot(of: name)))
    }
    attributes = fields
  }
}

extension RecordParser {
  /// Returns the prompts of a block, and a reject for each line that is neither one nor blank.
  ///
  /// - Complexity: O(*n*), above 1 GB/s for records of a few fields.
  public func parse(_ block: LineBlock) -> ParsedBlock {
    let scan = json.read(block, maximumLineByteCount: options.maximumRecordByteCount)
    var result = ParsedBlock()
    var tail = ArenaTail(start: scan.arena.count)
    result.batch.records.reserveCapacity(scan.lines.count)
    result.lines.reserveCapacity(scan.lines.count)
    result.rejects = block.rejects.filter { $0.byteOffset < block.firstOffset }
    for index in scan.lines.indices {
      let line = scan.lines[index]
      let number = block.firstLine + UInt64(line.number)
      do throws(RejectReason) {
        let record = try record(index, of: scan, in: block, tail: &tail)
        result.batch.records.append(record)
        result.lines.append(number)
      } catch {
        let offset = block.firstOffset + UInt64(line.offset)
        result.rejects.append(
          Reject(source: block.sourceName, line: number, byteOffset: offset, reason: error)
        )
      }
    }
    result.rejects += block.rejects.filter { $0.byteOffset >= block.firstOffset }
    result.batch.arena = scan.arena
    result.batch.arena += tail.bytes
    return result
  }

  private func record(
    _ index: Int,
    of scan: ScannedBlock,
    in block: LineBlock,
    tail: inout ArenaTail
  ) throws(RejectReason) -> PromptRecord {
    if let reason = scan.lines[index].reason { throw reason }
    let first = index * scan.slotCount
    let idValue = scan.values[first + idSlot]
    let isGenerated = options.generateIDs && idValue.isMissing
    if !isGenerated { try Self.check(idValue, scan.arena, .missingID, .invalidID) }
    let account = scan.values[first + accountSlot]
    let isBare = options.takesBareTexts
    if !isBare { try Self.check(account, scan.arena, .missingAccount, .invalidAccount) }
    let moment =
      isBare
      ? Timestamp(milliseconds: 0) : try moment(scan.values[first + timeSlot], scan.arena)
    let text = scan.values[first + textSlot]
    try Self.checkText(text, scan.arena)
    let generated = isGenerated ? generatedID(scan.lines[index], block, &tail) : nil
    return PromptRecord(
      id: generated ?? ByteRange(offset: Int(idValue.offset), count: Int(idValue.count)),
      account: isBare
        ? ByteRange(offset: 0, count: 0)
        : ByteRange(offset: Int(account.offset), count: Int(account.count)),
      text: ByteRange(offset: Int(text.offset), count: Int(text.count)),
      attributes: encodedAttributes(of: scan, first, &tail),
      time: moment
    )
  }
}

extension RecordParser {
  /// Checks an id or an account: a string, or an integer number as it was written.
  private static func check(
    _ value: ScannedValue,
    _ arena: [UInt8],
    _ missing: RejectReason,
    _ invalid: RejectReason
  ) throws(RejectReason) {
    guard !value.isMissing else { throw missing }
    guard (1...maximumNameByteCount).contains(Int(value.count)) else { throw invalid }
    switch value.kind {
    case .string: break
    case .number:
      let isInteger = arena[value.bounds].allSatisfy {
        (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-")
      }
      guard isInteger else { throw invalid }
    default: throw invalid
    }
  }

  private static func checkText(
    _ value: ScannedValue,
    _ arena: [UInt8]
  ) throws(RejectReason) {
    guard !value.isMissing else { throw .missingText }
    guard value.kind == .string || value.kind == .chat else { throw .invalidText }
    if WhiteSpace.fills(arena, in: value.bounds) { throw .emptyText }
  }

  private func moment(
    _ value: ScannedValue,
    _ arena: [UInt8]
  ) throws(RejectReason) -> Timestamp {
    guard !value.isMissing else { throw .missingTime }
    let moment =
      switch value.kind {
      case .string: time.moment(string: arena, in: value.bounds)
      case .number: time.moment(number: arena, in: value.bounds)
      default: nil as Timestamp?
      }
    guard let moment else { throw .invalidTime }
    return moment
  }

  /// Appends an id made of the record's bytes, without its line break, and its line number.
  private func generatedID(
    _ line: ScannedLine,
    _ block: LineBlock,
    _ tail: inout ArenaTail
  ) -> ByteRange {
    let hash = Hashing.hash64(block.bytes[line.offset..<(line.offset + line.count)])
    let digits = String(hash, radix: 16)
    let zeros = String(repeating: "0", count: 16 - digits.count)
    let number = block.firstLine + UInt64(line.number)
    return tail.append { $0.append(contentsOf: "g\(zeros)\(digits)-\(number)".utf8) }
  }

  /// Appends the scalar attributes of a record in the form of ``AttributeCodec``.
  private func encodedAttributes(
    of scan: ScannedBlock,
    _ first: Int,
    _ tail: inout ArenaTail
  ) -> ByteRange {
    guard !attributes.isEmpty else { return ByteRange(offset: 0, count: 0) }
    return tail.append { bytes in
      for attribute in attributes {
        let value = scan.values[first + attribute.slot]
        guard [.string, .number, .boolean].contains(value.kind) else { continue }
        bytes.append(contentsOf: attribute.encodedName)
        AttributeField.append(count: value.count, to: &bytes)
        bytes.append(contentsOf: scan.arena[value.bounds])
      }
    }
  }
}

/// A field that is kept as an attribute.
private struct AttributeField {
  let slot: Int
  /// The name with its count before it, as ``AttributeCodec`` has it.
  let encodedName: [UInt8]

  init(name: String, slot: Int) {
    self.slot = slot
    var encoded: [UInt8] = []
    Self.append(count: UInt32(name.utf8.count), to: &encoded)
    encodedName = encoded + Array(name.utf8)
  }

  static func append(count: UInt32, to bytes: inout [UInt8]) {
    for shift in stride(from: UInt32(0), to: 32, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: count >> shift))
    }
  }
}

/// Bytes that will stand behind an arena that is in use.
private struct ArenaTail {
  /// Where the bytes will begin.
  let start: Int
  private(set) var bytes: [UInt8] = []

  init(start: Int) { self.start = start }

  /// Returns where the bytes that `body` appends will be.
  mutating func append(_ body: (inout [UInt8]) -> Void) -> ByteRange {
    let before = bytes.count
    body(&bytes)
    return ByteRange(offset: start + before, count: bytes.count - before)
  }
}
