// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
package import ChorusFamily

/// A family with its history as JSON: the keys of a family and three more.
package struct FamilyHistoryObject: Encodable, Sendable {
  package var family: FamilyObject
  package var history: FamilyHistory

  /// Creates the object of a family and its history.
  package init(family: FamilyObject, history: FamilyHistory) {
    self.family = family
    self.history = history
  }

  private struct DayObject: Encodable {
    var day: String
    var prompts: Int
    var accounts: Int
    var joining: Int
    var leaving: Int
  }

  private struct AccountQuantiles: Encodable {
    var median: Int
    var ninetieth: Int
    var most: Int
  }

  private enum CodingKeys: String, CodingKey {
    case growth, timeline
    case perAccount = "per_account"
  }

  /// Writes the keys of the family and those of the history into one object.
  package func encode(to encoder: any Encoder) throws {
    try family.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(history.growth, forKey: .growth)
    try container.encode(
      AccountQuantiles(
        median: history.promptCount(atQuantile: 0.5),
        ninetieth: history.promptCount(atQuantile: 0.9),
        most: history.promptCount(atQuantile: 1)
      ),
      forKey: .perAccount
    )
    try container.encode(
      history.days.map { day in
        DayObject(
          day: String(day.start.description.prefix(10)),
          prompts: day.promptCount,
          accounts: day.accountCount,
          joining: day.joiningCount,
          leaving: day.leavingCount
        )
      },
      forKey: .timeline
    )
  }
}
