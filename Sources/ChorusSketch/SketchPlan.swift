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
  /// The tokens in a shingle of the signature.
  public var shingleWidth: UInt32
  /// The tokens in an anchor.
  public var anchorWidth: UInt32
  /// The dimension of the embedding, a power of two and a multiple of 64.
  public var embeddingDimension: UInt32
  /// The seed of all hash functions above the tokens.
  public var seed: UInt64

  /// Creates a plan; the default is what `chorus index` uses.
  public init(
    textVersion: UInt32 = 1,
    shingleWidth: UInt32 = 3,
    anchorWidth: UInt32 = 4,
    embeddingDimension: UInt32 = 128,
    seed: UInt64 = 0x43_686F_7275_7331
  ) {
    self.textVersion = textVersion
    self.shingleWidth = shingleWidth
    self.anchorWidth = anchorWidth
    self.embeddingDimension = embeddingDimension
    self.seed = seed
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
      ("anchor_width", UInt64(anchorWidth)),
      ("embedding_dimension", UInt64(embeddingDimension)),
      ("seed", seed),
    ]
  }

  /// A Boolean value that says whether every parameter is in its range.
  public var isUsable: Bool {
    textVersion == 1 && (1...16).contains(shingleWidth) && (2...16).contains(anchorWidth)
      && embeddingDimension.nonzeroBitCount == 1 && (64...4096).contains(embeddingDimension)
  }

  private mutating func set(_ name: String, _ value: UInt64) -> Bool {
    if name == "seed" {
      seed = value
      return true
    }
    guard let small = UInt32(exactly: value) else { return false }
    switch name {
    case "text_version": textVersion = small
    case "shingle_width": shingleWidth = small
    case "anchor_width": anchorWidth = small
    case "embedding_dimension": embeddingDimension = small
    default: return false
    }
    return true
  }
}
