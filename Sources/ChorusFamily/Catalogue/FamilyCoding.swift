// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore

/// The byte form of families, as <doc:FormatFamilies> describes it.
enum FamilyCoding {
  static func encode(_ families: [Family]) -> [UInt8] {
    var writer = ByteWriter()
    writer.writeVarint(UInt64(families.count))
    for family in families {
      writer.write(UInt8(family.kind == .template ? 0 : 1))
      writer.writeCounted(family.parent ?? "")
      write(family.template, &writer)
      write(family.spread, &writer)
    }
    return writer.bytes
  }

  private static func write(_ template: Template, _ writer: inout ByteWriter) {
    writer.write(template.fixedShare.bitPattern)
    writer.write(template.deviatingShare.bitPattern)
    writer.writeVarint(UInt64(template.variantCount))
    writer.writeVarint(UInt64(template.parts.count))
    for part in template.parts {
      switch part {
      case .fixed(let text):
        writer.write(UInt8(0))
        writer.writeCounted(text)
      case .slot(let number):
        writer.write(UInt8(1))
        writer.writeVarint(UInt64(number))
      }
    }
    writer.writeVarint(UInt64(template.slots.count))
    for slot in template.slots {
      writer.writeCounted(slot.kind.rawValue)
      writer.writeVarint(UInt64(slot.fillerCount))
      writer.writeVarint(UInt64(slot.sampleCount))
      writer.writeVarint(UInt64(slot.lengths.lowerBound))
      writer.writeVarint(UInt64(slot.lengths.upperBound))
      writer.writeVarint(UInt64(slot.examples.count))
      for example in slot.examples { writer.writeCounted(example) }
    }
  }

  private static func write(_ spread: Spread, _ writer: inout ByteWriter) {
    writer.writeVarint(UInt64(spread.promptCount))
    writer.writeVarint(UInt64(spread.distinctCount))
    writer.writeVarint(UInt64(spread.accountCount))
    writer.write(spread.firstSeen.milliseconds)
    writer.write(spread.lastSeen.milliseconds)
    writer.write(spread.score.bitPattern)
  }

  /// Reads families, whose names are kept elsewhere.
  ///
  /// - Returns: `nil` when the bytes are not families with these names.
  static func decode(
    _ bytes: ArraySlice<UInt8>,
    names: [CatalogueFile.Known]
  ) throws(ByteReader.Fault) -> [Family]? {
    var reader = ByteReader(bytes)
    guard try reader.readCount() == names.count else { return nil }
    var families: [Family] = []
    for known in names {
      let kind = try reader.readUInt8()
      let parent = try reader.readString()
      guard kind <= 1, let template = try readTemplate(&reader),
        let spread = try readSpread(&reader)
      else { return nil }
      families.append(
        Family(
          name: known.name,
          kind: kind == 0 ? .template : .fragment,
          parent: parent.isEmpty ? nil : parent,
          formerNames: known.formerNames,
          splitFrom: known.splitFrom,
          template: template,
          spread: spread
        )
      )
    }
    return reader.isAtEnd ? families : nil
  }

  private static func readTemplate(
    _ reader: inout ByteReader
  ) throws(ByteReader.Fault) -> Template? {
    let fixedShare = Double(bitPattern: try reader.readUInt64())
    let deviatingShare = Double(bitPattern: try reader.readUInt64())
    let variantCount = try reader.readCount()
    var parts: [Template.Part] = []
    for _ in 0..<(try reader.readCount()) {
      switch try reader.readUInt8() {
      case 0: parts.append(.fixed(try reader.readString()))
      case 1: parts.append(.slot(try reader.readCount()))
      default: return nil
      }
    }
    var slots: [Slot] = []
    for _ in 0..<(try reader.readCount()) {
      let kind = Slot.Kind(rawValue: try reader.readString())
      let fillerCount = try reader.readCount()
      let sampleCount = try reader.readCount()
      let (shortest, longest) = (try reader.readCount(), try reader.readCount())
      var examples: [String] = []
      for _ in 0..<(try reader.readCount()) { examples.append(try reader.readString()) }
      guard let kind, shortest <= longest else { return nil }
      slots.append(
        Slot(
          kind: kind,
          fillerCount: fillerCount,
          sampleCount: sampleCount,
          lengths: shortest...longest,
          examples: examples
        )
      )
    }
    let isSound = parts.allSatisfy { part in
      if case .slot(let number) = part { number < slots.count } else { true }
    }
    guard isSound, fixedShare.isFinite, deviatingShare.isFinite else { return nil }
    return Template(
      parts: parts,
      slots: slots,
      fixedShare: fixedShare,
      deviatingShare: deviatingShare,
      variantCount: variantCount
    )
  }

  private static func readSpread(_ reader: inout ByteReader) throws(ByteReader.Fault) -> Spread? {
    let spread = Spread(
      promptCount: try reader.readCount(),
      distinctCount: try reader.readCount(),
      accountCount: try reader.readCount(),
      firstSeen: Timestamp(milliseconds: try reader.readInt64()),
      lastSeen: Timestamp(milliseconds: try reader.readInt64()),
      score: Double(bitPattern: try reader.readUInt64())
    )
    let times = Timestamp.earliest...Timestamp.end
    guard spread.score.isFinite, times.contains(spread.firstSeen), times.contains(spread.lastSeen)
    else { return nil }
    return spread
  }
}
