// SPDX-License-Identifier: Apache-2.0

public import ChorusCore
public import ChorusFamily

/// What a page for a colleague says about the campaigns and families of an index.
///
/// It holds what the page shows and nothing else. No text of a prompt is in it but templates,
/// unless examples were asked for.
public struct Report: Sendable {
  /// What was looked at, and when.
  public struct Head: Hashable, Sendable {
    /// The name of the index.
    public var indexName: String
    /// When the report was made.
    public var generatedAt: Timestamp
    /// The prompts of the index.
    public var promptCount = 0
    /// The accounts of the index.
    public var accountCount = 0
    /// When the first prompt was sent, if there is one.
    public var firstSeen: Timestamp?
    /// When the last prompt was sent, if there is one.
    public var lastSeen: Timestamp?

    /// Creates the head of a report on an empty index.
    public init(indexName: String, generatedAt: Timestamp) {
      self.indexName = indexName
      self.generatedAt = generatedAt
    }
  }

  /// What was looked at, and when.
  public var head: Head
  /// How many families were found, in campaigns or not.
  public var familyCount = 0
  /// How many groups of families were looked at.
  public var examinedCount = 0
  /// How many innocent groups would be named by chance.
  public var expectedFalseCount = 0.0
  /// The campaigns, most telling first.
  public var campaigns: [Campaign] = []
  /// The first families that are in no campaign, widest spread first.
  public var otherFamilies: [Family] = []
  /// How many families are in no campaign.
  public var otherFamilyCount = 0

  /// Creates a report without families.
  public init(_ head: Head) { self.head = head }
}

extension Report {
  /// A campaign, what says so, and who is in it.
  public struct Campaign: Sendable {
    /// The name.
    public var name: String
    /// The bits of all signals together.
    public var score = 0.0
    /// The accounts.
    public var accountCount = 0
    /// The prompts of its accounts in its families.
    public var promptCount = 0
    /// When the first of them was sent.
    public var firstSeen: Timestamp
    /// When the last of them was sent.
    public var lastSeen: Timestamp
    /// What a person decided about it, if anyone did.
    public var verdict: String?
    /// What was measured, the most telling first.
    public var signals: [Signal] = []
    /// Its families, widest spread first.
    public var families: [Family] = []
    /// Its busiest accounts, busiest first.
    public var accounts: [Account] = []
    /// When its prompts were sent.
    public var timeline: Timeline
    /// For each of the first families, how many prompts each of the busiest accounts sent.
    public var matrix: [[Int]] = []

    /// Creates a campaign without prompts.
    public init(name: String, firstSeen: Timestamp, lastSeen: Timestamp) {
      self.name = name
      self.firstSeen = firstSeen
      self.lastSeen = lastSeen
      timeline = Timeline(from: firstSeen, through: lastSeen)
    }
  }

  /// One thing that was measured about a campaign.
  public struct Signal: Hashable, Sendable {
    /// What was measured.
    public var name: String
    /// The value.
    public var value = 0.0
    /// The bits of evidence: chance does this once in 2 to this power.
    public var bits = 0.0
    /// Whether it counts for the campaign.
    public var speaks = false
    /// A sentence for a person.
    public var sentence: String

    /// Creates a signal without evidence.
    public init(name: String, sentence: String) {
      self.name = name
      self.sentence = sentence
    }
  }

  /// An account of a campaign.
  public struct Account: Hashable, Sendable {
    /// The account's name.
    public var name: String
    /// Its prompts in the campaign's families.
    public var promptCount = 0
    /// The share of all its prompts that these are, in `0...1`.
    public var share = 0.0
    /// The number of the campaign's families that it sent.
    public var familyCount = 0
    /// When it sent the first of them.
    public var firstSeen: Timestamp
    /// When it sent the last of them.
    public var lastSeen: Timestamp

    /// Creates an account without prompts.
    public init(name: String, firstSeen: Timestamp, lastSeen: Timestamp) {
      self.name = name
      self.firstSeen = firstSeen
      self.lastSeen = lastSeen
    }
  }

  /// A family with its template.
  public struct Family: Sendable {
    /// The name.
    public var name: String
    /// What the members share.
    public var kind: ChorusFamily.Family.Kind
    /// The family whose fixed text this one's contains, if any.
    public var parent: String?
    /// The fixed text with its slots; fillers are shown where ``examples`` are.
    public var template: Template
    /// How the family is distributed over accounts and time.
    public var spread: Spread
    /// How many of its prompts are of its campaign's accounts, where it is in a campaign.
    public var campaignPromptCount: Int?
    /// When its prompts were sent; in a campaign, those of the campaign's accounts.
    public var timeline: Timeline
    /// Prompts to show; empty unless they were asked for.
    public var examples: [String] = []

    /// Creates the entry of a family, without a timeline and without fillers.
    public init(_ family: ChorusFamily.Family) {
      self.init(
        name: family.name,
        kind: family.kind,
        template: family.template,
        spread: family.spread
      )
      parent = family.parent
      for number in template.slots.indices { template.slots[number].examples = [] }
    }

    /// Creates the entry of a family without a timeline.
    public init(
      name: String,
      kind: ChorusFamily.Family.Kind,
      template: Template,
      spread: Spread
    ) {
      self.name = name
      self.kind = kind
      self.template = template
      self.spread = spread
      timeline = Timeline(from: spread.firstSeen, through: spread.lastSeen)
    }
  }
}
