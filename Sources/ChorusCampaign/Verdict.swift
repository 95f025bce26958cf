// SPDX-License-Identifier: Apache-2.0

public import ChorusCore
public import ChorusIndex
internal import ChorusStore

/// What a person decided about a campaign.
public struct Verdict: Hashable, Sendable {
  /// What was decided.
  public enum Decision: String, Sendable, CaseIterable {
    /// The accounts are innocent: the campaign is not listed any more.
    case benign
    /// The accounts act together.
    case confirmed
  }

  /// The campaign's name when it was decided.
  public var campaign: String
  /// What was decided.
  public var decision: Decision
  /// What the person wrote, or an empty text.
  public var note: String
  /// When it was decided.
  public var time: Timestamp
  /// The families of the campaign then, by which it is known again.
  public var families: [String]

  /// Creates a verdict.
  public init(
    campaign: String,
    decision: Decision,
    note: String = "",
    time: Timestamp,
    families: [String]
  ) {
    self.campaign = campaign
    self.decision = decision
    self.note = note
    self.time = time
    self.families = families
  }

  /// Whether the verdict is about a campaign: it has its name, or most of its families.
  public func concerns(_ other: Campaign) -> Bool {
    if other.name == campaign { return true }
    let shared = Set(families).intersection(other.families).count
    return 2 * shared > other.families.count
  }
}

extension Campaign {
  /// What was decided about the campaign, if anything was: by its name before by its families.
  public func verdict(among verdicts: [Verdict]) -> Verdict? {
    verdicts.first { $0.campaign == name } ?? verdicts.first { $0.concerns(self) }
  }
}

extension CampaignList {
  /// The campaigns that nobody found to be benign.
  public func suspected(given verdicts: [Verdict]) -> [Campaign] {
    campaigns.filter { $0.verdict(among: verdicts)?.decision != .benign }
  }

  /// The name of the campaign of each family that is in one which nobody found to be benign.
  public func campaignNames(given verdicts: [Verdict]) -> [String: String] {
    var names: [String: String] = [:]
    for campaign in suspected(given: verdicts) {
      for family in campaign.families { names[family] = campaign.name }
    }
    return names
  }
}

/// The verdicts of an index, each in a file of its own beside the segments.
///
/// Giving one takes no lock and replaces the one before it in one step, so that it can be given
/// while prompts are being added.
public struct VerdictBook: Sendable {
  private static let section = BlockFileFormat.SectionTag(1, "verdict")
  /// The most bytes of a note.
  public static let largestNoteByteCount = 1 << 16

  private let index: Index

  /// Opens the verdicts of an index.
  public init(_ index: Index) { self.index = index }

  /// Returns all verdicts that can be read, in the order of the campaigns' names.
  ///
  /// - Throws: What listing the folder throws.
  public func verdicts(for snapshot: Snapshot) throws(ChorusError) -> [Verdict] {
    try contents(for: snapshot).verdicts
  }

  /// Returns the names of the files whose verdicts cannot be read.
  ///
  /// - Throws: What listing the folder throws.
  public func damagedFiles(for snapshot: Snapshot) throws(ChorusError) -> [String] {
    try contents(for: snapshot).damaged
  }

  private func contents(
    for snapshot: Snapshot
  ) throws(ChorusError) -> (verdicts: [Verdict], damaged: [String]) {
    var verdicts: [Verdict] = []
    var damaged: [String] = []
    for name in try index.verdictFileNames() {
      // A verdict that was taken back since is none.
      guard let file = try? index.verdictFile(name, for: snapshot),
        let section = try? file.section(Self.section),
        let bytes = try? file.allBytes(of: section),
        let verdict = (try? Self.decode(bytes)).flatMap({ $0 }),
        KeptFile.verdictName(verdict.campaign) == name
      else {
        if try index.verdictFileNames().contains(name) { damaged.append(name) }
        continue
      }
      verdicts.append(verdict)
    }
    return (verdicts, damaged)
  }

  /// Gives a verdict, instead of one about the same campaign.
  ///
  /// - Throws: `invalidInput` when the note is too long, and what the storage throws.
  public func give(_ verdict: Verdict, for snapshot: Snapshot) throws(ChorusError) {
    guard verdict.note.utf8.count <= Self.largestNoteByteCount else {
      throw ChorusError(.invalidInput, "Cannot keep a note of more than 65,536 bytes. Shorten it.")
    }
    let bytes = Self.encode(verdict)
    try index.keep(
      KeptFile.verdictName(verdict.campaign),
      kind: .verdict,
      isDurable: true,
      for: snapshot
    ) { file throws(ChorusError) in
      try file.writeSection(Self.section, itemCount: 1, bytes: bytes, isCompressible: false)
    }
    try withdraw(for: verdict, snapshot)
  }

  /// Takes the verdicts about a campaign back.
  ///
  /// - Returns: Whether there was one.
  @discardableResult
  public func withdraw(
    about campaign: Campaign,
    for snapshot: Snapshot
  ) throws(ChorusError) -> Bool {
    var hasFound = false
    for verdict in try verdicts(for: snapshot) where verdict.concerns(campaign) {
      try index.removeVerdictFile(KeptFile.verdictName(verdict.campaign))
      hasFound = true
    }
    return hasFound
  }

  /// Removes older verdicts about what a new one is about.
  private func withdraw(for verdict: Verdict, _ snapshot: Snapshot) throws(ChorusError) {
    for old in try verdicts(for: snapshot) where old.campaign != verdict.campaign {
      let shared = Set(old.families).intersection(verdict.families).count
      guard 2 * shared > verdict.families.count else { continue }
      try index.removeVerdictFile(KeptFile.verdictName(old.campaign))
    }
  }

  private static func encode(_ verdict: Verdict) -> [UInt8] {
    var writer = ByteWriter()
    writer.writeCounted(verdict.campaign)
    writer.writeCounted(verdict.decision.rawValue)
    writer.writeCounted(verdict.note)
    writer.write(verdict.time.milliseconds)
    writer.writeVarint(UInt64(verdict.families.count))
    for family in verdict.families { writer.writeCounted(family) }
    return writer.bytes
  }

  private static func decode(_ bytes: [UInt8]) throws(ByteReader.Fault) -> Verdict? {
    var reader = ByteReader(bytes)
    let campaign = try reader.readString()
    let decision = Verdict.Decision(rawValue: try reader.readString())
    let note = try reader.readString()
    let time = Timestamp(milliseconds: try reader.readInt64())
    var families: [String] = []
    for _ in 0..<(try reader.readCount()) { families.append(try reader.readString()) }
    guard let decision, reader.isAtEnd else { return nil }
    return Verdict(
      campaign: campaign,
      decision: decision,
      note: note,
      time: time,
      families: families
    )
  }
}
