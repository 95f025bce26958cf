// SPDX-License-Identifier: Apache-2.0

public import ChorusCore

/// Prompts that share one template, or one fixed fragment inside otherwise unrelated text.
public struct Family: Sendable {
  /// What the members share.
  public enum Kind: String, Sendable {
    /// Fixed text in fixed order with slots between.
    case template
    /// One fixed run of text that stands anywhere in otherwise unrelated prompts.
    case fragment
  }

  /// A name made of the family's own anchors, so that mining again gives it again.
  public var name: String
  /// What the members share.
  public var kind: Kind
  /// The family whose fixed text this one's contains, if any: boilerplate that several share.
  public var parent: String?
  /// The names of families that went into this one, in the order in which they did.
  public var formerNames: [String] = []
  /// The family that this one was once a part of, if it is known.
  public var splitFrom: String?
  /// The fixed text with its slots.
  public var template: Template
  /// How the family is distributed over accounts and time.
  public var spread: Spread

  /// Creates a family.
  package init(
    name: String,
    kind: Kind,
    parent: String? = nil,
    formerNames: [String] = [],
    splitFrom: String? = nil,
    template: Template,
    spread: Spread
  ) {
    self.name = name
    self.kind = kind
    self.parent = parent
    self.formerNames = formerNames
    self.splitFrom = splitFrom
    self.template = template
    self.spread = spread
  }
}

/// How a family is distributed over accounts and time.
public struct Spread: Hashable, Sendable {
  /// The prompts.
  public var promptCount: Int
  /// The distinct texts.
  public var distinctCount: Int
  /// The accounts.
  public var accountCount: Int
  /// When the first prompt was sent.
  public var firstSeen: Timestamp
  /// When the last prompt was sent.
  public var lastSeen: Timestamp
  /// The bits of surprise in how many accounts share how much fixed text; ranks families.
  public var score: Double

  /// Creates a spread.
  public init(
    promptCount: Int,
    distinctCount: Int,
    accountCount: Int,
    firstSeen: Timestamp,
    lastSeen: Timestamp,
    score: Double
  ) {
    self.promptCount = promptCount
    self.distinctCount = distinctCount
    self.accountCount = accountCount
    self.firstSeen = firstSeen
    self.lastSeen = lastSeen
    self.score = score
  }
}

/// The fixed text of a family with the slots between, as it was most often written.
public struct Template: Hashable, Sendable {
  /// A piece of a template.
  public enum Part: Hashable, Sendable {
    /// Text that all members share.
    case fixed(String)
    /// A variable place, by its number in ``Template/slots``.
    case slot(Int)
  }

  /// Fixed text and slots in order.
  public var parts: [Part]
  /// The slots, in order.
  public var slots: [Slot]
  /// The share of the sampled members' bytes that is fixed, in `0...1`.
  public var fixedShare: Double
  /// The share of the sampled members that lack some of the fixed text or have it in another
  /// order, in `0...1`: disguised ones, and other versions of the template.
  public var deviatingShare: Double
  /// In how many ways the fixed text is written among the sampled members, which differ in case,
  /// spaces, punctuation or letters that look alike; the commonest one is shown.
  public var variantCount: Int

  /// Creates a template.
  public init(
    parts: [Part],
    slots: [Slot],
    fixedShare: Double,
    deviatingShare: Double = 0,
    variantCount: Int = 1
  ) {
    self.parts = parts
    self.slots = slots
    self.fixedShare = fixedShare
    self.deviatingShare = deviatingShare
    self.variantCount = variantCount
  }

  /// The template on one line, with `{1}`, `{2}` for the slots.
  public var text: String {
    parts.map { part in
      switch part {
      case .fixed(let text): text
      case .slot(let number): "{\(number + 1)}"
      }
    }.joined()
  }

  /// The bytes of fixed text.
  public var fixedByteCount: Int {
    parts.reduce(0) { sum, part in
      if case .fixed(let text) = part { sum + text.utf8.count } else { sum }
    }
  }
}

/// A variable place of a template and what fills it in a sample of the members.
public struct Slot: Hashable, Sendable {
  /// What kind of text fills a slot.
  public enum Kind: String, Sendable, CaseIterable {
    /// Nothing in most members.
    case empty
    /// Numbers.
    case number
    /// Dates, times of day, or both.
    case date
    /// A web address.
    case url
    /// An object or a list in JSON.
    case json
    /// Source text of programs.
    case code
    /// A few different values.
    case list
    /// One to four words that begin with capitals: names of people, places, products.
    case name
    /// One to four words.
    case short
    /// Several lines.
    case lines
    /// Anything else.
    case text
  }

  /// What kind of text fills it.
  public var kind: Kind
  /// The different fillers among the sampled members.
  public var fillerCount: Int
  /// The sampled members.
  public var sampleCount: Int
  /// The bytes of the shortest and the longest filler.
  public var lengths: ClosedRange<Int>
  /// A few fillers, commonest first.
  public var examples: [String]

  /// Creates a slot.
  public init(
    kind: Kind,
    fillerCount: Int,
    sampleCount: Int,
    lengths: ClosedRange<Int>,
    examples: [String]
  ) {
    self.kind = kind
    self.fillerCount = fillerCount
    self.sampleCount = sampleCount
    self.lengths = lengths
    self.examples = examples
  }
}
