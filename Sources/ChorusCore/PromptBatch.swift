// SPDX-License-Identifier: Apache-2.0

/// A run of prompts as received, laid out in one arena so that a batch costs two allocations.
///
/// Readers fill batches and the index consumes them; neither knows the other. The arena holds the
/// bytes of all fields one after the other and ``PromptRecord`` says where each field lies.
public struct PromptBatch: Sendable {
  /// The bytes of every field of every record.
  public var arena: [UInt8]
  /// The records, in input order.
  public var records: [PromptRecord]

  /// Creates an empty batch.
  public init() {
    arena = []
    records = []
  }

  /// Returns the bytes of one field.
  ///
  /// - Complexity: O(*n*) in the length of the field.
  public func bytes(_ range: ByteRange) -> ArraySlice<UInt8> { arena[range.bounds] }

  /// Returns one field as a string, with invalid UTF-8 replaced.
  public func string(_ range: ByteRange) -> String {
    String(decoding: arena[range.bounds], as: UTF8.self)
  }

  /// Adds one prompt; a convenience for callers that hold strings.
  public mutating func append(
    id: String,
    account: String,
    time: Timestamp,
    text: String,
    attributes: [(name: String, value: String)] = []
  ) {
    let idRange = store(id)
    let accountRange = store(account)
    let textRange = store(text)
    let encoded = AttributeCodec.encode(attributes)
    let attributeRange = ByteRange(offset: arena.count, count: encoded.count)
    arena.append(contentsOf: encoded)
    records.append(
      PromptRecord(
        id: idRange,
        account: accountRange,
        text: textRange,
        attributes: attributeRange,
        time: time
      )
    )
  }

  private mutating func store(_ value: String) -> ByteRange {
    let start = arena.count
    arena.append(contentsOf: value.utf8)
    return ByteRange(offset: start, count: arena.count - start)
  }
}

/// Where the fields of one prompt lie in the arena of its batch.
public struct PromptRecord: Sendable {
  /// The caller's own id, valid UTF-8.
  public var id: ByteRange
  /// The account that sent the prompt, valid UTF-8.
  public var account: ByteRange
  /// The text of the prompt, valid UTF-8.
  public var text: ByteRange
  /// The kept attributes in the form of ``AttributeCodec``; empty when there are none.
  public var attributes: ByteRange
  /// When the prompt was sent.
  public var time: Timestamp

  /// Creates a record.
  public init(
    id: ByteRange,
    account: ByteRange,
    text: ByteRange,
    attributes: ByteRange,
    time: Timestamp
  ) {
    self.id = id
    self.account = account
    self.text = text
    self.attributes = attributes
    self.time = time
  }
}

/// The byte form of a prompt's attributes: for each, in input order, name and value, each as a
/// four-byte little-endian count followed by that many bytes of UTF-8.
public enum AttributeCodec {
  /// Returns the byte form of a list of attributes.
  public static func encode(_ attributes: [(name: String, value: String)]) -> [UInt8] {
    var bytes: [UInt8] = []
    for (name, value) in attributes {
      for part in [name, value] {
        let count = UInt32(part.utf8.count)
        for shift in stride(from: UInt32(0), to: 32, by: 8) {
          bytes.append(UInt8(truncatingIfNeeded: count >> shift))
        }
        bytes.append(contentsOf: part.utf8)
      }
    }
    return bytes
  }

  /// Returns the attributes in a byte form, or `nil` when the bytes are not one.
  public static func decode(_ bytes: ArraySlice<UInt8>) -> [(name: String, value: String)]? {
    var rest = bytes
    var parts: [String] = []
    while !rest.isEmpty {
      guard rest.count >= 4 else { return nil }
      var count = 0
      for (place, byte) in rest.prefix(4).enumerated() { count |= Int(byte) << (8 * place) }
      rest = rest.dropFirst(4)
      guard rest.count >= count else { return nil }
      parts.append(String(decoding: rest.prefix(count), as: UTF8.self))
      rest = rest.dropFirst(count)
    }
    guard parts.count.isMultiple(of: 2) else { return nil }
    return stride(from: 0, to: parts.count, by: 2).map { (parts[$0], parts[$0 + 1]) }
  }
}
