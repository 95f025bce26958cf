// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Chorus
import ChorusServe

struct TokenCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "token",
    abstract: "Makes a token for clients of 'serve'.",
    discussion: """
      The token goes to the client, on standard error here; it is nowhere else and cannot be shown \
      again. The line for the token file, which has only its SHA-256, goes to standard output:

        chorus token --name gateway --role write >> tokens

      'read' lets ask and see, 'write' lets add prompts, both together let give verdicts, 'admin' \
      lets do everything, deleting included.
      """
  )

  enum Role: String, ExpressibleByArgument, CaseIterable {
    case read
    case write
    case admin
  }

  @Option(help: "Whose token it is, in one word; it is in the log of each request.")
  var name: String

  @Option(name: .customLong("role"), help: "read, write or admin; repeatable.")
  var roles: [Role]

  func run() throws {
    var all: Roles = []
    for role in roles { all.formUnion(Roles(name: role.rawValue) ?? []) }
    let made = try TokenBook.make(name: name, roles: all)
    Terminal.error.line(made.secret)
    Terminal.output.line(made.line)
  }
}
