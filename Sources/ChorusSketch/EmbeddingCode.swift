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

  /// Appends the code of one embedding.
  ///
  /// Integers decide, so that the code is the same on every machine.
  public static func append(_ embedding: ArraySlice<Int8>, to codes: inout [UInt8]) {
    var squares = 0
    for value in embedding { squares += Int(value) * Int(value) }
    // value^2 >= 0.9816^2 * squares / count, in parts of 10^8.
    let bound = 96_353_856 * squares / max(embedding.count, 1)
    var byte: UInt8 = 0
    for (place, value) in embedding.enumerated() {
      let isLarge = squares > 0 && 100_000_000 * Int(value) * Int(value) >= bound
      let bits: UInt8 = (value < 0 ? 1 : 0) | (isLarge ? 2 : 0)
      byte |= bits << UInt8(2 * (place & 3))
      if place & 3 == 3 {
        codes.append(byte)
        byte = 0
      }
    }
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
