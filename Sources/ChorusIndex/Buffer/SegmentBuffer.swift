// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusSketch
internal import ChorusText

/// The prompts of a segment that is being built, in memory, in order of arrival.
///
/// Not to be copied: the long arrays would be shared.
struct SegmentBuffer: ~Copyable {
  struct Occurrence {
    var row: UInt32
    var account: UInt32
    var time: Timestamp
    var id: ByteRange
    var attributes: ByteRange
  }

  /// One text with its sketch, before it has a row.
  struct Entry {
    var text: ArraySlice<UInt8>
    /// The bytes of the text, also where texts are not kept.
    var textByteCount: Int
    var textKey: UInt64
    var tokenCount: UInt32
    var signature: ArraySlice<UInt8>
    var embeddingCode: ArraySlice<UInt8>
  }

  /// Whether texts are kept; without, equal sketches make an exact duplicate.
  let keepsText: Bool

  // One entry for each row.
  var textKeys: [UInt64] = []
  var tokenCounts: [UInt32] = []
  var textStarts: [Int] = []
  var textByteCounts: [UInt32] = []
  var signatures: LargeArray<UInt8> { arrays.signatures }
  var embeddingCodes: LargeArray<UInt8> { arrays.embeddingCodes }
  /// Band postings.
  var bandPostings: LargeArray<UInt64> { arrays.bandPostings }
  /// Anchor postings with repetitions, the bit below the row's highest place set in the sample.
  var anchorPostings: LargeArray<UInt64> { arrays.anchorPostings }
  /// Whether the rows of the postings ascend, so that a stable sort by key is enough.
  var hasAscendingRows = true
  var texts: LargeArray<UInt8> { arrays.texts }

  var occurrences: [Occurrence] = []
  /// The ids and attributes of all occurrences.
  var arena: LargeArray<UInt8> { arrays.arena }
  var accountNames: [[UInt8]] = []

  private var rowOfText = HashTable64()
  private var accountOfHash = HashTable64()

  /// The long arrays, which the next buffer but one can use again.
  struct Arrays: Sendable {
    let signatures = LargeArray<UInt8>()
    let embeddingCodes = LargeArray<UInt8>()
    let bandPostings = LargeArray<UInt64>()
    let anchorPostings = LargeArray<UInt64>()
    let texts = LargeArray<UInt8>()
    let arena = LargeArray<UInt8>()
  }

  let arrays: Arrays

  /// Creates an empty buffer, in the memory of another one that is not used any more.
  init(keepsText: Bool, reusing arrays: Arrays = Arrays()) {
    self.keepsText = keepsText
    self.arrays = arrays
    arrays.signatures.removeAll()
    arrays.embeddingCodes.removeAll()
    arrays.bandPostings.removeAll()
    arrays.anchorPostings.removeAll()
    arrays.texts.removeAll()
    arrays.arena.removeAll()
  }

  var rowCount: Int { textKeys.count }

  /// The bytes that the buffer holds, for deciding when it is full.
  var byteCount: Int {
    texts.count + arena.count + signatures.count + embeddingCodes.count
      + 8 * (bandPostings.count + anchorPostings.count)
      + 64 * rowCount + 40 * occurrences.count
  }

  /// Adds one prompt.
  mutating func append(_ prepared: PreparedBatch, _ position: Int) {
    let record = prepared.batch.records[position]
    let sketches = prepared.sketches
    let signatureByteCount = sketches.signatures.count / sketches.count
    let signature = position * signatureByteCount
    let codeByteCount = prepared.embeddingCodes.count / sketches.count
    let code = position * codeByteCount
    let entry = Entry(
      text: prepared.batch.bytes(record.text),
      textByteCount: Int(record.text.count),
      textKey: sketches.textKeys[position],
      tokenCount: sketches.tokenCounts[position],
      signature: sketches.signatures[signature..<(signature + signatureByteCount)],
      embeddingCode: prepared.embeddingCodes[code..<(code + codeByteCount)]
    )
    let (row, isNew) = row(for: entry)
    if isNew { appendPostings(of: row, sketches, position) }
    appendOccurrence(
      row: row,
      account: prepared.batch.bytes(record.account),
      accountHash: prepared.accountHashes[position],
      time: record.time,
      id: prepared.batch.bytes(record.id),
      attributes: prepared.batch.bytes(record.attributes)
    )
  }

  /// Returns the row of a text that was sketched alone, with its postings.
  mutating func append(_ sketches: SketchBatch, _ text: [UInt8], plan: SketchPlan) -> UInt32 {
    let entry = Entry(
      text: text[...],
      textByteCount: text.count,
      textKey: sketches.textKeys[0],
      tokenCount: sketches.tokenCounts[0],
      signature: sketches.signatures[...],
      embeddingCode: sketches.embeddingCodes(plan: plan)[...]
    )
    let (row, isNew) = row(for: entry)
    if isNew { appendPostings(of: row, sketches, 0) }
    return row
  }

  /// Returns the row of a text, a new one when it has none.
  mutating func row(for entry: Entry) -> (row: UInt32, isNew: Bool) {
    let key = entry.textKey & ((1 << SegmentFormat.textKeyBitCount) - 1)
    let row = UInt32(rowCount)
    // Without texts no more than the stored part of the key may be known.
    let known = rowOfText.insert(keepsText ? entry.textKey : key, row)
    if let known, isEqual(entry, to: known) { return (known, false) }
    textKeys.append(key)
    tokenCounts.append(entry.tokenCount)
    textByteCounts.append(UInt32(entry.textByteCount))
    textStarts.append(texts.count)
    if keepsText { texts.append(contentsOf: entry.text) }
    signatures.append(contentsOf: entry.signature)
    embeddingCodes.append(contentsOf: entry.embeddingCode)
    return (row, true)
  }

  /// Where the text of a row lies; empty where texts are not kept.
  func textRange(of row: Int) -> Range<Int> {
    textStarts[row]..<(textStarts[row] + (keepsText ? Int(textByteCounts[row]) : 0))
  }

  /// Adds the postings of a new row.
  mutating func appendPostings(of row: UInt32, _ sketches: SketchBatch, _ position: Int) {
    let shift = SegmentFormat.positionBitCount
    for band in 0..<Signature.bandCount {
      let bandKey = sketches.bandKeys[position * Signature.bandCount + band]
      let key = SegmentFormat.bandPostingKey(band: band, key: bandKey)
      bandPostings.append(key << shift | UInt64(row))
    }
    let range = sketches.anchorRange(of: position)
    anchorPostings.append(mapping: sketches.anchors, range) { anchor in
      let kept = (anchor & AnchorSelector.sampleBit) >> (40 - shift + 1)
      let key = anchor & (AnchorSelector.sampleBit - 1)
      return key << shift | kept | UInt64(row)
    }
  }

  /// The bit of an anchor posting that says that it is kept however rare its anchor is.
  static let keptBit: UInt64 = 1 << (SegmentFormat.positionBitCount - 1)

  mutating func appendOccurrence(
    row: UInt32,
    account: ArraySlice<UInt8>,
    accountHash: UInt64,
    time: Timestamp,
    id: ArraySlice<UInt8>,
    attributes: ArraySlice<UInt8>
  ) {
    let account = intern(account, hash: accountHash)
    occurrences.append(
      Occurrence(
        row: row,
        account: account,
        time: time,
        id: store(id),
        attributes: store(attributes)
      )
    )
  }

  /// Whether a text is an exact duplicate of a row's: equal when normalised, compared byte for
  /// byte, because a hash could be made to collide.
  private func isEqual(_ entry: Entry, to row: UInt32) -> Bool {
    guard keepsText else {
      let width = entry.signature.count
      let start = Int(row) * width
      return signatures.elements(start..<(start + width))[...] == entry.signature
        && tokenCounts[Int(row)] == entry.tokenCount
    }
    let known = texts.elements(textRange(of: Int(row)))
    if known[...] == entry.text { return true }
    let normaliser = Normaliser()
    return normaliser.normalise(Array(entry.text)).bytes == normaliser.normalise(known).bytes
  }

  private mutating func intern(_ name: ArraySlice<UInt8>, hash: UInt64) -> UInt32 {
    if let known = accountOfHash.insert(hash, UInt32(accountNames.count)) {
      if accountNames[Int(known)][...] == name { return known }
      // Two accounts with one hash: look among all, for this happens to none but an attacker.
      if let found = accountNames.firstIndex(where: { $0[...] == name }) { return UInt32(found) }
    }
    let account = UInt32(accountNames.count)
    accountNames.append(Array(name))
    return account
  }

  private mutating func store(_ bytes: ArraySlice<UInt8>) -> ByteRange {
    let start = arena.count
    arena.append(contentsOf: bytes)
    return ByteRange(offset: start, count: bytes.count)
  }
}
