// SPDX-License-Identifier: Apache-2.0

import ChorusTestSupport
import Testing

/// How the service starts and stops.
struct StartTests {
  @Test func `the service is ready when it listens, and stops when it is told`() throws {
    let server = try Server(Program())
    #expect(try server.get("/readyz").status == 200)
    #expect(server.end().status == 0)
  }
}
