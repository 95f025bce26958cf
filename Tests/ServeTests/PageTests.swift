// SPDX-License-Identifier: Apache-2.0

import ChorusTestSupport
import Foundation
import Testing

/// The page for analysts, in a real browser.
///
/// One browser at a time: two of them are slow on a small machine, and the script waits for a page
/// only so long.
@Suite(.serialized, .enabled(if: OtherProgram.areThere("chromium", "chromedriver", "python3")))
struct PageTests {
  /// Runs the script that drives the page, which ends with 1 at the first thing that is wrong.
  private static func drive(_ server: Server, _ arguments: String...) throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let script = folder.appending(path: "Page/drive.py").path
    let address = "http://127.0.0.1:\(server.port)"
    let run = try OtherProgram.run(all: ["python3", script, address] + arguments)
    #expect(run.status == 0, "\(run.text)\n\(run.errors)")
    #expect(run.text.contains("ok "))
  }

  @Test func `the page shows what the service has`() throws {
    let server = try Traffic.server()
    let before = try server.get("/v1/campaigns?all=true").text
    try Self.drive(server)
    // A verdict that was given on the way is taken back.
    #expect(try server.get("/v1/campaigns?all=true").text == before)
    #expect(server.end().status == 0)
  }

  @Test func `the page asks for a token where one is needed`() throws {
    let program = try Traffic.program()
    let token = try program.token("analyst", ["read", "write"])
    let admin = try program.token("admin", ["admin"])
    let server = try Server(program, "--token-file", program.writeTokens(token, admin))
    try server.mine(headers: admin.header)
    try Self.drive(server, "--token", token.secret)
    #expect(server.end().status == 0)
  }
}
