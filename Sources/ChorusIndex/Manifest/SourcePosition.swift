// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore

/// How far an input was read into an index: everything before it is in segments.
public struct SourcePosition: Hashable, Sendable {
  /// The name of the input, such as the whole path of a file.
  public var name: String
  /// The number of the next line, from 1.
  public var line: UInt64
  /// The offset of that line in the input after decompression.
  public var offset: UInt64
  /// The number of bytes before the offset that ``check`` is a hash of.
  public var checkedByteCount: UInt64
  /// A hash of some bytes before the offset: another file that has the same name is told by it.
  public var check: UInt64

  /// Creates a position.
  public init(
    name: String,
    line: UInt64,
    offset: UInt64,
    checkedByteCount: UInt64,
    check: UInt64
  ) {
    self.name = name
    self.line = line
    self.offset = offset
    self.checkedByteCount = checkedByteCount
    self.check = check
  }

  var encoded: [UInt8] {
    var writer = ByteWriter()
    writer.writeCounted(name)
    writer.writeVarint(line)
    writer.writeVarint(offset)
    writer.writeVarint(checkedByteCount)
    writer.write(check)
    return writer.bytes
  }

  init(_ reader: inout ByteReader) throws(ByteReader.Fault) {
    name = try reader.readString()
    line = try reader.readVarint()
    offset = try reader.readVarint()
    checkedByteCount = try reader.readVarint()
    check = try reader.readUInt64()
  }
}
