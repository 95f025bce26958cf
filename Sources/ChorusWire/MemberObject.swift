// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
package import ChorusFamily

/// A prompt of a family as JSON.
package struct MemberObject: Encodable, Sendable {
  package var family: String
  package var id: String
  package var account: String
  package var time: String
  /// Where the fixed text stands in the text, in bytes of UTF-8.
  package var spans: [[Int]]?
  package var text: String?

  /// Creates the object of a member.
  package init(_ member: FamilyCatalogue.Member, family: String) {
    self.family = family
    id = member.id
    account = member.account
    time = member.time.description
  }

  /// Creates the object of a prompt that was seen to be of a known family.
  package init(_ sighting: FamilyWatch.Sighting) {
    family = sighting.family
    id = sighting.id
    account = sighting.account
    time = sighting.time.description
  }
}
