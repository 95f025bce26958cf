// SPDX-License-Identifier: Apache-2.0

import ChorusCore
import Testing

struct HashTable64Tests {
  @Test(arguments: 0..<6 as Range<UInt64>)
  func `a table does what a dictionary does`(_ seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    var table = HashTable64()
    var model: [UInt64: UInt32] = [:]
    for step in 0..<6000 as Range<UInt32> {
      // Few keys, so that most come again; some share their low or their high bits.
      let part = generator.next() % 700
      let key = [part, part << 40, Hashing.mix(part)][Int(generator.next() % 3)]
      switch generator.next() % 3 {
      case 0:
        #expect(table.value(of: key) == model[key])
      case 1:
        #expect(table.insert(key, step) == model[key])
        model[key] = model[key] ?? step
      default:
        table.update(key, step)
        model[key] = step
      }
    }
    #expect(table.count == model.count)
    for (key, value) in model { #expect(table.value(of: key) == value) }
  }

  @Test(arguments: [0, 1, .max, 1 << 63] as [UInt64])
  func `any key can be stored`(_ key: UInt64) {
    var table = HashTable64()
    #expect(table.value(of: key) == nil)
    #expect(table.insert(key, 0) == nil)
    #expect(table.value(of: key) == 0)
  }

  @Test func `the greatest value that can be stored is found again`() {
    var table = HashTable64()
    _ = table.insert(5, HashTable64.absent - 1)
    #expect(table.value(of: 5) == HashTable64.absent - 1)
  }

  @Test func `keys that all want one place are kept apart`() {
    // Multiples of the inverse of the table's factor all fall on the first places.
    var table = HashTable64()
    let inverse: UInt64 = 0xF1DE_83E1_9937_733D
    for key in 0..<500 as Range<UInt64> { _ = table.insert(key &* inverse, UInt32(key)) }
    for key in 0..<500 as Range<UInt64> {
      #expect(table.value(of: key &* inverse) == UInt32(key))
    }
  }
}
