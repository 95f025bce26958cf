// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Chorus
import ChorusWire

struct MembersCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "members",
    abstract: "Prints which prompt belongs to which family: its most specific one."
  )

  @OptionGroup var options: IndexOptions

  @Option(help: "Only this family.")
  var family: String?

  @OptionGroup var mining: FamilyOptions

  @OptionGroup var output: OutputOptions

  func run() throws {
    let catalogue = try mining.catalogue(of: options)
    let wanted = try family.map { try catalogue.number(ofFamily: $0) }
    let lines = JSONLines()
    try catalogue.forEachMember(of: wanted) { member in
      let name = catalogue.families[member.family].name
      if output.json {
        try lines.write(MemberObject(member, family: name))
      } else {
        Terminal.output.line(
          Format.safe("\(name)  \(member.time)  \(member.account)  \(member.id)")
        )
      }
    }
  }
}
