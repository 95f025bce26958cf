// SPDX-License-Identifier: Apache-2.0

package import ChorusIndex
internal import ChorusSketch
package import ChorusStore

extension IndexWriter {
  /// Adds prompts to the index in a storage and commits.
  ///
  /// - Parameters:
  ///   - prompts: What to add, in this order.
  ///   - storage: Where the index is, or is to be.
  ///   - segmentRowCount: The distinct texts of a segment, for making many small ones.
  ///   - batchCount: The prompts handed over at a time.
  /// - Returns: What was added.
  /// - Throws: What opening and writing an index throw.
  @discardableResult
  package static func add(
    _ prompts: [SeededCorpus.Prompt],
    to storage: any Storage,
    segmentRowCount: Int = 1 << 20,
    batchCount: Int = .max
  ) throws(ChorusError) -> Counts {
    let options = Options(segmentRowCount: segmentRowCount)
    let writer = try IndexWriter(storage, options: options)
    var rest = prompts[...]
    while !rest.isEmpty {
      try writer.append(PromptBatch(rest.prefix(batchCount)))
      rest = rest.dropFirst(batchCount)
    }
    try writer.commit()
    return writer.counts
  }
}

extension Snapshot {
  /// Returns the index of some prompts, in memory.
  package static func of(
    _ prompts: [SeededCorpus.Prompt],
    segmentRowCount: Int = 1 << 20
  ) throws(ChorusError) -> Snapshot {
    let storage = MemoryStorage()
    try IndexWriter.add(prompts, to: storage, segmentRowCount: segmentRowCount)
    return try Index(storage).snapshot()
  }

  /// Returns the prompts of the index that are not deleted, in the order in which they are stored;
  /// without texts where these are not stored.
  package func livePrompts() throws(ChorusError) -> [SeededCorpus.Prompt] {
    var live: [SeededCorpus.Prompt] = []
    for segment in segments {
      let range = 0..<segment.summary.occurrenceCount
      for (place, prompt) in zip(range, try Snapshot.prompts(of: segment))
      where !segment.isDeleted(place) {
        live.append(prompt)
      }
    }
    return live
  }

  /// Returns all prompts of the index, in the order in which they are stored.
  package func prompts() throws(ChorusError) -> [SeededCorpus.Prompt] {
    var all: [SeededCorpus.Prompt] = []
    for segment in segments { all += try Snapshot.prompts(of: segment) }
    return all
  }

  private static func prompts(
    of segment: Segment
  ) throws(ChorusError) -> [SeededCorpus.Prompt] {
    var all: [SeededCorpus.Prompt] = []
    let range = 0..<segment.summary.occurrenceCount
    let ids = try segment.ids(range)
    let attributes = try segment.attributes(range)
    for (place, occurrence) in try segment.occurrences(range).enumerated() {
      all.append(
        SeededCorpus.Prompt(
          id: ids[place],
          account: segment.accountNames[Int(occurrence.account)],
          time: occurrence.time,
          text: String(decoding: try segment.text(ofRow: Int(occurrence.row)), as: UTF8.self),
          attributes: attributes[place]
        )
      )
    }
    return all
  }
}
