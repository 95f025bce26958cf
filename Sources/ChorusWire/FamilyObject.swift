// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
package import ChorusFamily

/// A family as JSON.
package struct FamilyObject: Encodable, Sendable {
  /// A slot as JSON.
  package struct SlotObject: Encodable, Sendable {
    package var kind: String
    package var fillers: Int
    package var sample: Int
    package var shortest: Int
    package var longest: Int
    /// A few fillers; absent where they are not wanted.
    package var examples: [String]?
  }

  package var family: String
  package var kind: String
  package var parent: String?
  package var formerNames: [String]
  package var splitFrom: String?
  package var template: String
  /// Whether there is more of the template than is given.
  package var isTemplateCut: Bool?
  package var fixedShare: Double
  package var deviatingShare: Double
  package var variants: Int
  package var slots: [SlotObject]
  package var prompts: Int
  package var distinct: Int
  package var accounts: Int
  /// When the first prompt was sent; null when there is none in the time looked at.
  package var firstSeen: String?
  package var lastSeen: String?
  package var spreadScore: Double
  package var campaign: String?

  enum CodingKeys: String, CodingKey {
    case family, kind, parent, template, variants, slots, prompts, distinct, accounts, campaign
    case formerNames = "former_names"
    case splitFrom = "split_from"
    case isTemplateCut = "template_cut"
    case fixedShare = "fixed_share"
    case deviatingShare = "deviating_share"
    case firstSeen = "first_seen"
    case lastSeen = "last_seen"
    case spreadScore = "spread_score"
  }

  /// How much of a family is written.
  package enum Extent: Sendable {
    /// All.
    case full
    /// All but what fills the slots, which may be private.
    case withoutFillers
    /// The beginning of the template, and no fillers.
    case brief
  }

  /// The characters of a template that a brief object has.
  package static let briefCharacterCount = 240

  /// Creates the object of a family.
  ///
  /// - Parameters:
  ///   - family: The family.
  ///   - campaign: The campaign that it is of, if any.
  ///   - extent: How much of it is written.
  package init(_ family: Family, campaign: String?, extent: Extent = .full) {
    self.family = family.name
    kind = family.kind.rawValue
    parent = family.parent
    formerNames = family.formerNames
    splitFrom = family.splitFrom
    template = family.template.text
    if extent == .brief, let brief = Self.beginning(of: template) {
      template = brief
      isTemplateCut = true
    }
    fixedShare = family.template.fixedShare
    deviatingShare = family.template.deviatingShare
    variants = family.template.variantCount
    slots = family.template.slots.map { slot in
      SlotObject(
        kind: slot.kind.rawValue,
        fillers: slot.fillerCount,
        sample: slot.sampleCount,
        shortest: slot.lengths.lowerBound,
        longest: slot.lengths.upperBound,
        examples: extent == .full ? slot.examples : extent == .brief ? nil : []
      )
    }
    prompts = family.spread.promptCount
    distinct = family.spread.distinctCount
    accounts = family.spread.accountCount
    if family.spread.promptCount > 0 {
      firstSeen = family.spread.firstSeen.description
      lastSeen = family.spread.lastSeen.description
    }
    spreadScore = family.spread.score
    self.campaign = campaign
  }

  /// The beginning of a long text, or `nil` when it is short.
  package static func beginning(of text: String) -> String? {
    let scalars = text.unicodeScalars.prefix(briefCharacterCount + 1)
    guard scalars.count > briefCharacterCount else { return nil }
    return String(String.UnicodeScalarView(scalars.dropLast()))
  }

  /// Writes all keys, those without a value as null.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(family, forKey: .family)
    try container.encode(kind, forKey: .kind)
    try container.encode(parent, forKey: .parent)
    try container.encode(formerNames, forKey: .formerNames)
    try container.encode(splitFrom, forKey: .splitFrom)
    try container.encode(template, forKey: .template)
    try container.encodeIfPresent(isTemplateCut, forKey: .isTemplateCut)
    try container.encode(fixedShare, forKey: .fixedShare)
    try container.encode(deviatingShare, forKey: .deviatingShare)
    try container.encode(variants, forKey: .variants)
    try container.encode(slots, forKey: .slots)
    try container.encode(prompts, forKey: .prompts)
    try container.encode(distinct, forKey: .distinct)
    try container.encode(accounts, forKey: .accounts)
    try container.encode(firstSeen, forKey: .firstSeen)
    try container.encode(lastSeen, forKey: .lastSeen)
    try container.encode(spreadScore, forKey: .spreadScore)
    try container.encode(campaign, forKey: .campaign)
  }
}
