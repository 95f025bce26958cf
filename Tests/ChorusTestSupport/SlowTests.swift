// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Tests that take minutes, or a release build.
public enum SlowTests {
  /// Whether they are to run: `Tools/test --all` asks for them.
  public static let areWanted = ProcessInfo.processInfo.environment["CHORUS_SLOW_TESTS"] != nil
}
