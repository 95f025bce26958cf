// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Chorus

struct DeleteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete",
    abstract: "Deletes prompts by account, id or time.",
    discussion: """
      Deletes what any of the options says. What is deleted is in no answer from now on. It leaves \
      the disk with 'chorus compact'; 'chorus verify --deleted' then shows that nothing is left of \
      it. Prompts that are added later are not meant.
      """
  )

  @OptionGroup var options: IndexOptions

  @Option(name: .customLong("account"), help: "Delete all prompts of an account; repeatable.")
  var accounts: [String] = []

  @Option(name: .customLong("id"), help: "Delete the prompt with an id; repeatable.")
  var ids: [String] = []

  @Option(help: "Delete all prompts sent before a time.")
  var before: String?

  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard !accounts.isEmpty || !ids.isEmpty || before != nil else {
      throw ValidationError("Say what to delete: --account, --id or --before.")
    }
  }

  private struct Result: Encodable {
    var deleted: Int
  }

  func run() throws {
    var targets: [DeletionTarget] = accounts.map { .account($0) } + ids.map { .id($0) }
    if let before {
      targets.append(.before(try TimeArgument.parse(before, for: "--before")))
    }
    var options = IndexWriter.Options()
    options.compaction = nil
    let count = try self.options.writer(options: options).delete(targets)
    if output.json {
      try JSONLines().write(Result(deleted: count))
    } else if !output.quiet {
      Terminal.output.line(
        "Deleted \(Format.count(count)) prompts. 'chorus compact' erases them from the disk."
      )
    }
  }
}
