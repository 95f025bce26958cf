// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore

/// What became of the families of an earlier catalogue.
///
/// A family is known again by where the texts of a few of its members are now, not by its name and
/// not by its fixed text, both of which may change when it grows. That also holds after compaction,
/// which numbers rows anew.
package struct Lineage {
  /// The part of a family's known members that another must have to count as an heir.
  private static let leastShare = 0.25

  /// For each earlier family, the families that have a good part of its members, most first.
  package private(set) var heirs: [[Int]]

  /// Looks for the members of earlier families.
  ///
  /// - Parameters:
  ///   - samples: Hashes of the texts of a few members of each earlier family.
  ///   - familyOfRow: The family of each row now; -1 for none.
  ///   - rowHashes: The hash of each row's text.
  /// - Complexity: O(*n*) in the rows.
  package init(_ samples: [[UInt32]], _ familyOfRow: [Int32], rowHashes: [UInt32]) {
    var numbers = HashTable64()
    var owners: [[Int]] = []
    for (family, sample) in samples.enumerated() {
      for hash in sample {
        if let known = numbers.insert(UInt64(hash), UInt32(owners.count)) {
          owners[Int(known)].append(family)
        } else {
          owners.append([family])
        }
      }
    }
    var found = [Int](repeating: 0, count: samples.count)
    var votes = [[Int: Int]](repeating: [:], count: samples.count)
    for (hash, family) in zip(rowHashes, familyOfRow) {
      guard let place = numbers.value(of: UInt64(hash)) else { continue }
      for owner in owners[Int(place)] {
        found[owner] += 1
        if family >= 0 { votes[owner][Int(family), default: 0] += 1 }
      }
    }
    heirs = samples.indices.map { owner in
      votes[owner].filter { Double($0.value) >= Self.leastShare * Double(found[owner]) }
        .sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
    }
  }
}

extension FamilyCatalogue {
  /// Gives families the names that they had in an earlier catalogue, and notes which went into
  /// which and which were parted.
  ///
  /// A family takes the name of the largest one that went into it. Names are never used twice.
  mutating func inherit(from earlier: [CatalogueFile.Known], rowHashes: [UInt32]) {
    let lineage = Lineage(earlier.map(\.mark.sample), familyOfRow, rowHashes: rowHashes)
    var ancestors = [[Int]](repeating: [], count: families.count)
    for (old, heirs) in lineage.heirs.enumerated() {
      if let first = heirs.first { ancestors[first].append(old) }
    }
    var taken = Set(earlier.flatMap { [$0.name] + $0.formerNames })
    var names: [String] = []
    for (number, family) in families.enumerated() {
      let largest = ancestors[number].max { lhs, rhs in
        let left = earlier[lhs].promptCount
        let right = earlier[rhs].promptCount
        return left == right ? lhs > rhs : left < right
      }
      if let largest {
        names.append(earlier[largest].name)
      } else {
        names.append(FamilyName.free(family.name, &taken))
      }
    }
    let renamed = Dictionary(
      zip(families.map(\.name), names).map { ($0, $1) },
      uniquingKeysWith: { first, _ in first }
    )
    for number in families.indices {
      families[number].parent = families[number].parent.flatMap { renamed[$0] }
      families[number].name = names[number]
      for old in ancestors[number].sorted() {
        let ancestor = earlier[old]
        let more = ancestor.formerNames + (ancestor.name == names[number] ? [] : [ancestor.name])
        families[number].formerNames += more.filter {
          !families[number].formerNames.contains($0)
        }
        if ancestor.name == names[number] { families[number].splitFrom = ancestor.splitFrom }
      }
    }
    for (old, heirs) in lineage.heirs.enumerated() {
      for heir in heirs.dropFirst() where ancestors[heir].isEmpty {
        families[heir].splitFrom = earlier[old].name
      }
    }
  }
}

/// How names of families are spelled.
enum FamilyName {
  /// Returns a name, or another one made from it when it is taken, and notes it as taken.
  static func free(_ name: String, _ taken: inout Set<String>) -> String {
    var free = name
    var salt: UInt64 = 0
    while !taken.insert(free).inserted {
      salt += 1
      free = spelled(Hashing.mix(Hashing.hash64(Array(name.utf8)) &+ salt))
    }
    return free
  }

  /// The upper forty bits of a hash as eight letters and digits, without those that are mistaken
  /// for one another.
  static func spelled(_ hash: UInt64) -> String {
    let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz")
    let bits = hash >> 24
    var name = "f-"
    for place in (0..<8).reversed() { name.append(alphabet[Int(bits >> (5 * UInt64(place)) & 31)]) }
    return name
  }
}
