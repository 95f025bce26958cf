// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Chorus
import ChorusServe
import Glibc

/// The program `chorus`: one subcommand a file.
@main
struct ChorusTool: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chorus",
    abstract: "Finds prompts cut from one template and the accounts that send them.",
    discussion: """
      An index is a folder. Fill it with 'chorus index', ask it with 'chorus query', and list the \
      families of prompts that share a template with 'chorus families' and the accounts that act \
      together with 'chorus campaigns'.

      Exit status: 0 done, 1 the run failed, 2 wrong usage, 3 finished with rejects, 4 the index \
      is damaged or of a foreign version.
      """,
    version: Service.version,
    subcommands: [
      IndexCommand.self, QueryCommand.self, FamiliesCommand.self, FamilyCommand.self,
      MembersCommand.self, CampaignsCommand.self, CampaignCommand.self, ReportCommand.self,
      StatsCommand.self,
      VerifyCommand.self, DeleteCommand.self,
      CompactCommand.self, ServeCommand.self, TokenCommand.self, SketchCommand.self,
      SimulateCommand.self,
    ]
  )

  static func main() {
    signal(SIGPIPE, SIG_DFL)
    do {
      try OpenFiles.makeSureOfEnough()
      var command = try parseAsRoot()
      try command.run()
      finish(0)
    } catch let error as ChorusError {
      fail(error)
    } catch let error as ExitStatus {
      finish(error.rawValue)
    } catch {
      let code = exitCode(for: error)
      let message = fullMessage(for: error)
      if code.isSuccess {
        if !message.isEmpty { Terminal.output.line(message) }
        finish(0)
      }
      Terminal.error.line(message)
      finish(code == .validationFailure ? ExitStatus.usage.rawValue : ExitStatus.failed.rawValue)
    }
  }

  private static func fail(_ error: ChorusError) -> Never {
    Terminal.error.line("chorus: \(error.message)")
    let status: ExitStatus =
      switch error.code {
      case .corrupted, .tooNew, .tooOld, .planMismatch, .foreign: .damaged
      case .invalidInput: .usage
      default: .failed
      }
    finish(status.rawValue)
  }

  private static func finish(_ status: Int32) -> Never {
    Terminal.output.flush()
    Terminal.error.flush()
    Glibc.exit(status)
  }
}

/// The exit status of the program; part of its interface.
enum ExitStatus: Int32, Error {
  case failed = 1
  case usage = 2
  case finishedWithRejects = 3
  case damaged = 4
}
