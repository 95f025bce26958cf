// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore

/// Every parameter that fixes a sketch, with a fingerprint.
///
/// Sketches made under different plans must never be compared; an index carries the fingerprint
/// of its plan in each of its files and refuses any other.
public struct SketchPlan: Hashable, Sendable {
  /// The version of the normaliser, the tokeniser and the hash functions.
  ///
  /// It changes whenever equal text would no longer give equal sketches, a new Unicode version
  /// included.
  public var textVersion: UInt32
  /// The words in a shingle of the signature; a character of a script without spaces counts 3/5.
  public var shingleWidth: UInt32
  /// The bits kept of each lane of the signature: 4 or 8.
  public var laneBitCount: UInt32
  /// The words in a body anchor.
  public var anchorWidth: UInt32
  /// The consecutive runs of which at least one is a body anchor; 1 posts every run.
  public var anchorWindow: UInt32
  /// The dimension of the embedding, a power of two and a multiple of 64.
  public var embeddingDimension: UInt32
  /// The seed of all hash functions above the tokens.
  public var seed: UInt64
  /// Which key everything is hashed with: ``SketchKey/check``, or 0 for none.
  public var keyCheck: UInt64

  /// Creates a plan; the default is what `chorus index` uses.
  public init(
    textVersion: UInt32 = 2,
    shingleWidth: UInt32 = 3,
    laneBitCount: UInt32 = 4,
    anchorWidth: UInt32 = 4,
    anchorWindow: UInt32 = 1,
    embeddingDimension: UInt32 = 128,
    seed: UInt64 = 0x43_686F_7275_7331,
    keyCheck: UInt64 = 0
  ) {
    self.textVersion = textVersion
    self.shingleWidth = shingleWidth
    self.laneBitCount = laneBitCount
    self.anchorWidth = anchorWidth
    self.anchorWindow = anchorWindow
    self.embeddingDimension = embeddingDimension
    self.seed = seed
    self.keyCheck = keyCheck
  }

  /// The default plan.
  public static let standard = Self()

  /// The byte form of the plan: a count of parameters, then name and value of each.
  public var encoded: [UInt8] {
    var writer = ByteWriter()
    let all = parameters
    writer.writeVarint(UInt64(all.count))
    for (name, value) in all {
      writer.writeCounted(name)
      writer.write(value)
    }
    return writer.bytes
  }

  /// Creates a plan from its byte form.
  ///
  /// - Returns: `nil` when the bytes are malformed, name an unknown parameter, or give one a value
  ///   outside its range.
  public init?(encoded: ArraySlice<UInt8>) {
    var reader = ByteReader(encoded)
    var plan = Self()
    guard let count = try? reader.readCount(), count == plan.parameters.count else { return nil }
    for (name, _) in plan.parameters {
      guard let found = try? reader.readString(), found == name,
        let value = try? reader.readUInt64(), plan.set(name, value)
      else { return nil }
    }
    guard reader.isAtEnd, plan.isUsable else { return nil }
    self = plan
  }

  /// The hash of the byte form.
  public var fingerprint: UInt64 { Hashing.hash64(encoded) }

  /// The parameters by name, in the order of the byte form.
  public var parameters: [(name: String, value: UInt64)] {
    [
      ("text_version", UInt64(textVersion)),
      ("shingle_width", UInt64(shingleWidth)),
      ("lane_bits", UInt64(laneBitCount)),
      ("anchor_width", UInt64(anchorWidth)),
      ("anchor_window", UInt64(anchorWindow)),
      ("embedding_dimension", UInt64(embeddingDimension)),
      ("seed", seed),
      ("key_check", keyCheck),
    ]
  }

  /// A Boolean value that says whether every parameter is in its range.
  public var isUsable: Bool {
    textVersion == 2 && (1...16).contains(shingleWidth) && [4, 8].contains(laneBitCount)
      && (2...16).contains(anchorWidth) && (1...16).contains(anchorWindow)
      && embeddingDimension.nonzeroBitCount == 1 && (64...4096).contains(embeddingDimension)
  }

  /// The bytes of a stored signature.
  public var signatureByteCount: Int { Signature.laneCount * Int(laneBitCount) / 8 }

  /// The tokens from which on a run that two texts share always gives them an anchor in common,
  /// whatever stands around it.
  ///
  /// That is a window of runs: of words, ``anchorWidth`` + ``anchorWindow`` - 1; of single
  /// characters, of which 5 count as 3 words, some more.
  public func guaranteedTokenCount(ofCharacters: Bool) -> Int {
    let run = ofCharacters ? (5 * Int(anchorWidth) + 2) / 3 : Int(anchorWidth)
    return run + Int(anchorWindow) - 1
  }

  private mutating func set(_ name: String, _ value: UInt64) -> Bool {
    switch name {
    case "seed":
      seed = value
      return true
    case "key_check":
      keyCheck = value
      return true
    default: break
    }
    guard let small = UInt32(exactly: value) else { return false }
    switch name {
    case "text_version": textVersion = small
    case "shingle_width": shingleWidth = small
    case "lane_bits": laneBitCount = small
    case "anchor_width": anchorWidth = small
    case "anchor_window": anchorWindow = small
    case "embedding_dimension": embeddingDimension = small
    default: return false
    }
    return true
  }
}
