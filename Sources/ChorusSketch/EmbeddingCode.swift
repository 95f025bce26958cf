// SPDX-License-Identifier: Apache-2.0

/// The stored form of an embedding: two bits a value, which say its sign and whether it is large.
///
/// A value is large from 0.9816 times the root mean square of its vector on, and stands for 0.4528
/// or 1.510 times that: the least square error with four levels for normally distributed values
/// (Max, 1960). A cosine that is computed from one code has a standard error of about 0.03 at 128
/// dimensions.
public enum EmbeddingCode {
  /// The bytes of a code.
  public static func byteCount(dimension: Int) -> Int { dimension / 4 }

  /// What the small and the large values stand for, in units of which the small one is 1.
  private static let small: Float = 0.4528
  private static let large: Float = 1.510

  /// Returns the codes of embeddings, one behind the other.
  ///
  /// Integers decide, so that a code is the same on every machine.
  public static func encode(_ embeddings: [Int8], dimension: Int) -> [UInt8] {
    SketchKernels.encodeEmbeddings(embeddings, dimension: dimension)
  }

  /// Estimates the cosine of an embedding and the one that a code stands for.
  ///
  /// - Returns: 0 when the embedding is all zeros.
  /// - Complexity: O(*d*).
  public static func cosine(_ query: [Int8], _ code: ArraySlice<UInt8>) -> Double {
    var product: Float = 0
    var codeSquares: Float = 0
    var querySquares: Float = 0
    for (place, value) in query.enumerated() {
      let bits = code[code.startIndex + place / 4] >> UInt8(2 * (place & 3)) & 3
      let level = bits & 2 == 0 ? small : large
      product += Float(value) * (bits & 1 == 0 ? level : -level)
      codeSquares += level * level
      querySquares += Float(value) * Float(value)
    }
    let norm = (codeSquares * querySquares).squareRoot()
    return norm == 0 ? 0 : Double(product / norm)
  }
}
