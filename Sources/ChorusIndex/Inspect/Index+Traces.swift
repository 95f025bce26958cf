// SPDX-License-Identifier: Apache-2.0

public import ChorusCore
internal import ChorusStore

/// Something that is to be nowhere in the files of an index.
public enum TraceTarget: Hashable, Sendable {
  /// An id, compared whole.
  case id(String)
  /// An account, compared whole.
  case account(String)
  /// Bytes of a text, as they were received.
  case text([UInt8])
}

/// A place where something was found.
public struct Trace: Hashable, Sendable {
  /// The name of the file.
  public var file: String
  /// What part of it: a section, `records`, `deletions` or `bytes`.
  public var part: String
}

extension Index {
  /// Looks for something in every file of the index.
  ///
  /// Every block is decompressed and every name compared, the logs and the manifest included. A
  /// segment's file that no manifest names, which the next writer removes, counts as having it.
  ///
  /// - Throws: `corrupted` when a file cannot be read, for then nothing is proved.
  /// - Complexity: O(*n*) in the bytes of the index.
  public func traces(of target: TraceTarget) throws(ChorusError) -> [Trace] {
    let manifest = try manifest()
    var traces: [Trace] = []
    if manifest.deletions.contains(where: { target.isNamed(by: $0.target) }) {
      traces.append(Trace(file: Manifest.fileName, part: "deletions"))
    }
    for summary in manifest.segments {
      let segment = try segment(summary, of: manifest)
      let name = SegmentFormat.fileName(summary.number)
      if let part = try segment.part(with: target) { traces.append(Trace(file: name, part: part)) }
    }
    let named = Set(manifest.segments.map { SegmentFormat.fileName($0.number) })
    for name in try storage.names() where SegmentFormat.isFileName(name) && !named.contains(name) {
      traces.append(Trace(file: name, part: "bytes, which no manifest names"))
    }
    for batch in try LogReplay(storage, manifest: manifest).batches
    where batch.has(target) && !traces.contains(where: { $0.part == "records" }) {
      traces.append(Trace(file: "log", part: "records"))
    }
    // Short names stand in other bytes by chance; long ones do not.
    let needle = target.bytes
    var isText = false
    if case .text = target { isText = true }
    for name in try storage.names() where KeptFile.hasText(name) && (isText || needle.count >= 12) {
      let file = try BlockFile(storage, name: name, kind: .families)
      for section in file.allSections {
        let bytes = try file.allBytes(of: section)
        if bytes.span.contains(needle) { traces.append(Trace(file: name, part: "text")) }
      }
    }
    if needle.count >= 12 {
      for name in try storage.names() where name != "lock" {
        let file = try storage.open(name)
        let isThere = file.withBytes(0..<file.byteCount) { bytes in bytes.contains(needle) }
        if isThere { traces.append(Trace(file: name, part: "bytes")) }
      }
    }
    return traces
  }
}

extension TraceTarget {
  fileprivate var bytes: [UInt8] {
    switch self {
    case .id(let value), .account(let value): Array(value.utf8)
    case .text(let bytes): bytes
    }
  }

  fileprivate func isNamed(by target: DeletionTarget) -> Bool {
    switch (self, target) {
    case (.id(let value), .id(let other)), (.account(let value), .account(let other)):
      value == other
    default: false
    }
  }
}

extension Segment {
  /// The part of the segment that has something in it, or `nil`.
  fileprivate func part(with target: TraceTarget) throws(ChorusError) -> String? {
    switch target {
    case .account(let name):
      return accountNames.contains(name) ? SegmentFormat.accounts.name : nil
    case .id(let id):
      let wanted = Array(id.utf8)[...]
      for start in stride(from: 0, to: summary.occurrenceCount, by: 1 << 14) {
        let range = start..<min(start + 1 << 14, summary.occurrenceCount)
        if try idBytes(range).contains(wanted) { return SegmentFormat.ids.name }
      }
      return nil
    case .text(let bytes):
      for section in [textSection, attributeSection] {
        // What ends one block and begins the next is looked at together.
        var tail: [UInt8] = []
        for number in 0..<section.blockCount {
          let all = tail + (try file.block(number, of: section))
          if all.span.contains(bytes) {
            return section.tag == textSection.tag
              ? SegmentFormat.text.name : SegmentFormat.attributes.name
          }
          tail = all.suffix(max(0, bytes.count - 1))
        }
      }
      return nil
    }
  }
}

extension PromptBatch {
  fileprivate func has(_ target: TraceTarget) -> Bool {
    switch target {
    case .id(let id): records.contains { string($0.id) == id }
    case .account(let name): records.contains { string($0.account) == name }
    case .text(let needle): arena.span.contains(needle)
    }
  }
}

extension Span<UInt8> {
  /// Whether some bytes stand in a row here.
  fileprivate func contains(_ needle: [UInt8]) -> Bool {
    guard let first = needle.first, needle.count <= count else { return needle.isEmpty }
    for start in 0...(count - needle.count) where self[start] == first {
      var length = 1
      while length < needle.count, self[start + length] == needle[length] { length += 1 }
      if length == needle.count { return true }
    }
    return false
  }
}
