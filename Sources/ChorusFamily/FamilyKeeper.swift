// SPDX-License-Identifier: Apache-2.0

public import ChorusCore
public import ChorusIndex
internal import ChorusStore

/// Keeps the families of an index beside it, so that asking again is quick and new prompts cost
/// what they are, not what all of them are.
///
/// Reading takes no lock, and neither does this: the files are replaced in one step, say of which
/// segments they are, and are made again when they are damaged or of other prompts.
public struct FamilyKeeper: Sendable {
  /// How a catalogue was come by.
  public enum Source: Sendable {
    /// It was there.
    case kept
    /// It was brought up to date with new prompts.
    case updated
    /// Everything was mined.
    case mined
  }

  /// How many times as many prompts as were mined may be there before all are mined again.
  private static let growth = 1.25

  private let index: Index
  private let options: FamilyMiner.Options

  /// Creates the keeper of an index.
  public init(_ index: Index, options: FamilyMiner.Options = .init()) {
    self.index = index
    self.options = options
  }

  /// Returns the families of a snapshot of the index.
  ///
  /// They are what was kept, brought up to date when prompts came since. Everything is mined when
  /// nothing is kept, prompts were deleted, or a quarter as many came as were mined before;
  /// families then keep their names all the same.
  ///
  /// - Parameters:
  ///   - snapshot: The snapshot.
  ///   - isFresh: Whether to mine everything in any case.
  /// - Returns: The families, and how they were come by.
  /// - Throws: `corrupted` when a segment is damaged, `invalidInput` when texts are not stored.
  /// - Complexity: O(*n*) in the rows of the snapshot when all is kept; see the page *Families*.
  public func catalogue(
    of snapshot: Snapshot,
    isFresh: Bool = false
  ) throws(ChorusError) -> (catalogue: FamilyCatalogue, source: Source) {
    let names = names(snapshot)
    if !isFresh, let names, let kept = kept(snapshot, names) {
      let parts = kept.state.parts
      if parts == snapshot.parts { return (kept.catalogue, .kept) }
      let update = CatalogueUpdate(kept.catalogue, parts: parts, snapshot: snapshot)
      if isSmall(update, kept.catalogue.basis, snapshot) {
        let catalogue = try update.run()
        keep(catalogue)
        return (catalogue, .updated)
      }
    }
    var catalogue = try FamilyMiner(options: options).mine(snapshot)
    if let names, !names.known.isEmpty {
      catalogue.inherit(from: names.known, rowHashes: try RowAccounts(snapshot).rowHashes)
    }
    keep(catalogue)
    return (catalogue, .mined)
  }

  /// Returns the families of a snapshot if they are kept and of just these prompts.
  ///
  /// - Complexity: O(*n*) in the rows of the snapshot.
  public func keptCatalogue(of snapshot: Snapshot) -> FamilyCatalogue? {
    guard let names = names(snapshot), let kept = kept(snapshot, names),
      kept.state.parts == snapshot.parts
    else { return nil }
    return kept.catalogue
  }

  /// Returns what tells of new prompts which family they are of, if families are kept, also when
  /// prompts came since.
  ///
  /// - Complexity: O(*n*) in the anchors of the families.
  public func watch(for snapshot: Snapshot) -> FamilyWatch? {
    guard let names = names(snapshot) else { return nil }
    // Where the text was deleted, only what has all of a family's text or its chief part matches.
    let neededBits = kept(snapshot, names)?.state.basis.neededBits ?? .infinity
    return FamilyWatch(
      names.known.map(\.name),
      FamilyMatcher(names.known.map(\.mark), neededBits: neededBits)
    )
  }

  /// Whether an update gives what mining everything would, up to what the page *Families* says.
  private func isSmall(
    _ update: CatalogueUpdate,
    _ basis: CatalogueBasis,
    _ snapshot: Snapshot
  ) -> Bool {
    let limit = Self.growth * Double(basis.minedPromptCount)
    guard Double(snapshot.promptCount) <= limit else { return false }
    if snapshot.promptCount == basis.promptCount { return true }
    // Where segments were merged as well, what is new cannot be told from what was there.
    return update.newRowCount < FreshPostings.largestRowCount
      && Double(update.newRowCount) <= (Self.growth - 1) * Double(snapshot.rowCount)
  }

  // MARK: Files

  private struct Names {
    var passHash: UInt64
    var known: [CatalogueFile.Known]
  }

  private func names(_ snapshot: Snapshot) -> Names? {
    let name = CatalogueFile.nameName(minimumAccountCount: options.minimumAccountCount)
    guard let bytes = bytes(name, CatalogueFile.names, snapshot),
      let known = (try? CatalogueFile.decodeNames(bytes[...])).flatMap({ $0 })
    else { return nil }
    return Names(passHash: Hashing.hash64(bytes), known: known)
  }

  private func kept(
    _ snapshot: Snapshot,
    _ names: Names
  ) -> (state: CatalogueFile.State, catalogue: FamilyCatalogue)? {
    let name = CatalogueFile.textName(minimumAccountCount: options.minimumAccountCount)
    guard let stateBytes = bytes(name, CatalogueFile.state, snapshot),
      let state = (try? CatalogueFile.decodeState(stateBytes[...])).flatMap({ $0 }),
      state.passHash == names.passHash,
      state.basis.minimumAccountCount == options.minimumAccountCount,
      state.deletions.isSuperset(of: snapshot.manifest.deletionHashes),
      let familyBytes = bytes(name, CatalogueFile.families, snapshot),
      let families = (try? FamilyCoding.decode(familyBytes[...], names: names.known))
        .flatMap({ $0 }),
      let rowBytes = bytes(name, CatalogueFile.rows, snapshot),
      let rows = try? CatalogueFile.decodeRows(
        rowBytes[...],
        rowCount: state.parts.reduce(0) { $0 + $1.rowCount },
        familyCount: families.count
      )
    else { return nil }
    let catalogue = FamilyCatalogue(
      families: families,
      marks: names.known.map(\.mark),
      familyOfRow: rows,
      basis: state.basis,
      snapshot: snapshot
    )
    return (state, catalogue)
  }

  private func bytes(
    _ name: String,
    _ tag: BlockFileFormat.SectionTag,
    _ snapshot: Snapshot
  ) -> [UInt8]? {
    guard let file = index.keptFile(name, for: snapshot), let section = try? file.section(tag)
    else { return nil }
    return try? file.allBytes(of: section)
  }

  /// Keeps a catalogue; where that cannot be done, it is made again the next time.
  private func keep(_ catalogue: FamilyCatalogue) {
    let snapshot = catalogue.snapshot
    // What is only in a log has no segment that it could be kept with.
    guard snapshot.segments.count == snapshot.manifest.segments.count else { return }
    let names = CatalogueFile.encodeNames(catalogue)
    let count = options.minimumAccountCount
    try? index.keep(
      CatalogueFile.nameName(minimumAccountCount: count),
      for: snapshot
    ) { file throws(ChorusError) in
      try file.writeSection(
        CatalogueFile.names,
        itemCount: catalogue.families.count,
        bytes: names,
        isCompressible: true
      )
    }
    try? index.keep(
      CatalogueFile.textName(minimumAccountCount: count),
      for: snapshot
    ) { file throws(ChorusError) in
      let sections = [
        (
          CatalogueFile.state, CatalogueFile.encodeState(catalogue, passHash: Hashing.hash64(names))
        ),
        (CatalogueFile.families, FamilyCoding.encode(catalogue.families)),
        (CatalogueFile.rows, CatalogueFile.encodeRows(catalogue.familyOfRow)),
      ]
      for (tag, bytes) in sections {
        try file.writeSection(tag, itemCount: 1, bytes: bytes, isCompressible: true)
      }
    }
  }
}

extension Snapshot {
  /// The segments as a catalogue notes them.
  var parts: [CatalogueFile.Part] {
    segments.map(\.part)
  }
}
