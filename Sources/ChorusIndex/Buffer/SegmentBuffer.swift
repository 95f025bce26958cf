// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusSketch
internal import ChorusText

/// The prompts of a segment that is being built, in memory, in order of arrival.
struct SegmentBuffer {
  struct Occurrence {
    var row: UInt32
    var account: UInt32
    var time: Timestamp
    var id: ByteRange
    var attributes: ByteRange
  }

  // One entry for each row.
  var textKeys: [UInt64] = []
  var tokenCounts: [UInt32] = []
  var textRanges: [Range<Int>] = []
  var signatures: [UInt8] = []
  var embeddings: [Int8] = []
  /// Band postings in order of rows.
  var bandPostings: [UInt64] = []
  /// Anchor postings in order of rows, with repetitions.
  var anchorPostings: [UInt64] = []
  var texts: [UInt8] = []

  var occurrences: [Occurrence] = []
  /// The ids and attributes of all occurrences.
  var arena: [UInt8] = []
  var accountNames: [[UInt8]] = []

  private var rowOfText = HashTable64()
  private var accountOfHash = HashTable64()

  var rowCount: Int { textKeys.count }

  /// The bytes that the buffer holds, for deciding when it is full.
  var byteCount: Int {
    texts.count + arena.count + signatures.count + embeddings.count
      + 8 * (bandPostings.count + anchorPostings.count)
      + 52 * rowCount + 40 * occurrences.count
  }

  /// Adds one prompt.
  mutating func append(_ prepared: PreparedBatch, _ position: Int) {
    let record = prepared.batch.records[position]
    let row =
      existingRow(prepared, position) ?? appendRow(prepared, position)
    let account = intern(
      prepared.batch.bytes(record.account),
      hash: prepared.accountHashes[position]
    )
    occurrences.append(
      Occurrence(
        row: row,
        account: account,
        time: record.time,
        id: store(prepared.batch.bytes(record.id)),
        attributes: store(prepared.batch.bytes(record.attributes))
      )
    )
  }

  /// Whether an occurrence has this id.
  func hasID(_ id: ArraySlice<UInt8>, at occurrence: Int) -> Bool {
    arena[occurrences[occurrence].id.bounds] == id
  }

  /// The row of an exact duplicate: equal normalised text, compared byte for byte, because a hash
  /// could be made to collide.
  private func existingRow(_ prepared: PreparedBatch, _ position: Int) -> UInt32? {
    guard let row = rowOfText.value(of: prepared.sketches.textKeys[position]) else { return nil }
    let text = prepared.batch.bytes(prepared.batch.records[position].text)
    let known = texts[textRanges[Int(row)]]
    if known == text { return row }
    let normaliser = Normaliser()
    let isEqual =
      normaliser.normalise(Array(text)).bytes == normaliser.normalise(Array(known)).bytes
    return isEqual ? row : nil
  }

  private mutating func appendRow(_ prepared: PreparedBatch, _ position: Int) -> UInt32 {
    let row = UInt32(rowCount)
    let sketches = prepared.sketches
    let text = prepared.batch.bytes(prepared.batch.records[position].text)
    textKeys.append(sketches.textKeys[position])
    tokenCounts.append(sketches.tokenCounts[position])
    textRanges.append(texts.count..<(texts.count + text.count))
    texts.append(contentsOf: text)
    let signatureByteCount = sketches.signatures.count / sketches.count
    let signature = position * signatureByteCount
    signatures.append(
      contentsOf: sketches.signatures[signature..<(signature + signatureByteCount)]
    )
    let dimension = sketches.embeddings.count / sketches.count
    let embedding = position * dimension
    embeddings.append(contentsOf: sketches.embeddings[embedding..<(embedding + dimension)])
    for band in 0..<Signature.bandCount {
      let bandKey = sketches.bandKeys[position * Signature.bandCount + band]
      let key = SegmentFormat.bandPostingKey(band: band, key: bandKey)
      bandPostings.append(key << SegmentFormat.positionBitCount | UInt64(row))
    }
    for place in sketches.anchorRange(of: position) {
      let key = sketches.anchors[place]
      anchorPostings.append(key << SegmentFormat.positionBitCount | UInt64(row))
    }
    _ = rowOfText.insert(sketches.textKeys[position], row)
    return row
  }

  private mutating func intern(_ name: ArraySlice<UInt8>, hash: UInt64) -> UInt32 {
    if let known = accountOfHash.value(of: hash) {
      if accountNames[Int(known)][...] == name { return known }
      // Two accounts with one hash: look among all, for this happens to none but an attacker.
      if let found = accountNames.firstIndex(where: { $0[...] == name }) { return UInt32(found) }
    }
    let account = UInt32(accountNames.count)
    accountNames.append(Array(name))
    _ = accountOfHash.insert(hash, account)
    return account
  }

  private mutating func store(_ bytes: ArraySlice<UInt8>) -> ByteRange {
    let start = arena.count
    arena.append(contentsOf: bytes)
    return ByteRange(offset: start, count: bytes.count)
  }
}
