// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore

/// What tells the members of a family from other prompts, whatever index they are in.
struct FamilyMark: Hashable, Sendable {
  /// The anchors of the fixed text, ascending.
  var keys: [UInt64]
  /// The anchor that most of them go with, which a family's own rows have.
  var leader: UInt64
  /// The information of the fixed text, at least that of the families inside whose text it has.
  var bits: Double
  /// Hashes of the texts of a few members, by which the family is known again.
  var sample: [UInt32]
}

/// What families were found in, and how.
struct CatalogueBasis: Hashable, Sendable {
  /// The fewest accounts of a family.
  var minimumAccountCount: Int
  /// The prompts of the index when all of them were last mined.
  var minedPromptCount: Int
  /// The prompts of the index now.
  var promptCount: Int
  /// The hot anchors when all were last mined.
  var fragmentCount: Int
  /// The bits of fixed text that tell a damaged member from chance.
  var neededBits: Double
}

/// Finds the family of a prompt by its anchors alone.
///
/// One look-up for each anchor; safe to use from any thread, each with a ``Memory`` of its own.
package struct FamilyMatcher: Sendable {
  private let marks: [FamilyMark]
  private let shares: [ClosureShare]
  private let neededBits: Double
  private var numbers = HashTable64()
  /// For each key, where its families begin; one more entry marks the end.
  private var starts: [Int] = [0]
  private var families: [UInt32] = []

  /// What one thread works with.
  package struct Memory: Sendable {
    fileprivate var sums: [UInt64]
    fileprivate var touched: [Int] = []
  }

  init(_ marks: [FamilyMark], neededBits: Double) {
    self.marks = marks
    self.neededBits = neededBits
    shares = marks.map { ClosureShare($0.keys) }
    var pairs: [(key: UInt64, family: UInt32)] = []
    for (number, mark) in marks.enumerated() {
      for key in mark.keys { pairs.append((key, UInt32(number))) }
    }
    pairs.sort { ($0.key, $0.family) < ($1.key, $1.family) }
    var previous: UInt64?
    for (key, family) in pairs {
      if key != previous {
        if previous != nil { starts.append(families.count) }
        _ = numbers.insert(key, UInt32(starts.count - 1))
        previous = key
      }
      families.append(family)
    }
    starts.append(families.count)
  }

  /// Returns what a thread needs for matching.
  package func makeMemory() -> Memory { Memory(sums: [UInt64](repeating: 0, count: marks.count)) }

  /// Returns the number of the family whose fixed text a prompt has, the most specific one.
  ///
  /// - Parameters:
  ///   - anchors: The distinct anchors of the prompt.
  ///   - memory: What the thread works with.
  /// - Returns: `nil` when it has no family's.
  /// - Complexity: O(*n*) in the anchors, times the families that share one.
  package func family(ofAnchors anchors: [UInt64], _ memory: inout Memory) -> Int? {
    memory.touched.removeAll(keepingCapacity: true)
    for anchor in anchors {
      guard let number = numbers.value(of: anchor) else { continue }
      let weight = ClosureShare.weight(ofKey: anchor)
      for place in starts[Int(number)]..<starts[Int(number) + 1] {
        let family = Int(families[place])
        if memory.sums[family] == 0 { memory.touched.append(family) }
        memory.sums[family] += weight
      }
    }
    var best: Int?
    var bestBits = 0.0
    for family in memory.touched {
      let share = shares[family].share(memory.sums[family])
      memory.sums[family] = 0
      guard share >= MemberAssigner.memberShare else { continue }
      let bits = share * marks[family].bits
      guard bits > bestBits || (bits == bestBits && best.map { family < $0 } ?? true) else {
        continue
      }
      guard share >= 1 || bits >= neededBits || anchors.contains(marks[family].leader) else {
        continue
      }
      best = family
      bestBits = bits
    }
    return best
  }
}

extension FamilyCatalogue {
  /// What finds the family of a prompt that is not in the snapshot.
  package var matcher: FamilyMatcher { FamilyMatcher(marks, neededBits: basis.neededBits) }
}
