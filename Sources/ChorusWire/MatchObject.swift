// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
package import ChorusIndex

/// A match of a query as JSON.
package struct MatchObject: Encodable, Sendable {
  /// The name of the query, in a batch.
  package var query: String?
  package var id: String
  package var account: String
  package var time: String
  package var similarity: Double
  package var containment: Double
  package var score: Double
  /// The family that it is of; null where that is none or not known.
  package var family = OrNull<String>(nil)
  /// Written only where the numbers are estimates.
  package var estimated: Bool?
  /// Written only where there were more candidates than are compared.
  package var truncated: Bool?
  package var span: [Int]?
  package var slots: [[Int]]?
  package var text: String?
  /// Written only where the text or the explanation was left out, since the answer has enough.
  package var leftOut: Bool?
  package var explanation: ExplanationObject?

  enum CodingKeys: String, CodingKey {
    case query, id, account, time, similarity, containment, score, family, estimated, truncated
    case span, slots, text, explanation
    case leftOut = "left_out"
  }

  /// Creates the object of a match; what depends on the question is set after.
  package init(_ match: Match) {
    id = match.id
    account = match.account
    time = match.time.description
    similarity = match.similarity
    containment = match.containment
    score = match.score
    estimated = match.isEstimate ? true : nil
    span = match.span.map(Self.pair)
  }

  /// A range as JSON: where it begins and where it ends.
  package static func pair(_ range: Range<Int>) -> [Int] { [range.lowerBound, range.upperBound] }

  /// Takes over what fills the slots of a template that was asked about.
  package mutating func addSlots(of match: Match) { slots = match.fillers.map(Self.pair) }

  /// Takes over the text.
  package mutating func addText(of match: Match) {
    text = String(decoding: match.text, as: UTF8.self)
  }
}
