// SPDX-License-Identifier: Apache-2.0

import ChorusCore
import ChorusTestSupport
import Testing

struct ParallelTests {
  @Test(arguments: [0, 1, 2, 7, 1000])
  func `results come in the order of their positions`(_ count: Int) {
    #expect(Parallel.map(count) { $0 * $0 } == (0..<count).map { $0 * $0 })
  }

  @Test func `an optional result stays where it is`() {
    let found = Parallel.map(100) { $0 % 3 == 0 ? nil : $0 as Int? }
    #expect(found == (0..<100).map { $0 % 3 == 0 ? nil : $0 })
  }

  @Test func `results of a closure that can fail come in order`() throws {
    let found = try Parallel.map(100, throwing: { place throws(ChorusError) in place + 1 })
    #expect(found == Array(1...100))
  }

  @Test func `the error of the first position that fails is thrown`() {
    let error = failure {
      _ = try Parallel.map(
        100,
        throwing: { place throws(ChorusError) -> Int in
          guard place % 30 != 17 else { throw ChorusError(.cancelled, "position \(place)") }
          return place
        }
      )
    }
    #expect(error?.message == "position 17")
  }

  @Test func `there is at least one worker`() {
    #expect(Parallel.workerCount >= 1)
  }
}
