// SPDX-License-Identifier: Apache-2.0

/// A fragment that may be a family: its rows, and the fixed text that they have in common.
struct Candidate: Sendable {
  /// The rows, ascending.
  var rows: [UInt32]
  /// The hot anchors that nearly all of the rows have, ascending.
  var closure: [UInt32]
  /// The information of the fixed text: how many bits it is less likely than ordinary text.
  var bits: Double
  /// The same, less what chance explains: repeats of a text this likely among all the text read.
  var liftBits: Double
  /// The surprise of the same accounts coming again.
  var returnBits: Double
  /// Whether its evidence stands alone; otherwise it can only be a part of a family that does.
  var standsAlone: Bool
  /// The distinct accounts.
  var accountCount: Int
  /// The row whose text shows the fixed text.
  var exemplar: UInt32
  /// The tokens of the exemplar that are fixed.
  var fixedTokens: [Range<Int>]
  /// The key of the fragment's leader, which breaks ties.
  var key: UInt64

  /// The candidate with evidence that stands alone.
  var standingAlone: Candidate {
    var candidate = self
    candidate.standsAlone = true
    return candidate
  }

  /// All that the candidate explains: fixed text times rows.
  var explainedBits: Double { bits * Double(rows.count) }
}
