// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// The folder tree is the architecture: a module imports what stands below it and nothing else.
struct LayerTests {
  /// What each module may import, of ours and of others, from the ground up.
  private static let layers: [String: Set<String>] = [
    // base
    "ChorusCore": ["CXXHash", "ChorusKernels", "Dispatch", "Glibc", "Synchronization"],
    // pure: no input, no clock, no chance
    "ChorusSimulate": ["ChorusCore"],
    "ChorusText": ["ChorusCore", "ChorusKernels", "CICU"],
    "ChorusSketch": ["ChorusCore", "ChorusKernels", "ChorusText"],
    "ChorusScore": ["ChorusCore", "ChorusKernels", "ChorusSketch", "COpenBLAS"],
    // storage
    "ChorusStore": ["ChorusCore", "CLZ4", "Glibc", "Synchronization"],
    // engine
    "ChorusIndex": [
      "ChorusCore", "ChorusKernels", "ChorusText", "ChorusSketch", "ChorusScore", "ChorusStore",
      "Dispatch", "Synchronization",
    ],
    // domain
    "ChorusFamily": [
      "ChorusCore", "ChorusText", "ChorusSketch", "ChorusStore", "ChorusIndex", "Glibc",
    ],
    "ChorusCampaign": ["ChorusCore", "ChorusStore", "ChorusIndex", "ChorusFamily", "Glibc"],
    "ChorusReport": ["ChorusCore", "ChorusFamily", "ChorusCampaign", "Glibc"],
    "ChorusWire": [
      "ChorusCore", "ChorusSketch", "ChorusScore", "ChorusIndex", "ChorusFamily", "ChorusCampaign",
      "Foundation",
    ],
    "ChorusIngest": [
      "ChorusCore", "ChorusSketch", "ChorusStore", "ChorusIndex", "CSimdJSON", "CZlib", "CZstd",
      "CLZ4", "Dispatch", "Glibc", "Synchronization",
    ],
    // edges
    "Chorus": [
      "ChorusCore", "ChorusText", "ChorusSketch", "ChorusScore", "ChorusStore", "ChorusIndex",
      "ChorusFamily", "ChorusCampaign", "ChorusReport", "ChorusIngest",
    ],
    "ChorusPage": [],
    "ChorusServe": [
      "ChorusCore", "ChorusSketch", "ChorusStore", "ChorusIndex", "ChorusFamily", "ChorusCampaign",
      "ChorusIngest", "ChorusWire", "ChorusPage", "CMalloc", "CSodium", "CoreMetrics", "Foundation",
      "Glibc",
      "HTTPTypes", "Hummingbird", "HummingbirdCore", "HummingbirdHTTP2",
      "Logging", "NIOCore", "NIOHTTP1", "NIOHTTPTypes", "NIOHTTPTypesHTTP1", "NIOPosix", "NIOSSL",
      "NIOTLS", "ServiceLifecycle", "Synchronization", "UnixSignals",
    ],
    "ChorusTool": [
      "Chorus", "ChorusServe", "ChorusSimulate", "ChorusWire", "Dispatch", "Logging",
      "ArgumentParser", "Foundation", "Glibc", "Synchronization",
    ],
  ]

  /// The order of the layers, for finding a wrong row in the table above.
  private static let heights: [String: Int] = [
    "ChorusCore": 0, "ChorusSimulate": 1, "ChorusText": 1, "ChorusSketch": 2, "ChorusScore": 3,
    "ChorusStore": 3, "ChorusIndex": 4, "ChorusFamily": 5, "ChorusIngest": 5,
    "ChorusCampaign": 6, "ChorusReport": 7, "ChorusWire": 7, "ChorusPage": 7, "Chorus": 8,
    "ChorusServe": 8,
    "ChorusTool": 9,
  ]

  private static let swiftFiles = SourceFile.all(under: ["Sources"], extensions: ["swift"])

  /// The module that a line imports, if it does.
  private static func imported(_ line: String) -> String? {
    let words = line.split(whereSeparator: { " \t".contains($0) })
    let access: Set<Substring> = ["public", "package", "internal", "fileprivate", "private"]
    let rest = words.drop { access.contains($0) || $0.hasPrefix("@") }
    guard rest.first == "import", let name = rest.dropFirst().last else { return nil }
    return name.split(separator: ".").first.map(String.init)
  }

  @Test func `there are sources to judge`() {
    #expect(Self.swiftFiles.count > 80)
    #expect(SourceFile.sources.count > 120)
  }

  @Test func `modules import only the layers below them`() throws {
    for file in Self.swiftFiles {
      let allowed = try #require(Self.layers[file.module], "\(file.path): unlisted module")
      for line in file.lines {
        guard let name = Self.imported(line.text) else { continue }
        #expect(
          allowed.contains(name),
          "\(file.path):\(line.number): \(file.module) may not import \(name)"
        )
      }
    }
  }

  @Test func `the table of layers has no way up`() throws {
    for (module, allowed) in Self.layers {
      let height = try #require(Self.heights[module])
      for name in allowed {
        guard let other = Self.heights[name] else { continue }
        #expect(other < height, "\(module) stands not above \(name)")
      }
    }
  }

  @Test func `Package.swift has the modules of the table`() throws {
    let package = try String(
      contentsOf: SourceFile.root.appending(path: "Package.swift"),
      encoding: .utf8
    )
    for module in Self.layers.keys.sorted() {
      #expect(package.contains("\"\(module)\""), "\(module) is not in Package.swift")
    }
  }

  @Test func `imports are told apart from other lines`() {
    #expect(Self.imported("@_exported public import ChorusCore") == "ChorusCore")
    #expect(Self.imported("internal import struct Foundation.URL") == "Foundation")
    #expect(Self.imported("import Glibc") == "Glibc")
    #expect(Self.imported("/// Words to import") == nil)
  }
}
