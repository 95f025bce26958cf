// SPDX-License-Identifier: Apache-2.0

internal import CoreMetrics
internal import Synchronization

/// Counters, gauges and histograms of one service, written as Prometheus reads them.
///
/// A factory for swift-metrics: what is made with equal labels and dimensions is one series. The
/// text is that of the exposition format 0.0.4.
final class Registry: MetricsFactory {
  /// Bounds of the buckets of durations, in seconds: from a tenth of a millisecond, which a query
  /// takes, to minutes, which a pass takes.
  static let bounds = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
    10, 30, 60, 120, 300,
  ]

  fileprivate struct Key: Hashable, Comparable {
    var label: String
    var dimensions: String

    static func < (lhs: Key, rhs: Key) -> Bool {
      (lhs.label, lhs.dimensions) < (rhs.label, rhs.dimensions)
    }
  }

  fileprivate enum Series {
    case counter(CounterSeries)
    case gauge(GaugeSeries)
    case histogram(HistogramSeries)

    var kind: String {
      switch self {
      case .counter: "counter"
      case .gauge: "gauge"
      case .histogram: "histogram"
      }
    }
  }

  private let series = Mutex<[Key: Series]>([:])
  private let helps: [String: String]

  /// Creates a registry.
  ///
  /// - Parameter helps: A sentence about each metric, by its label.
  init(helps: [String: String] = [:]) { self.helps = helps }

  func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    let made = find(label, dimensions) { .counter(CounterSeries()) }
    guard case .counter(let counter) = made else { preconditionFailure("\(label) is no counter") }
    return counter
  }

  func makeRecorder(
    label: String,
    dimensions: [(String, String)],
    aggregate: Bool
  ) -> any RecorderHandler {
    if aggregate {
      let made = find(label, dimensions) { .histogram(HistogramSeries()) }
      guard case .histogram(let histogram) = made else {
        preconditionFailure("\(label) is no histogram")
      }
      return histogram
    }
    let made = find(label, dimensions) { .gauge(GaugeSeries()) }
    guard case .gauge(let gauge) = made else { preconditionFailure("\(label) is no gauge") }
    return gauge
  }

  func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    let made = find(label, dimensions) { .histogram(HistogramSeries()) }
    guard case .histogram(let histogram) = made else {
      preconditionFailure("\(label) is no histogram")
    }
    return histogram
  }

  func destroyCounter(_ handler: any CounterHandler) {}
  func destroyRecorder(_ handler: any RecorderHandler) {}
  func destroyTimer(_ handler: any TimerHandler) {}

  private func find(
    _ label: String,
    _ dimensions: [(String, String)],
    _ make: () -> Series
  ) -> Series {
    let key = Key(label: label, dimensions: Self.text(of: dimensions))
    return series.withLock { series in
      if let known = series[key] { return known }
      let made = make()
      series[key] = made
      return made
    }
  }

  private static func text(of dimensions: [(String, String)]) -> String {
    dimensions.map { "\($0.0)=\"\(escaped($0.1))\"" }.joined(separator: ",")
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  }

  /// All series as text.
  var text: String {
    var lines = ""
    var last = ""
    for (key, series) in series.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
      if key.label != last {
        if let help = helps[key.label] { lines += "# HELP \(key.label) \(help)\n" }
        // What the system counts comes as a number that is read, and counts all the same.
        let kind = key.label.hasSuffix("_total") ? "counter" : series.kind
        lines += "# TYPE \(key.label) \(kind)\n"
        last = key.label
      }
      switch series {
      case .counter(let counter): lines += Self.line(key, counter.value)
      case .gauge(let gauge): lines += Self.line(key, gauge.value)
      case .histogram(let histogram): histogram.write(key, to: &lines)
      }
    }
    return lines
  }

  fileprivate static func line(
    _ key: Key,
    suffix: String = "",
    extra: String = "",
    _ value: Double
  ) -> String {
    let all = [key.dimensions, extra].filter { !$0.isEmpty }.joined(separator: ",")
    return "\(key.label)\(suffix)\(all.isEmpty ? "" : "{\(all)}") \(number(value))\n"
  }

  fileprivate static func number(_ value: Double) -> String {
    guard value == value.rounded(), abs(value) < 1e15 else { return "\(value)" }
    return String(Int64(value))
  }
}

private final class CounterSeries: CounterHandler {
  private let count = Atomic<Int64>(0)

  var value: Double { Double(count.load(ordering: .relaxed)) }

  func increment(by amount: Int64) { count.wrappingAdd(amount, ordering: .relaxed) }

  func reset() { count.store(0, ordering: .relaxed) }
}

private final class GaugeSeries: RecorderHandler {
  private let last = Mutex(0.0)

  var value: Double { last.withLock { $0 } }

  func record(_ value: Int64) { record(Double(value)) }

  func record(_ value: Double) { last.withLock { $0 = value } }
}

private final class HistogramSeries: TimerHandler, RecorderHandler {
  private struct State {
    var counts = [Int](repeating: 0, count: Registry.bounds.count + 1)
    var sum = 0.0
  }

  private let state = Mutex(State())

  func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

  func record(_ value: Int64) { record(Double(value)) }

  func record(_ value: Double) {
    let place = Registry.bounds.firstIndex { value <= $0 } ?? Registry.bounds.count
    state.withLock { state in
      state.counts[place] += 1
      state.sum += value
    }
  }

  func write(_ key: Registry.Key, to lines: inout String) {
    let state = state.withLock { $0 }
    var count = 0
    for (place, bound) in Registry.bounds.enumerated() {
      count += state.counts[place]
      lines += Registry.line(
        key,
        suffix: "_bucket",
        extra: "le=\"\(Registry.number(bound))\"",
        Double(count)
      )
    }
    count += state.counts[Registry.bounds.count]
    lines += Registry.line(key, suffix: "_bucket", extra: "le=\"+Inf\"", Double(count))
    lines += Registry.line(key, suffix: "_sum", state.sum)
    lines += Registry.line(key, suffix: "_count", Double(count))
  }
}
