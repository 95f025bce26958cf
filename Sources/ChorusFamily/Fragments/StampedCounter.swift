// SPDX-License-Identifier: Apache-2.0

/// Counts how often each of many numbers comes, over many small sets, without clearing between.
struct StampedCounter {
  private var stamps: [UInt32]
  private var counts: [UInt32]
  private var stamp: UInt32 = 0
  /// The numbers seen since ``begin()``, in order of appearance.
  private(set) var seen: [UInt32] = []

  /// Creates a counter of the numbers below `count`.
  init(count: Int) {
    stamps = [UInt32](repeating: 0, count: count)
    counts = stamps
  }

  /// Starts a new set.
  mutating func begin() {
    stamp += 1
    seen.removeAll(keepingCapacity: true)
  }

  /// Adds a number and returns how often it has come now.
  @discardableResult
  mutating func add(_ number: UInt32) -> UInt32 {
    let place = Int(number)
    if stamps[place] != stamp {
      stamps[place] = stamp
      counts[place] = 0
      seen.append(number)
    }
    counts[place] += 1
    return counts[place]
  }

  /// How often a number has come since ``begin()``.
  func count(of number: UInt32) -> UInt32 {
    stamps[Int(number)] == stamp ? counts[Int(number)] : 0
  }
}
