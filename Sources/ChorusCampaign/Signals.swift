// SPDX-License-Identifier: Apache-2.0

package import ChorusCore
package import ChorusFamily
internal import Glibc

/// How evenly accounts share a load: a balancer's counts are Poisson, people's are heavy-tailed.
package enum LoadEvenness {
  /// The bits by which counts are likelier from a balancer than from people.
  ///
  /// Measured once with all accounts and once without those of one prompt, which may be strays, the
  /// laws cut off accordingly; the better one counts, for a bit. Which accounts are looked at must
  /// not depend on what they sent otherwise. Balancer: a Poisson law, cut off, of the mean that
  /// fits best. People: the geometric law, cut off, of the mean that fits best, which is the least
  /// assuming one. A likelihood ratio is at least 2^*b* under the law below with a probability of
  /// at most 2^-*b* (Ville, 1939); half a logarithm of the number of accounts is taken off for the
  /// mean that was fitted above (Schwarz, 1978).
  package static func bits(_ counts: [Int]) -> Double {
    max(0, max(bits(counts, from: 1), bits(counts, from: 2)) - 1)
  }

  private static func bits(_ all: [Int], from least: Int) -> Double {
    let counts = all.filter { $0 >= least }
    let number = Double(counts.count)
    let sum = Double(counts.reduce(0, +))
    // Above the least count, a geometric law is one from 1 on.
    let mean = sum / max(number, 1) - Double(least - 1)
    guard counts.count >= 2, mean > 1 else { return 0 }
    let rate = rate(of: mean + Double(least - 1), from: least)
    let logTail = log(tail(rate, from: least))
    var balancer = 0.0
    for count in counts {
      balancer += Double(count) * log(rate) - rate - lgamma(Double(count) + 1) - logTail
    }
    let people = number * ((mean - 1) * log(1 - 1 / mean) - log(mean))
    return (balancer - people) / M_LN2 - log2(number) / 2
  }

  /// The chance that a Poisson variable is at least 0, 1 or 2.
  private static func tail(_ rate: Double, from least: Int) -> Double {
    if least == 0 { return 1 }
    if least == 1 { return -expm1(-rate) }
    // The difference of near numbers is lost where the rate is small; the series is exact there.
    return rate < 1e-3 ? rate * rate * (0.5 - rate / 3) : -expm1(-rate) - rate * exp(-rate)
  }

  /// The rate of a Poisson variable that has a mean when what is below `least` is left out.
  private static func rate(of mean: Double, from least: Int) -> Double {
    var low = 0.0
    var high = mean
    for _ in 0..<60 {
      let rate = (low + high) / 2
      let found = rate * tail(rate, from: least - 1) / tail(rate, from: least)
      if found < mean { low = rate } else { high = rate }
    }
    return max(high, 1e-9)
  }

  /// The variance of counts over their mean: 1 for a balancer.
  static func dispersion(_ counts: [Int]) -> Double {
    let mean = Double(counts.reduce(0, +)) / Double(max(counts.count, 1))
    guard counts.count >= 2, mean > 0 else { return 0 }
    let squares = counts.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    return squares / Double(counts.count - 1) / mean
  }
}

/// Whether accounts send by day and by night alike where others have a rhythm.
package enum ClockFlatness {
  /// The bits of surprise in a group's prompts being so little concentrated on some hours.
  ///
  /// Null model: the group has the concentration of the traffic in no family, at hours of its own.
  /// The variance of a mean resultant length is taken from the accounts' own sums, since the
  /// prompts of one account come together (Liang and Zeger, 1986), and is never below 1 / 2*n*,
  /// that of independent prompts at all hours alike. The deviation is Student's, with one degree of
  /// freedom less than there are accounts.
  ///
  /// - Parameters:
  ///   - accounts: For each account, the times of its prompts.
  ///   - others: The rhythm of the traffic in no family.
  /// - Returns: The bits; 0 where there is nothing to compare.
  package static func bits(_ accounts: [[Timestamp]], among others: DailyRhythm) -> Double {
    var rhythm = DailyRhythm()
    for times in accounts { for time in times { rhythm.add(time) } }
    guard accounts.count >= 3, others.count >= 100 else { return 0 }
    let number = Double(rhythm.count)
    let mean = rhythm.concentration
    var squares = 0.0
    for times in accounts {
      let sum = times.reduce(0.0) { $0 + rhythm.alignment($1) - mean }
      squares += sum * sum
    }
    let size = Double(accounts.count)
    let variance = max(squares / (number * number) * size / (size - 1), 0.5 / number)
    let deviation = (variance + 0.5 / Double(others.count)).squareRoot()
    let score = (others.concentration - mean) / deviation
    return score > 0 ? studentTailBits(score, freedom: size - 1) : 0
  }

  /// The bits of a Student variable being at least `score`, at the least: its tail is at most half
  /// of (1 + *t*^2 / *f*)^(-*f* / 2).
  package static func studentTailBits(_ score: Double, freedom: Double) -> Double {
    1 + freedom / 2 * log2(1 + score * score / freedom)
  }
}
