// SPDX-License-Identifier: Apache-2.0

import ChorusTestSupport
import Foundation
import Synchronization

/// What a server is asked by many tests at once needs its port alone.
extension Server: @unchecked Sendable {}

/// Servers that many tests ask, and that end with the run of the tests.
enum SharedServers {
  private static let running = Mutex<[Server]>([])

  private static let endsWithRun: Bool = {
    atexit {
      for server in SharedServers.running.withLock({ $0 }) {
        _ = server.end()
        try? FileManager.default.removeItem(atPath: server.program.folder.path)
      }
    } == 0
  }()

  /// Starts a server that ends with the run.
  static func start(_ make: () throws -> Server) -> Result<Server, any Error> {
    Result {
      let server = try make()
      if endsWithRun { running.withLock { $0.append(server) } }
      return server
    }
  }
}
