// SPDX-License-Identifier: Apache-2.0

import ChorusCore
import ChorusIndex
import ChorusSketch
import ChorusStore
import Fuzzing

// An index of which one block, one list of the manifest, or one record of the log is anything at
// all, with right checksums, is refused or used without harm.

let texts = [
  "the quick brown fox jumps over the lazy dog and runs home again before it gets dark",
  "the quick brown fox jumps over the lazy cat and runs home again before it gets dark",
  "an entirely different text that has nothing to do with any animal, and\nhas two lines",
  "short", "one more text of a few words",
]

/// The files of a sound index: a segment, a log, a manifest with a deletion and a position.
let sound: MemoryStorage = {
  let storage = MemoryStorage()
  var options = IndexWriter.Options()
  options.keepsLog = true
  do {
    let writer = try IndexWriter(storage, options: options)
    var batch = PromptBatch()
    for (number, text) in (texts + texts).enumerated() {
      batch.append(
        id: "id-\(number)",
        account: "account-\(number % 3)",
        time: Timestamp(milliseconds: Int64(number) * 1000),
        text: text,
        attributes: number.isMultiple(of: 2) ? [("model", "m")] : []
      )
    }
    let position = SourcePosition(name: "f", line: 1, offset: 2, checkedByteCount: 0, check: 0)
    let prepared = PreparedBatch(batch, sketcher: Sketcher())
    try writer.append(prepared, positions: [position])
    _ = try writer.delete([.id("id-1"), .account("account-2"), .before(Timestamp(milliseconds: 9))])
    var more = PromptBatch()
    more.append(id: "more", account: "a", time: Timestamp(milliseconds: 5), text: texts[3])
    try writer.append(more)
    try writer.acknowledge()
  } catch { fatalError("\(error)") }
  return storage
}()

let segmentName = "segment-00000001"
let logName = "log-00000001"

/// A copy of the sound index.
func copy() -> MemoryStorage {
  let storage = MemoryStorage()
  guard let names = try? sound.names() else { return storage }
  for name in names { storage.set(name, to: sound.bytes(of: name)) }
  return storage
}

/// Writes a file again with one block changed.
func rewrite(
  _ storage: MemoryStorage,
  _ name: String,
  _ kind: Envelope.Kind,
  tags: ClosedRange<UInt32>,
  _ change: (UInt32, Int, [UInt8]) -> [UInt8]
) throws -> Int {
  let file = try BlockFile(storage, name: name, kind: kind)
  let writer = try BlockFileWriter(storage, name: "new", envelope: file.envelope)
  for number in tags {
    let tag = BlockFileFormat.SectionTag(number, "section")
    let section = try file.section(tag)
    writer.beginSection(tag, itemCount: section.itemCount)
    for block in 0..<section.blockCount {
      let raw = change(number, block, try file.block(block, of: section))
      guard !raw.isEmpty else { continue }
      try writer.writeBlock(
        raw,
        firstKey: section.firstKey(ofBlock: block),
        isCompressible: false
      )
    }
  }
  let byteCount = try writer.finish()
  try storage.rename("new", to: name)
  return Int(byteCount)
}

/// Bytes changed as an input says: replaced from an offset on, or cut there and continued.
func changed(_ bytes: [UInt8], _ input: ArraySlice<UInt8>) -> [UInt8] {
  guard let first = input.first, let second = input.dropFirst().first else { return Array(input) }
  let offset = min(bytes.count, Int(first) | Int(second & 0x7F) << 8)
  let rest = input.dropFirst(2)
  if second & 0x80 != 0 { return Array(bytes[..<offset]) + rest }
  let end = min(bytes.count, offset + rest.count)
  return Array(bytes[..<offset]) + rest + bytes[end...]
}

/// Everything that can be asked of an index, and done to it.
func use(_ storage: MemoryStorage) throws {
  let index = try Index(storage)
  let snapshot = try index.snapshot()
  for text in [texts[0], "quick brown", texts[3]] {
    for mode in Query.Mode.allCases {
      var query = Query(text: Array(text.utf8), mode: mode, threshold: 0.1)
      if let match = try? snapshot.answer(query).matches.first {
        _ = try? snapshot.explanation(of: match, for: query)
      }
      // The way of a hot template, and a filter that has to be looked up.
      (query.limits.runCount, query.limits.signatureCount, query.limit) = (1, 1, 1)
      query.filter.account = "account-1"
      _ = try? snapshot.answers([query, query])
    }
  }
  var template = Query(text: Array("the {1} fox {2}".utf8), mode: .contains)
  template.hasSlots = true
  _ = try? snapshot.answer(template)
  _ = try? snapshot.text(ofID: "id-3")
  _ = try? snapshot.statistics()
  _ = try? index.verify()
  _ = try? index.traces(of: .text(Array("lazy".utf8)))
  for segment in snapshot.segments {
    let all = 0..<segment.summary.occurrenceCount
    _ = try? segment.attributes(all)
    _ = try? segment.ids(all)
    if var cursor = try? PostingCursor(segment, keys: 0..<(1 << 40)) {
      var rows: [UInt32] = []
      while cursor.key != nil { guard (try? cursor.takeRows(into: &rows)) != nil else { break } }
    }
  }
  let writer = try? IndexWriter(storage)
  try? writer?.compact()
}

fuzz { bytes in
  guard let first = bytes.first else { return }
  let input = bytes.dropFirst()
  let storage = copy()
  let kind = first % 17
  do {
    switch kind {
    case 0:
      let log = try LogReader(storage, name: logName)
      guard let envelope = log.envelope, let payload = log.payloads.first else { return }
      let writer = try LogWriter(storage, name: logName, envelope: envelope)
      writer.append(changed(Array(payload), input))
      try writer.synchronise()
    case 1...5:
      _ = try rewrite(storage, "manifest", .manifest, tags: 1...5) { tag, _, raw in
        tag == UInt32(kind) ? changed(raw, input) : raw
      }
    default:
      let byteCount = try rewrite(storage, segmentName, .segment, tags: 1...11) { tag, block, raw in
        tag == UInt32(kind - 5) && block == 0 ? changed(raw, input) : raw
      }
      // The manifest says how long the file is.
      _ = try rewrite(storage, "manifest", .manifest, tags: 1...5) { tag, _, raw in
        var writer = ByteWriter()
        writer.write(UInt64(byteCount))
        return tag == 3 ? raw[..<8] + writer.bytes + raw[16...] : raw
      }
    }
    try use(storage)
    _ = try? IndexRepair(storage).run()
  } catch {}
}
