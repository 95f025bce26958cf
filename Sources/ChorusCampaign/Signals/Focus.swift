// SPDX-License-Identifier: Apache-2.0

/// How much of what its accounts send is a campaign's: a plain fact, without a null model.
package enum Focus {
  /// The greatest share that half of the accounts reach.
  ///
  /// - Parameter shares: For each account, the share of its prompts that are the campaign's.
  /// - Returns: The upper median; 0 without accounts.
  /// - Complexity: O(*A* log *A*).
  package static func median(_ shares: [Double]) -> Double {
    shares.isEmpty ? 0 : shares.sorted()[shares.count / 2]
  }

  /// Makes the signal, which has no bits.
  ///
  /// - Parameter shares: For each account, the share of its prompts that are the campaign's.
  /// - Returns: The signal.
  /// - Complexity: O(*A* log *A*).
  package static func signal(_ shares: [Double]) -> Signal {
    let median = median(shares)
    // Rounded down, so that the sentence holds.
    let percent = Int(median * 100 + 1e-9)
    return Signal(
      kind: .focus,
      value: median,
      bits: 0,
      sentence: "Half of the accounts sent at least \(percent) % of all their prompts in its "
        + "families."
    )
  }
}
