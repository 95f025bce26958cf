// SPDX-License-Identifier: Apache-2.0

import ChorusTestSupport
import Foundation

/// A run of a program that is not ours.
struct OtherProgram {
  /// How it ended.
  var status: Int32
  /// What it wrote to standard output.
  var output: [UInt8]
  /// What it wrote to standard error.
  var errors: String

  /// Its output as text.
  var text: String { String(decoding: output, as: UTF8.self) }

  /// Runs a program of the path to its end.
  static func run(_ arguments: String..., input: [UInt8]? = nil) throws -> OtherProgram {
    try run(all: arguments, input: input)
  }

  /// Runs a program of the path to its end.
  static func run(all arguments: [String], input: [UInt8]? = nil) throws -> OtherProgram {
    let folder = try TemporaryFolder()
    func file(_ name: String) throws -> FileHandle {
      try FileHandle(forWritingTo: URL(filePath: folder.write(name, "")))
    }
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = arguments
    process.standardInput =
      try input.map { bytes in
        try FileHandle(forReadingFrom: URL(filePath: folder.write("in", bytes)))
      } ?? FileHandle.nullDevice
    process.standardOutput = try file("out")
    process.standardError = try file("err")
    try process.run()
    process.waitUntilExit()
    return OtherProgram(
      status: process.terminationStatus,
      output: try folder.read("out"),
      errors: String(decoding: try folder.read("err"), as: UTF8.self)
    )
  }

  /// Whether all of some programs are in the path.
  static func areThere(_ names: String...) -> Bool {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return names.allSatisfy { name in
      path.split(separator: ":").contains { folder in
        FileManager.default.isExecutableFile(atPath: "\(folder)/\(name)")
      }
    }
  }
}
