// SPDX-License-Identifier: Apache-2.0

package import ChorusCampaign
internal import ChorusCore

/// A verdict as JSON.
package struct VerdictObject: Encodable, Sendable {
  package var decision: String
  package var note: String
  package var time: String

  /// Creates the object of a verdict.
  package init(_ verdict: Verdict) {
    decision = verdict.decision.rawValue
    note = verdict.note
    time = verdict.time.description
  }
}
