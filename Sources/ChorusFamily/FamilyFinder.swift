// SPDX-License-Identifier: Apache-2.0

public import ChorusCore
public import ChorusIndex
internal import ChorusSketch

/// Finds the families of matches that later snapshots gave.
///
/// A catalogue is of one snapshot; an index that is written to moves on. A match whose segment was
/// mined has the family that was found; of another one the anchors of its text are looked at, as
/// when prompts arrive.
public struct FamilyFinder: Sendable {
  private let catalogue: FamilyCatalogue
  private let matcher: FamilyMatcher
  /// For the number of each segment that was mined, the number of its first row.
  private let bases: [UInt64: Int]

  /// Creates a finder.
  ///
  /// - Complexity: O(*n*) in the anchors of the families.
  public init(_ catalogue: FamilyCatalogue) {
    self.catalogue = catalogue
    matcher = catalogue.matcher
    var bases: [UInt64: Int] = [:]
    var base = 0
    for segment in catalogue.snapshot.segments {
      if segment.summary.number != Segment.numberInMemory { bases[segment.summary.number] = base }
      base += segment.rowCount
    }
    self.bases = bases
  }

  /// Returns the numbers of the families of some matches.
  ///
  /// - Parameters:
  ///   - matches: The matches.
  ///   - snapshot: The snapshot that gave them, of the same index as the catalogue.
  /// - Returns: For each match the number of its family, or `nil` when it is of none.
  /// - Throws: `corrupted` when a text that is needed is damaged.
  /// - Complexity: O(1) for each match in a segment that was mined, O(*n*) in the text of others.
  public func families(
    of matches: [Match],
    in snapshot: Snapshot
  ) throws(ChorusError) -> [Int?] {
    try families(at: matches.map { ($0.location.segment, $0.location.row) }, in: snapshot)
  }

  /// Returns the number of the family of a prompt of a snapshot, by the number of its segment and
  /// its row.
  package func family(
    segment: Int,
    row: Int,
    in snapshot: Snapshot
  ) throws(ChorusError) -> Int? {
    try families(at: [(segment, row)], in: snapshot)[0]
  }

  private func families(
    at places: [(segment: Int, row: Int)],
    in snapshot: Snapshot
  ) throws(ChorusError) -> [Int?] {
    var worker: (sketcher: Sketcher, memory: FamilyMatcher.Memory)?
    var sketch = SketchBatch()
    var found: [Int?] = []
    for (number, row) in places {
      let segment = snapshot.segments[number]
      if let base = bases[segment.summary.number] {
        let family = Int(catalogue.familyOfRow[base + row])
        found.append(family < 0 ? nil : family)
        continue
      }
      guard snapshot.manifest.hasText else {
        found.append(nil)
        continue
      }
      let text = try segment.text(ofRow: row)
      var own = worker ?? (snapshot.anchorSketcher(), matcher.makeMemory())
      sketch.removeAll()
      own.sketcher.sketch(text.span, into: &sketch)
      found.append(matcher.family(ofAnchors: sketch.distinctAnchors(of: 0), &own.memory))
      worker = own
    }
    return found
  }
}
