// SPDX-License-Identifier: Apache-2.0

public import ChorusCore

/// The first 64 bytes of every file of an index: what it is, who wrote it, under which plan.
///
/// The magic tells a foreign file, the version a newer one, the checksum a damaged one, and the
/// fingerprint one made under another plan: four different errors, because there are four
/// different things to do about them.
public struct Envelope: Hashable, Sendable {
  /// What a file holds.
  public struct Kind: Hashable, Sendable {
    /// The four bytes of ASCII that stand in the file.
    public let code: UInt32
    /// The word for messages.
    public let name: String

    /// A segment.
    public static let segment = Self(code: 0x4D47_4553, name: "segment")
    /// A log.
    public static let log = Self(code: 0x0A47_4F4C, name: "log")
    /// A manifest.
    public static let manifest = Self(code: 0x494E_414D, name: "manifest")
    /// What was found in the prompts and is kept beside them.
    public static let families = Self(code: 0x4C4D_4146, name: "file of families")
    /// What a person decided about a campaign.
    public static let verdict = Self(code: 0x4452_4556, name: "verdict")
  }

  /// The bytes of an envelope.
  public static let byteCount = 64
  /// The format version that this build writes, and the only one that it reads.
  public static let version: UInt32 = 3
  /// The first eight bytes of every file.
  static let magic: UInt64 = 0x0A53_5552_4F48_4389

  /// What the file holds.
  public let kind: Kind
  /// The 128-bit identity of the index, in two halves; chosen when it was created.
  public let indexID: IndexID
  /// The fingerprint of the sketch plan.
  public let planFingerprint: UInt64
  /// The segment's or the log's number, or the manifest's generation.
  public let number: UInt64

  /// Creates an envelope.
  public init(kind: Kind, indexID: IndexID, planFingerprint: UInt64, number: UInt64) {
    self.kind = kind
    self.indexID = indexID
    self.planFingerprint = planFingerprint
    self.number = number
  }

  /// The byte form.
  public var encoded: [UInt8] {
    var writer = ByteWriter()
    writer.write(Self.magic)
    writer.write(kind.code)
    writer.write(Self.version)
    writer.write(indexID.low)
    writer.write(indexID.high)
    writer.write(planFingerprint)
    writer.write(number)
    writer.write(UInt64(0))
    writer.write(Hashing.hash64(writer.bytes))
    return writer.bytes
  }

  /// Reads an envelope from the start of a file.
  ///
  /// - Throws: `foreign` without the magic or with another kind, `tooNew` or `tooOld` for another
  ///   version, `corrupted` when the file is too short or fails the checksum.
  public static func read(
    _ file: FileBytes,
    of kind: Kind,
    path: String
  ) throws(ChorusError) -> Self {
    let head = file.bytes(0..<min(byteCount, file.byteCount))
    var reader = ByteReader(head)
    guard let found = try? reader.readUInt64(), found == magic else {
      if head.count < 8, Array(magicBytes.prefix(head.count)) == head {
        throw damaged(kind, path, "it ends after \(head.count) bytes", at: UInt64(head.count))
      }
      throw ChorusError(
        .foreign,
        "Cannot open \(kind.name) \(path): it is not a file of a Chorus index."
      )
    }
    guard let code = try? reader.readUInt32(), let version = try? reader.readUInt32(),
      let low = try? reader.readUInt64(), let high = try? reader.readUInt64(),
      let fingerprint = try? reader.readUInt64(), let number = try? reader.readUInt64(),
      let reserved = try? reader.readUInt64(), let checksum = try? reader.readUInt64()
    else { throw damaged(kind, path, "it ends inside its envelope", at: UInt64(head.count)) }
    // The checksum covers the version, so that a flipped bit is not taken for a newer format.
    guard Hashing.hash64(head[..<56]) == checksum else {
      throw damaged(kind, path, "its envelope fails its checksum", at: 0)
    }
    guard version <= Self.version else {
      throw ChorusError(
        .tooNew,
        "Cannot open \(kind.name) \(path): it was written by format \(version) and this build "
          + "reads \(Self.version). Upgrade chorus, or index the source again."
      )
    }
    guard version == Self.version else {
      throw ChorusError(
        .tooOld,
        "Cannot open \(kind.name) \(path): it was written by format \(version) and this build "
          + "reads \(Self.version). Index the source again."
      )
    }
    guard code == kind.code, reserved == 0 else {
      throw ChorusError(
        .foreign,
        "Cannot open \(path): it is a file of a Chorus index, but not a \(kind.name)."
      )
    }
    return Self(
      kind: kind,
      indexID: IndexID(low: low, high: high),
      planFingerprint: fingerprint,
      number: number
    )
  }

  private static var magicBytes: [UInt8] {
    var writer = ByteWriter()
    writer.write(magic)
    return writer.bytes
  }

  /// The error that names a damaged file and a place in it.
  package static func damaged(
    _ kind: Kind,
    _ path: String,
    _ reason: String,
    at offset: UInt64
  ) -> ChorusError {
    ChorusError(
      .corrupted,
      "Cannot read \(kind.name) \(path): \(reason). Restore the index from a copy, or index the "
        + "source again.",
      at: .init(file: path, offset: offset)
    )
  }
}

/// The 128-bit identity of an index, which ties its files together.
public struct IndexID: Hashable, Sendable {
  /// The low 64 bits.
  public let low: UInt64
  /// The high 64 bits.
  public let high: UInt64

  /// Creates an identity from its halves.
  public init(low: UInt64, high: UInt64) {
    self.low = low
    self.high = high
  }
}
