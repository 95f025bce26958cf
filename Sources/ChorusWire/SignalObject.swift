// SPDX-License-Identifier: Apache-2.0

package import ChorusCampaign

/// A signal as JSON.
package struct SignalObject: Encodable, Sendable {
  package var name: String
  package var value: Double
  package var bits: Double
  package var pValue: Double
  package var says: String

  enum CodingKeys: String, CodingKey {
    case name, value, bits, says
    case pValue = "p_value"
  }

  /// Creates the object of a signal.
  package init(_ signal: Signal) {
    name = signal.kind.rawValue
    value = signal.value
    bits = signal.bits
    pValue = signal.pValue
    says = signal.sentence
  }
}
