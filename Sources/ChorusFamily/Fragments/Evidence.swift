// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// How much evidence makes a fragment a family.
struct Evidence: Sendable {
  /// What a finding needs however few were looked at: once in a thousand by chance.
  static let leastBits = 10.0

  /// The bits that make a finding unlikely among all the fragments looked at: one finding by chance
  /// is expected at log2 of their number.
  let neededBits: Double
  /// The bits of one place in all the text read: what any one text costs to be found.
  let placeBits: Double

  init(fragmentCount: Int, tokenCount: Int) {
    neededBits = max(Self.leastBits, log2(Double(max(fragmentCount, 1))))
    placeBits = log2(Double(max(tokenCount, 2)))
  }

  /// How many times likelier set phrases and quotations are, in bits, than their pairs of words
  /// say: English has 1 to 1.5 bits a letter in all its context (Shannon, 1951; Cover and King,
  /// 1978), and 3 to 4 under counts of pairs of words.
  private(set) var phraseFactor = 3.0

  /// The same for text that people did not write: it counts in full.
  var countingTextInFull: Evidence {
    var evidence = self
    evidence.phraseFactor = 1
    return evidence
  }

  /// Whether a fragment is more than chance.
  ///
  /// Either a crowd that chance does not explain sends text that it hardly does, or the text alone,
  /// discounted for being a phrase that people know, is evidence enough.
  func isEnough(bits: Double, rowCount: Int, returning: Double) -> Bool {
    if textBits(bits: bits, rowCount: rowCount) >= 2 * neededBits { return true }
    let lift = lift(bits: bits, rowCount: rowCount)
    return returning >= neededBits && lift >= neededBits / 2 && returning + lift >= 2 * neededBits
  }

  /// What text alone says, discounted for being a phrase that people know.
  func textBits(bits: Double, rowCount: Int) -> Double {
    lift(bits: bits / phraseFactor, rowCount: rowCount)
  }

  /// Whether text is surprising enough to tell the parts of a family apart, once a crowd vouches
  /// for the whole.
  func isPart(lift: Double) -> Bool { lift >= 2 * neededBits }

  /// The surprise of text of so many bits coming so often.
  func lift(bits: Double, rowCount: Int) -> Double {
    bits + log2(Double(max(rowCount, 1))) - placeBits
  }
}
