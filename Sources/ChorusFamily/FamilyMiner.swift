// SPDX-License-Identifier: Apache-2.0

public import ChorusCore
public import ChorusIndex

/// Finds the families of a snapshot by mining the fragments of text that many accounts share.
///
/// Instead of comparing prompts by their text, it compares pieces of text by the prompts they occur
/// in: all pieces of one template occur in the same prompts, whatever fills the slots. See the page
/// *Families* for the steps.
public struct FamilyMiner: Sendable {
  /// What makes a family.
  public struct Options: Hashable, Sendable {
    /// The fewest accounts that must send a family.
    public var minimumAccountCount = 10
    /// The most memory to use; three quarters of the machine's by default.
    public var memoryByteCount = Machine.memoryByteCount / 4 * 3

    /// Creates the default options.
    public init() {}
  }

  /// What mining takes for each byte of distinct text, measured with prompts of 230 and of 640
  /// bytes, and for each of the texts.
  private static let cost = (textByte: 3.2, row: 200.0)

  private let options: Options

  /// Creates a miner.
  ///
  /// - Precondition: A family needs at least two accounts.
  public init(options: Options = Options()) {
    precondition(options.minimumAccountCount >= 2, "a family needs at least two accounts")
    self.options = options
  }

  /// Mines all segments of a snapshot.
  ///
  /// Equal prompts give equal families, in whatever order they were indexed. A text that two
  /// segments have is two rows, which can shift what is sampled.
  ///
  /// - Throws: `corrupted` when a segment is damaged, `invalidInput` when texts are not stored,
  ///   `limitExceeded` when more memory would be needed than may be used.
  /// - Complexity: O(*p*) in the postings of the index, plus the text of the families' samples;
  ///   memory for the postings of the anchors that enough accounts share.
  public func mine(_ snapshot: Snapshot) throws(ChorusError) -> FamilyCatalogue {
    try mine(snapshot, among: nil)
  }

  /// Mines a snapshot that is a part of some traffic.
  ///
  /// - Parameters:
  ///   - snapshot: The snapshot.
  ///   - traffic: What is known of all the traffic; `nil` when the snapshot is all of it.
  /// - Returns: The families.
  /// - Throws: `corrupted` when a segment is damaged, `invalidInput` when texts are not stored.
  func mine(
    _ snapshot: Snapshot,
    among traffic: Traffic?
  ) throws(ChorusError) -> FamilyCatalogue {
    guard snapshot.manifest.hasText else {
      throw ChorusError(
        .invalidInput,
        "Cannot find families: they are written out from texts, and the index was made without "
          + "them (--no-text)."
      )
    }
    let textByteCount = snapshot.segments.reduce(UInt64(0)) { $0 + $1.summary.textByteCount }
    let neededByteCount = Int(
      Self.cost.textByte * Double(textByteCount) + Self.cost.row * Double(snapshot.rowCount)
    )
    // Better an error than a process that the system ends.
    guard neededByteCount <= options.memoryByteCount else {
      throw ChorusError(
        .limitExceeded,
        "Cannot mine \(snapshot.rowCount) distinct texts: about \(neededByteCount >> 30) GiB of "
          + "memory are needed, and \(options.memoryByteCount >> 30) GiB may be used. Use a larger "
          + "machine, or an index of a part of the time."
      )
    }
    let accounts = try RowAccounts(snapshot)
    // Anchors are gathered from half the accounts on: an evaded prompt may have lost some of them.
    let floor = max(2, options.minimumAccountCount / 2)
    let hot = try HotAnchors(snapshot, accounts, floor: floor)
    let fragments = Fragments(
      hot,
      rowHashes: accounts.rowHashes,
      minimumAccountCount: options.minimumAccountCount
    )
    let statistics: TextStatistics
    if let traffic {
      statistics = traffic.statistics
    } else {
      statistics = try TextStatistics(snapshot)
    }
    let evidence = Evidence(
      fragmentCount: max(hot.count, traffic?.fragmentCount ?? 0),
      tokenCount: traffic?.tokenCount ?? statistics.tokenCount
    )
    let crowd = Crowd(accounts, traffic: traffic?.accounts ?? accounts, minimumCount: floor)
    let builder = CandidateBuilder(
      snapshot: snapshot,
      hot: hot,
      rowAnchors: RowAnchors(hot, rowCount: accounts.rowCount),
      accounts: accounts,
      statistics: statistics,
      crowd: crowd,
      minimumAccountCount: options.minimumAccountCount,
      evidence: evidence
    )
    let candidates = try builder.candidates(fragments)
    func choose(_ candidates: [Candidate], _ evidence: Evidence) -> [FamilySelector.Choice] {
      var selector = FamilySelector(
        candidates,
        crowd: crowd,
        accounts: accounts,
        evidence: evidence,
        minimumAccountCount: options.minimumAccountCount
      )
      return selector.choose()
    }
    var choices = choose(candidates, evidence)
    // What a part repeats says nothing about whether people wrote the whole.
    let rest =
      traffic == nil
      ? FormulaicRest(
        candidates,
        choices,
        accounts,
        minimumAccountCount: options.minimumAccountCount
      ).candidates : []
    let more = choose(rest.map { candidates[$0].standingAlone }, evidence.countingTextInFull)
    choices += more.map { choice in
      FamilySelector.Choice(
        candidate: rest[choice.candidate],
        parent: choice.parent.map { rest[$0] }
      )
    }
    let assembler = CatalogueAssembler(
      snapshot: snapshot,
      hot: hot,
      accounts: accounts,
      evidence: evidence,
      minimumAccountCount: options.minimumAccountCount
    )
    return try assembler.assemble(candidates, choices)
  }

  /// What is known of all traffic when a part of it is mined.
  struct Traffic {
    /// Who sent what.
    var accounts: RowAccounts
    /// How often words come.
    var statistics: TextStatistics
    /// The tokens that mining all of it would read.
    var tokenCount: Int
    /// The hot anchors of all of it.
    var fragmentCount: Int
  }
}
