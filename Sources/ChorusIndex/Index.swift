// SPDX-License-Identifier: Apache-2.0

public import ChorusCore
internal import ChorusSketch
public import ChorusStore

/// An index of prompts on disk, opened for reading.
///
/// Takes no lock: readers and a writer never wait for each other. ``snapshot()`` gives the index as
/// it is now and stays what it is whatever a writer does.
public struct Index: Sendable {
  private let storage: any Storage

  /// Opens the index in a folder.
  ///
  /// - Throws: `notFound` when there is no such folder, `foreign` when it is no index.
  public init(path: String) throws(ChorusError) {
    try self.init(DiskStorage(existing: path))
  }

  /// Opens the index in a storage.
  public init(_ storage: any Storage) throws(ChorusError) { self.storage = storage }

  /// Returns a stable view of the index as of its newest generation.
  ///
  /// - Throws: `corrupted`, `tooNew`, `tooOld`, `planMismatch` or `foreign` when its files are not
  ///   what they should be.
  /// - Complexity: O(*n*) in the number of blocks, which are listed but not read.
  public func snapshot() throws(ChorusError) -> Snapshot {
    let manifest = try manifest()
    var segments: [Segment] = []
    for summary in manifest.segments { segments.append(try segment(summary, of: manifest)) }
    return Snapshot(manifest: manifest, segments: segments)
  }

  /// Reads the newest manifest.
  func manifest() throws(ChorusError) -> Manifest { try Manifest(storage) }

  /// Opens one segment of a manifest.
  func segment(_ summary: SegmentSummary, of manifest: Manifest) throws(ChorusError) -> Segment {
    try Segment(
      storage,
      summary: summary,
      indexID: manifest.indexID,
      planFingerprint: manifest.plan.fingerprint
    )
  }
}
