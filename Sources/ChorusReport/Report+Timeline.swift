// SPDX-License-Identifier: Apache-2.0

public import ChorusCore

extension Report {
  /// Numbers of prompts, day after day in UTC.
  ///
  /// A long time is counted in bars of several days, so that there are never more than 400.
  public struct Timeline: Hashable, Sendable {
    /// The most bars: more are thinner than a line.
    static let barLimit = 400
    private static let dayLength: Int64 = 86_400_000

    /// The beginning of the first day.
    public let start: Timestamp
    /// The days of one bar.
    public let daysPerBar: Int
    /// The prompts of each bar.
    public private(set) var counts: [Int]

    /// Creates a timeline without prompts.
    ///
    /// - Parameters:
    ///   - first: A moment of the first day.
    ///   - last: A moment of the last day; one before `first` counts as `first`.
    public init(from first: Timestamp, through last: Timestamp) {
      let firstDay = Self.day(first)
      let dayCount = Int(max(Self.day(last), firstDay) - firstDay) + 1
      start = Timestamp(milliseconds: firstDay * Self.dayLength)
      daysPerBar = (dayCount + Self.barLimit - 1) / Self.barLimit
      counts = [Int](repeating: 0, count: (dayCount + daysPerBar - 1) / daysPerBar)
    }

    /// Counts one prompt; one that was sent outside of the timeline is left out.
    public mutating func add(_ time: Timestamp) {
      let bar = Int(Self.day(time) - Self.day(start)) / daysPerBar
      guard time >= start, bar < counts.count else { return }
      counts[bar] += 1
    }

    /// The beginning of a bar.
    func start(ofBar bar: Int) -> Timestamp {
      Timestamp(milliseconds: start.milliseconds + Int64(bar * daysPerBar) * Self.dayLength)
    }

    private static func day(_ time: Timestamp) -> Int64 {
      let day = time.milliseconds / dayLength
      return time.milliseconds % dayLength < 0 ? day - 1 : day
    }
  }
}
