// SPDX-License-Identifier: Apache-2.0

package import ChorusCampaign

/// A group of families that was looked at as JSON.
package struct ExaminedObject: Encodable, Sendable {
  package var families: [String]
  package var accounts: Int
  package var named: Bool
  package var signals: [SignalObject]

  /// Creates the object of a group.
  package init(_ group: ExaminedGroup) {
    families = group.families
    accounts = group.accountCount
    named = group.isNamed
    signals = group.signals.map(SignalObject.init)
  }
}
