// SPDX-License-Identifier: Apache-2.0

import Chorus

/// A manifest with right checksums and any contents: what a hostile hand would write.
struct ForgedManifest {
  /// What it says of a segment.
  struct Segment {
    var number: UInt64 = 1
    var byteCount: UInt64
    var rowCount: Int
    var occurrenceCount: Int
    var accountCount: Int
    var textByteCount: UInt64 = 0
    var firstTime: Int64 = 0
    var lastTime: Int64 = 0

    init(_ summary: SegmentSummary) {
      number = summary.number
      byteCount = summary.byteCount
      rowCount = summary.rowCount
      occurrenceCount = summary.occurrenceCount
      accountCount = summary.accountCount
      textByteCount = summary.textByteCount
      firstTime = summary.firstTime.milliseconds
      lastTime = summary.lastTime.milliseconds
    }
  }

  var plan = SketchPlan.standard
  var indexID = IndexID(low: 1, high: 2)
  var segments: [Segment] = []

  /// Writes the manifest in place of that of a storage.
  func write(to storage: MemoryStorage) throws(ChorusError) {
    let writer = try BlockFileWriter(
      storage,
      name: "manifest",
      envelope: Envelope(
        kind: .manifest,
        indexID: indexID,
        planFingerprint: plan.fingerprint,
        number: 1
      )
    )
    try writer.writeSection(
      .init(1, "plan"),
      itemCount: 1,
      bytes: plan.encoded,
      isCompressible: false
    )
    var state = ByteWriter()
    state.write(UInt8(1))
    state.write((segments.last?.number ?? 0) + 1)
    state.write(UInt64(1))
    try writer.writeSection(
      .init(2, "state"),
      itemCount: 1,
      bytes: state.bytes,
      isCompressible: false
    )
    var bytes = ByteWriter()
    for segment in segments {
      bytes.write(segment.number)
      bytes.write(segment.byteCount)
      bytes.writeVarint(UInt64(segment.rowCount))
      bytes.writeVarint(UInt64(segment.occurrenceCount))
      bytes.writeVarint(UInt64(segment.accountCount))
      bytes.write(segment.textByteCount)
      bytes.write(segment.firstTime)
      bytes.write(segment.lastTime)
    }
    try writer.writeSection(
      .init(3, "segments"),
      itemCount: segments.count,
      bytes: bytes.bytes,
      isCompressible: false
    )
    for (tag, name) in [(4, "deletions"), (5, "sources")] as [(UInt32, String)] {
      try writer.writeSection(.init(tag, name), itemCount: 0, bytes: [], isCompressible: false)
    }
    _ = try writer.finish()
  }
}
