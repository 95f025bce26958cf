// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The upper tail of a Poisson variable, in bits: *b* bits mean that chance does this once in
/// 2^*b* times.
package enum PoissonTail {
  /// The bits of surprise in a Poisson variable of some mean being at least `count`; 0 when the
  /// mean is no less than that.
  package static func bits(_ count: Int, _ mean: Double) -> Double {
    let expected = max(mean, 1e-12)
    guard Double(count) > expected else { return 0 }
    // The first term of the tail, and the rest of it as a multiple: each next term is smaller by
    // mean / k, so the sum converges at once.
    let first = -expected + Double(count) * log(expected) - lgamma(Double(count) + 1)
    var sum = 1.0
    var term = 1.0
    var next = Double(count) + 1
    while term > 1e-12 * sum {
      term *= expected / next
      sum += term
      next += 1
    }
    return max(0, -(first + log(sum)) * 1.442_695_040_888_963_4)
  }
}
