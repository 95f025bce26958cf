// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The upper tail of a gamma variable, which a sum of logarithms of p-values is (Fisher, 1925).
package enum GammaTail {
  /// The bits of a gamma variable of a whole shape and scale 1 being at least `value`.
  ///
  /// Its tail is e^-*s* times the sum of *s*^*j* / *j*! for *j* below the shape; the terms grow up
  /// to the last one, so they are summed from there.
  ///
  /// - Parameters:
  ///   - value: The value, *s*.
  ///   - shape: The shape, at least 1.
  /// - Returns: The bits; 0 up to the mean.
  /// - Complexity: O(*k*) in the shape, and much less where the value is far above it.
  package static func bits(_ value: Double, shape: Int) -> Double {
    guard value > Double(shape) else { return 0 }
    let first = Double(shape - 1) * log(value) - value - lgamma(Double(shape))
    var sum = 1.0
    var term = 1.0
    for number in stride(from: shape - 1, to: 0, by: -1) {
      term *= Double(number) / value
      sum += term
      if term < 1e-12 * sum { break }
    }
    return max(0, -(first + log(sum)) / M_LN2)
  }
}
