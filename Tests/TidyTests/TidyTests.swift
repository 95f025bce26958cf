// SPDX-License-Identifier: Apache-2.0

import Testing

struct TidyTests {
  /// The files that are faces onto C or onto memory, and alone may say `unsafe`.
  private static let unsafeFiles: Set<String> = [
    "Sources/ChorusCore/AtomicBits.swift",
    "Sources/ChorusCore/Hashing.swift",
    "Sources/ChorusCore/LargeArray.swift",
    "Sources/ChorusIndex/Kernels.swift",
    "Sources/ChorusIndex/Live/LiveIndex.swift",
    "Sources/ChorusIndex/Live/QueueExecutor.swift",
    "Sources/ChorusIngest/Decompressor.swift",
    "Sources/ChorusIngest/DecompressorGzip.swift",
    "Sources/ChorusIngest/DecompressorInput.swift",
    "Sources/ChorusIngest/DecompressorLZ4.swift",
    "Sources/ChorusIngest/DecompressorZstd.swift",
    "Sources/ChorusIngest/Gzip.swift",
    "Sources/ChorusIngest/SimdJSON.swift",
    "Sources/ChorusScore/BLAS.swift",
    "Sources/ChorusScore/Kernels.swift",
    "Sources/ChorusServe/Security/Digest.swift",
    "Sources/ChorusSketch/Kernels.swift",
    "Sources/ChorusStore/DiskStorage.swift",
    "Sources/ChorusStore/FileBytes.swift",
    "Sources/ChorusStore/LZ4.swift",
    "Sources/ChorusStore/SystemFailure.swift",
    "Sources/ChorusText/TextKernels.swift",
    "Sources/ChorusTool/Output/LineFile.swift",
    "Sources/ChorusTool/Output/OpenFiles.swift",
    "Sources/ChorusTool/Output/Terminal.swift",
  ]

  private static let licence = "// SPDX-License-Identifier: Apache-2.0"

  /// Checks every line of some files and names those that break a rule.
  private static func expect(
    _ files: [SourceFile],
    _ rule: String,
    _ isGood: (String) -> Bool
  ) {
    for file in files {
      for line in file.lines where !isGood(line.text) {
        Issue.record("\(file.path):\(line.number): \(rule)")
      }
    }
  }

  /// Whether a word stands in a line, not as a part of another word.
  private static func has(_ word: String, in line: String) -> Bool {
    line.split { !($0.isLetter || $0.isNumber || $0 == "_") }.contains { $0 == word }
  }

  @Test func `unsafe code stands in the named faces and nowhere else`() {
    for file in SourceFile.all(under: ["Sources"], extensions: ["swift"]) {
      guard !Self.unsafeFiles.contains(file.path) else { continue }
      for line in file.code where Self.has("unsafe", in: line.text) {
        Issue.record("\(file.path):\(line.number): this file is not a face onto C or memory")
      }
    }
  }

  @Test func `every named face is there and needs its name`() {
    let files = SourceFile.all(under: ["Sources"], extensions: ["swift"])
    let found = files.filter { file in file.code.contains { Self.has("unsafe", in: $0.text) } }
    #expect(Self.unsafeFiles.subtracting(found.map(\.path)).isEmpty)
  }

  @Test func `every source file starts with its licence`() {
    for file in SourceFile.sources {
      #expect(file.lines.first?.text == Self.licence, "\(file.path)")
    }
  }

  @Test func `no line is longer than 100 columns`() {
    Self.expect(SourceFile.sources, "longer than 100 columns") { $0.unicodeScalars.count <= 100 }
  }

  @Test func `no line has a tab or trailing space`() {
    Self.expect(SourceFile.sources, "tab or trailing space") { line in
      !line.contains("\t") && !line.hasSuffix(" ") && !line.hasSuffix("\r")
    }
  }

  @Test func `sources are ASCII`() {
    Self.expect(SourceFile.sources, "not ASCII") { line in line.utf8.allSatisfy { $0 < 0x80 } }
  }

  @Test func `every file ends with one line break`() {
    for file in SourceFile.sources {
      #expect(file.bytes.last == 0x0A, "\(file.path)")
      #expect(!file.bytes.suffix(2).elementsEqual([0x0A, 0x0A]), "\(file.path)")
    }
  }

  @Test func `no file has a name that says nothing`() {
    let empty = ["utils", "util", "helpers", "helper", "misc", "common"]
    for file in SourceFile.sources {
      let name = file.name.split(separator: ".").first?.lowercased() ?? ""
      #expect(!empty.contains(name), "\(file.path)")
      #expect(!file.name.contains(" "), "\(file.path)")
    }
  }

  @Test func `no path of one machine is written down`() {
    // Put together, so that this file does not break its own rule.
    let folders = ["home", "root", "work", "opt"].map { "/" + $0 + "/" }
    for file in SourceFile.all(under: ["Sources", "Tests", "Tools"]) {
      for line in file.lines {
        for folder in folders {
          let rest = line.text.components(after: folder)
          #expect(
            !rest.contains { $0.first?.isLetter ?? false },
            "\(file.path):\(line.number): a path of one machine"
          )
        }
      }
    }
  }

  @Test func `no test asks a clock, sleeps or draws without a seed`() {
    let banned =
      ["Thread", "Task"].map { $0 + ".sleep" } + [
        "u" + "sleep(", "Continuous" + "Clock", "Suspending" + "Clock", "Date" + "()",
        "Date" + ".now", ".shuffled" + "()", ".randomElement" + "()",
        "SystemRandom" + "NumberGenerator",
      ]
    for file in SourceFile.all(under: ["Tests"], extensions: ["swift"]) {
      for line in file.code {
        for word in banned where line.text.contains(word) {
          Issue.record("\(file.path):\(line.number): \(word)")
        }
      }
    }
  }

  @Test func `no test reaches past the access of what it tests`() {
    let word = "@" + "testable"
    Self.expect(SourceFile.all(under: ["Tests"], extensions: ["swift"]), word) { line in
      !line.contains(word)
    }
  }
}

extension String {
  /// Returns what follows each place where another string stands.
  fileprivate func components(after other: String) -> [Substring] {
    var found: [Substring] = []
    var rest = self[...]
    while let range = rest.firstRange(of: other) {
      rest = rest[range.upperBound...]
      found.append(rest)
    }
    return found
  }
}
