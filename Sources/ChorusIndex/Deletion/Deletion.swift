// SPDX-License-Identifier: Apache-2.0

public import ChorusCore

/// Which prompts are deleted.
public enum DeletionTarget: Hashable, Sendable {
  /// All prompts of an account.
  case account(String)
  /// The prompt with an id.
  case id(String)
  /// All prompts sent before a time.
  case before(Timestamp)
}

/// A deletion that still has something to hide: prompts that are in a segment's file and in no
/// answer.
public struct Deletion: Hashable, Sendable {
  /// Which prompts.
  public let target: DeletionTarget
  /// The newest segment at the time of the deletion: prompts that came later are not meant.
  let lastSegment: UInt64

  /// Whether a segment may hold prompts of it.
  func concerns(_ segment: SegmentSummary) -> Bool {
    guard segment.number <= lastSegment else { return false }
    if case .before(let time) = target { return segment.firstTime < time }
    return true
  }

  var encoded: [UInt8] {
    var writer = ByteWriter()
    switch target {
    case .account(let name):
      writer.write(UInt8(0))
      writer.writeCounted(name)
    case .id(let id):
      writer.write(UInt8(1))
      writer.writeCounted(id)
    case .before(let time):
      writer.write(UInt8(2))
      writer.write(time.milliseconds)
    }
    writer.writeVarint(lastSegment)
    return writer.bytes
  }

  init(target: DeletionTarget, lastSegment: UInt64) {
    self.target = target
    self.lastSegment = lastSegment
  }

  /// Reads one deletion.
  ///
  /// - Returns: `nil` when its kind is not known.
  init?(_ reader: inout ByteReader) throws(ByteReader.Fault) {
    switch try reader.readUInt8() {
    case 0: target = .account(try reader.readString())
    case 1: target = .id(try reader.readString())
    case 2: target = .before(Timestamp(milliseconds: try reader.readInt64()))
    default: return nil
    }
    lastSegment = try reader.readVarint()
  }
}
