// SPDX-License-Identifier: Apache-2.0

import ChorusCore
import Testing

struct PromptBatchTests {
  // MARK: Attributes

  private static let lists: [[(name: String, value: String)]] = [
    [],
    [("model", "m1")],
    [("", "")],
    [("a", "1"), ("a", "2"), ("b", "")],
    [("caf\u{E9}", "\u{1F600}"), ("nul", "\u{0}")],
    [("long", String(repeating: "x", count: 70_000))],
  ]

  private static func isEqual(
    _ lhs: [(name: String, value: String)]?,
    _ rhs: [(name: String, value: String)]
  ) -> Bool {
    lhs?.map { [$0.name, $0.value] } == rhs.map { [$0.name, $0.value] }
  }

  @Test(arguments: 0..<6)
  func `attributes come back as they were encoded`(_ list: Int) {
    let attributes = Self.lists[list]
    #expect(Self.isEqual(AttributeCodec.decode(AttributeCodec.encode(attributes)[...]), attributes))
  }

  @Test func `a byte form cut short is refused or a front of the attributes`() {
    let attributes = Self.lists[3]
    let bytes = AttributeCodec.encode(attributes)
    for count in bytes.indices {
      guard let found = AttributeCodec.decode(bytes[..<count]) else { continue }
      #expect(Self.isEqual(found, Array(attributes.prefix(found.count))), "\(count) bytes")
      #expect(AttributeCodec.encode(found).count == count)
    }
  }

  @Test(
    arguments: [
      [1], [1, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0, 0x41], [0xFF, 0xFF, 0xFF, 0xFF],
      [1, 0, 0, 0, 0x41, 2, 0, 0, 0, 0x42], [0, 0, 0, 0, 0, 0, 0, 0, 9],
    ] as [[UInt8]]
  )
  func `a malformed byte form is refused`(_ bytes: [UInt8]) {
    #expect(AttributeCodec.decode(bytes[...]) == nil)
  }

  @Test(arguments: 0..<4 as Range<UInt64>)
  func `random bytes are refused or read whole`(_ seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    for _ in 0..<2000 {
      let bytes = (0..<(generator.next() % 30)).map { _ in UInt8(generator.next() % 4) }
      guard let found = AttributeCodec.decode(bytes[...]) else { continue }
      #expect(AttributeCodec.encode(found) == bytes)
    }
  }

  // MARK: Batches

  @Test func `the fields of each prompt come back`() {
    var batch = PromptBatch()
    for place in 0..<20 {
      batch.append(
        id: "id\(place)",
        account: String(repeating: "a", count: place),
        time: Timestamp(milliseconds: Int64(place)),
        text: "text \u{E9} \(place)",
        attributes: place % 2 == 0 ? [] : [("n", "\(place)")]
      )
    }
    #expect(batch.records.count == 20)
    for (place, record) in batch.records.enumerated() {
      #expect(batch.string(record.id) == "id\(place)")
      #expect(batch.string(record.account) == String(repeating: "a", count: place))
      #expect(batch.string(record.text) == "text \u{E9} \(place)")
      #expect(record.time.milliseconds == Int64(place))
      #expect(record.attributes.isEmpty == (place % 2 == 0))
      let attributes = AttributeCodec.decode(batch.bytes(record.attributes))
      #expect(attributes?.first?.value == (place % 2 == 0 ? nil : "\(place)"))
    }
  }
}
