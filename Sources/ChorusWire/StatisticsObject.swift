// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
package import ChorusIndex

/// The counts and sizes of an index as JSON.
package struct StatisticsObject: Encodable, Sendable {
  package var prompts: Int
  package var distinct: Int
  package var accounts: Int
  package var segments: Int
  package var deleted: Int
  package var textBytes: UInt64
  package var bytes: [String: UInt64]
  package var bytesPerPrompt: Double
  package var parameters: [String: UInt64]
  package var formatVersion: Int
  package var firstSeen: String?
  package var lastSeen: String?

  enum CodingKeys: String, CodingKey {
    case prompts, distinct, accounts, segments, deleted, bytes, parameters
    case textBytes = "text_bytes"
    case bytesPerPrompt = "bytes_per_prompt"
    case formatVersion = "format_version"
    case firstSeen = "first_seen"
    case lastSeen = "last_seen"
  }

  /// Creates the object of an index's statistics.
  package init(_ statistics: IndexStatistics) {
    prompts = statistics.prompts
    distinct = statistics.distinct
    accounts = statistics.accounts
    segments = statistics.segments
    deleted = statistics.deleted
    textBytes = statistics.textByteCount
    bytes = ["total": statistics.totalByteCount]
    for part in statistics.parts { bytes[part.name] = part.byteCount }
    bytesPerPrompt = Double(statistics.totalByteCount) / Double(max(statistics.prompts, 1))
    parameters = Self.parameters(of: statistics)
    formatVersion = statistics.formatVersion
    firstSeen = statistics.times?.lowerBound.description
    lastSeen = statistics.times?.upperBound.description
  }

  /// The parameters of an index by their names.
  package static func parameters(of statistics: IndexStatistics) -> [String: UInt64] {
    Dictionary(
      statistics.parameters.map { ($0.name, $0.value) },
      uniquingKeysWith: { first, _ in first }
    )
  }
}
