// SPDX-License-Identifier: Apache-2.0

public import ChorusCore
public import ChorusSketch
public import ChorusStore
internal import Synchronization

/// An index of prompts on disk, opened for reading.
///
/// Takes no lock: readers and a writer never wait for each other. ``snapshot()`` gives the index as
/// it is now and stays what it is whatever a writer does. Segments that are open already are not
/// opened again, so that asking often is cheap.
public final class Index: Sendable {
  let storage: any Storage
  let key: SketchKey?
  private let cache = Mutex(SegmentCache())
  private let pool = SearchMemoryPool()

  /// Opens the index in a folder.
  ///
  /// - Parameters:
  ///   - path: The folder.
  ///   - key: The key of a keyed index.
  /// - Throws: `notFound` when there is no such folder, `foreign` when it is no index.
  public convenience init(path: String, key: SketchKey? = nil) throws(ChorusError) {
    try self.init(DiskStorage(existing: path), key: key)
  }

  /// Opens the index in a storage.
  public init(_ storage: any Storage, key: SketchKey? = nil) throws(ChorusError) {
    self.storage = storage
    self.key = key
  }

  /// Returns a stable view of the index as of its newest generation, with what a writer has
  /// acknowledged since.
  ///
  /// - Throws: `corrupted`, `tooNew`, `tooOld`, `planMismatch` or `foreign` when its files are not
  ///   what they should be.
  /// - Complexity: O(*n*) in the number of blocks of new segments, which are listed but not read,
  ///   and in the bytes of the log.
  public func snapshot() throws(ChorusError) -> Snapshot {
    // A writer may replace the files that a manifest names while they are being opened, or make a
    // segment of a log before it is read; the next manifest then says where everything is.
    for _ in 0..<8 {
      let manifest = try manifest()
      do throws(ChorusError) {
        let snapshot = try snapshot(of: manifest)
        if try self.manifest().generation == manifest.generation { return snapshot }
      } catch {
        guard try self.manifest().generation != manifest.generation else { throw error }
      }
    }
    return try snapshot(of: try manifest())
  }

  private func snapshot(of manifest: Manifest) throws(ChorusError) -> Snapshot {
    var known = cache.withLock { $0 }
    try known.open(manifest, in: storage)
    var segments: [Segment] = []
    for summary in manifest.segments {
      segments.append(
        try known.segment(summary, manifest) { () throws(ChorusError) -> Segment in
          try segment(summary, of: manifest)
        }
      )
    }
    known.keep(manifest)
    let kept = known
    cache.withLock { $0 = kept }
    let log = try LogReplay(storage, manifest: manifest)
    if let buffered = try log.segment(manifest: manifest, key: key) {
      segments.append(buffered)
    }
    return Snapshot(manifest: manifest, segments: segments, key: key, pool: pool)
  }

  /// Reads the newest manifest.
  func manifest() throws(ChorusError) -> Manifest {
    let manifest = try Manifest(storage)
    try manifest.check(key, storage.location)
    return manifest
  }

  /// Opens one segment of a manifest.
  func segment(_ summary: SegmentSummary, of manifest: Manifest) throws(ChorusError) -> Segment {
    try Segment(storage, summary: summary, manifest: manifest)
  }
}

/// The segments that are open, with what was deleted from them applied.
struct SegmentCache: Sendable {
  private var open: [UInt64: Segment] = [:]
  private var applied: [UInt64: (deletions: [Deletion], segment: Segment)] = [:]
  private var indexID: IndexID?

  /// Returns a segment without what was deleted from it, opening it when it is not open.
  mutating func segment(
    _ summary: SegmentSummary,
    _ manifest: Manifest,
    _ opening: () throws(ChorusError) -> Segment
  ) throws(ChorusError) -> Segment {
    if indexID != manifest.indexID { self = SegmentCache() }
    indexID = manifest.indexID
    let segment: Segment
    if let known = open[summary.number], known.summary == summary {
      segment = known
    } else {
      segment = try opening()
      open[summary.number] = segment
      applied[summary.number] = nil
    }
    let deletions = manifest.deletions.filter { $0.concerns(summary) }
    guard !deletions.isEmpty else { return segment }
    if let known = applied[summary.number], known.deletions == deletions { return known.segment }
    let reduced = try segment.applying(deletions)
    applied[summary.number] = (deletions, reduced)
    return reduced
  }

  /// Opens the segments of a manifest that are not open, on all cores.
  mutating func open(_ manifest: Manifest, in storage: any Storage) throws(ChorusError) {
    if indexID != manifest.indexID { self = SegmentCache() }
    indexID = manifest.indexID
    let missing = manifest.segments.filter { open[$0.number]?.summary != $0 }
    let opened = try Parallel.map(
      missing.count,
      throwing: { place throws(ChorusError) -> Segment in
        try Segment(storage, summary: missing[place], manifest: manifest)
      }
    )
    for segment in opened {
      open[segment.summary.number] = segment
      applied[segment.summary.number] = nil
    }
  }

  /// Forgets the segments that a manifest does not name.
  mutating func keep(_ manifest: Manifest) {
    let live = Set(manifest.segments.map(\.number))
    open = open.filter { live.contains($0.key) }
    applied = applied.filter { live.contains($0.key) }
  }
}

extension Manifest {
  /// Refuses a key that is not the index's.
  func check(_ key: SketchKey?, _ location: String) throws(ChorusError) {
    guard plan.keyCheck != key?.check ?? 0 else { return }
    let reason =
      switch (plan.keyCheck == 0, key == nil) {
      case (true, _): "it was made without a key. Leave --key-file out."
      case (_, true): "it was made with a key. Give the key with --key-file."
      default: "it was made with another key. Give the file of that key."
      }
    throw ChorusError(.planMismatch, "Cannot open index \(location): \(reason)")
  }
}
