// SPDX-License-Identifier: Apache-2.0

package import ChorusCore
internal import Glibc

/// How unevenly prompts are spread over the hours of the day: a sum of directions on a clock face
/// of one day (Mardia and Jupp, *Directional Statistics*, 2000).
package struct DailyRhythm: Sendable {
  private var cosines = 0.0
  private var sines = 0.0
  /// The prompts.
  package private(set) var count = 0

  /// Creates the rhythm of no prompts.
  package init() {}

  /// Adds a prompt.
  package mutating func add(_ time: Timestamp) {
    let angle = Self.angle(time)
    cosines += cos(angle)
    sines += sin(angle)
    count += 1
  }

  private static func angle(_ time: Timestamp) -> Double {
    let day = 86_400_000.0
    return 2 * Double.pi * Double(time.milliseconds).truncatingRemainder(dividingBy: day) / day
  }

  /// The part of a prompt's direction that points where all together point, in `-1...1`.
  package func alignment(_ time: Timestamp) -> Double {
    let length = (cosines * cosines + sines * sines).squareRoot()
    guard length > 0 else { return 0 }
    let angle = Self.angle(time)
    return (cos(angle) * cosines + sin(angle) * sines) / length
  }

  /// The mean resultant length: 0 when all hours are alike, 1 when all prompts come at one time.
  package var concentration: Double {
    count == 0 ? 0 : (cosines * cosines + sines * sines).squareRoot() / Double(count)
  }
}
