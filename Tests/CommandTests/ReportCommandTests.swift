// SPDX-License-Identifier: Apache-2.0

import Chorus
import ChorusTestSupport
import Foundation
import Testing

/// Reports, verdicts, bundles and known templates, as a person uses them.
struct ReportCommandTests {
  private let program: Program
  private let campaigns: [[String: Any]]

  /// The files of an index of simulated traffic with campaigns, made once for all tests.
  private static let files = Result {
    let program = try Program()
    let traffic = program.folder.path(of: "traffic.jsonl")
    let run = try program.run("simulate", "--prompts", "15000", "--seed", "3")
    try run.output.write(toFile: traffic, atomically: true, encoding: .utf8)
    #expect(try program.run("index", program.index, traffic, "--quiet").status == 0)
    #expect(try program.run("campaigns", program.index, "--quiet").status == 0)
    var files: [String: Data] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: program.index) {
      files[name] = FileManager.default.contents(atPath: program.index + "/" + name)
    }
    return files
  }

  init() throws {
    program = try Program()
    try FileManager.default.createDirectory(
      atPath: program.index,
      withIntermediateDirectories: false
    )
    for (name, data) in try Self.files.get() {
      try data.write(to: URL(filePath: program.index + "/" + name))
    }
    campaigns = try program.run("campaigns", program.index, "--json").objects()
  }

  private func name(_ place: Int = 0) throws -> String {
    try #require(campaigns[place]["campaign"] as? String)
  }

  private func listed(_ options: String...) throws -> [String] {
    let run = try program.run(all: ["campaigns", program.index, "--json"] + options)
    return try run.objects().compactMap { $0["campaign"] as? String }
  }

  // MARK: Verdicts

  @Test func `a benign campaign is not listed, nor named by its families, until it is taken back`()
    throws
  {
    let name = try name()
    let marked = try program.run(
      "campaign",
      program.index,
      name,
      "--mark",
      "benign",
      "--note",
      "ours, a load test"
    )
    #expect(marked.status == 0)
    #expect(try !listed().contains(name))
    #expect(try listed("--all").contains(name))
    let all = try program.run("campaigns", program.index, "--json", "--all").objects()
    let verdict = all.first { $0["campaign"] as? String == name }?["verdict"] as? [String: Any]
    #expect(verdict?["decision"] as? String == "benign")
    #expect(verdict?["note"] as? String == "ours, a load test")
    let families = try program.run("families", program.index, "--json").objects()
    #expect(!families.contains { $0["campaign"] as? String == name })
    #expect(try program.run("campaigns", program.index).output.contains("1 marked as benign"))
    #expect(try program.run("campaign", program.index, name, "--mark", "none").status == 0)
    #expect(try listed().contains(name))
  }

  @Test func `a confirmed campaign is listed as such`() throws {
    let name = try name()
    #expect(try program.run("campaign", program.index, name, "--mark", "confirmed").status == 0)
    #expect(try listed().contains(name))
    #expect(try program.run("campaigns", program.index).output.contains("confirmed"))
    #expect(try program.run("campaign", program.index, name).output.contains("confirmed"))
  }

  @Test func `marks and notes that make no sense are wrong usage`() throws {
    let name = try name()
    for options in [
      ["--mark", "guilty"], ["--note", "x"], ["--mark", "none", "--note", "x"],
      ["--mark", "benign", "--json"],
    ] {
      #expect(try program.run(all: ["campaign", program.index, name] + options).status == 2)
    }
    #expect(try program.run("campaign", program.index, "c-none", "--mark", "benign").status == 1)
  }

  // MARK: Known templates

  @Test func `known templates make no campaign`() throws {
    let families = try #require(campaigns[0]["families"] as? [String])
    let list = program.folder.path(of: "known.txt")
    let lines = ["# public templates", ""] + families
    try lines.joined(separator: "\n").write(toFile: list, atomically: true, encoding: .utf8)
    let left = try listed("--allow", list)
    #expect(left.count == campaigns.count - 1)
    #expect(try !left.contains(name()))
    let missing = try program.run("campaigns", program.index, "--allow", list + ".none")
    #expect(missing.status == 1)
    try "{1}\n".write(toFile: list, atomically: true, encoding: .utf8)
    #expect(try program.run("campaigns", program.index, "--allow", list).status == 2)
  }

  // MARK: Lists

  @Test func `comma-separated values have the columns of the header`() throws {
    for options in [[], ["--accounts"]] {
      let run = try program.run(all: ["campaigns", program.index, "--csv"] + options)
      let rows = run.output.split(separator: "\n").map {
        $0.split(separator: ",", omittingEmptySubsequences: false).count
      }
      #expect(rows.count > campaigns.count)
      #expect(Set(rows).count == 1)
    }
    #expect(try program.run("campaigns", program.index, "--csv", "--json").status == 2)
  }

  @Test func `all groups that were looked at can be had, with the signals of each`() throws {
    let groups = try program.run("campaigns", program.index, "--examined").objects()
    #expect(groups.count { $0["named"] as? Bool == true } == campaigns.count)
    #expect(groups.count > campaigns.count)
    for group in groups {
      let signals = try #require(group["signals"] as? [[String: Any]])
      #expect(
        Set(signals.compactMap { $0["name"] as? String }) == ["portfolio", "load", "clock", "rest"]
      )
    }
  }

  // MARK: Bundles

  @Test func `a bundle has what a campaign was named for, and its checksums hold`() throws {
    let name = try name()
    let folder = program.folder.path(of: "bundle")
    let run = try program.run("campaign", program.index, name, "--bundle", folder)
    #expect(run.status == 0)
    func lines(_ file: String) throws -> [[String: Any]] {
      let text = try String(contentsOfFile: folder + "/" + file, encoding: .utf8)
      return try Program.Run(status: 0, output: text, errors: "").objects()
    }
    #expect(try lines("members.jsonl").count == campaigns[0]["prompts"] as? Int)
    #expect(try lines("accounts.jsonl").count == campaigns[0]["accounts"] as? Int)
    #expect(
      try lines("families.jsonl").compactMap { $0["family"] as? String }
        == campaigns[0]["families"] as? [String]
    )
    for member in try lines("members.jsonl").prefix(20) {
      let spans = try #require(member["spans"] as? [[Int]])
      #expect(!spans.isEmpty)
      #expect(member["text"] == nil)
      #expect(zip(spans, spans.dropFirst()).allSatisfy { $0[1] <= $1[0] })
    }
    let command = try #require(try lines("parameters.json")[0]["command"] as? String)
    #expect(command.contains(name))
    let check = Process()
    check.executableURL = URL(filePath: "/usr/bin/sha256sum")
    check.arguments = ["--check", "--quiet", "SHA256SUMS"]
    check.currentDirectoryURL = URL(filePath: folder)
    try check.run()
    check.waitUntilExit()
    #expect(check.terminationStatus == 0)
    let again = try program.run("campaign", program.index, name, "--bundle", folder)
    #expect(again.status == 2)
  }

  @Test func `the fixed text of a bundle's members is where it says`() throws {
    let folder = program.folder.path(of: "bundle")
    let run = try program.run(
      "campaign",
      program.index,
      try name(),
      "--bundle",
      folder,
      "--with-text"
    )
    #expect(run.status == 0)
    let text = try String(contentsOfFile: folder + "/members.jsonl", encoding: .utf8)
    var fixed: [String: Set<String>] = [:]
    for member in try Program.Run(status: 0, output: text, errors: "").objects() {
      let bytes = Array(try #require(member["text"] as? String).utf8)
      let family = try #require(member["family"] as? String)
      let spans = try #require(member["spans"] as? [[Int]])
      let pieces = spans.map { String(decoding: bytes[$0[0]..<$0[1]], as: UTF8.self) }
      fixed[family, default: []].insert(pieces.joined(separator: "|").lowercased())
    }
    // The same fixed text stands in nearly all members, whatever stands between.
    for texts in fixed.values { #expect(texts.count < 12) }
  }

  // MARK: Reports

  @Test func `a report shows every campaign, and prompts only when asked`() throws {
    let page = program.folder.path(of: "report.html")
    #expect(try program.run("report", program.index, "--output", page).status == 0)
    let html = try String(contentsOfFile: page, encoding: .utf8)
    for campaign in campaigns {
      #expect(try html.contains(#require(campaign["campaign"] as? String)))
    }
    #expect(!html.contains("<details class=\"examples\""))
    #expect(try program.run("report", program.index, "--output", page, "--with-text").status == 0)
    let longer = try String(contentsOfFile: page, encoding: .utf8)
    #expect(longer.utf8.count > html.utf8.count)
    #expect(try program.run("report", program.index).status == 2)
    let nowhere = program.folder.path(of: "none/report.html")
    #expect(try program.run("report", program.index, "--output", nowhere).status == 1)
  }

  @Test(.enabled(if: Browser.isThere), arguments: [1280, 390])
  func `a browser shows the report without scripts, loads or overflow`(width: Int) throws {
    let page = program.folder.path(of: "report.html")
    _ = try program.run("report", program.index, "--output", page, "--with-text")
    let facts = try Browser.facts(of: page, width: width, in: program.folder)
    #expect(facts["sections"] as? Int == campaigns.count)
    #expect(facts["overflow"] as? Int == 0)
    #expect(facts["scripts"] as? Int == 0)
    #expect(facts["loads"] as? Int == 0)
    #expect(facts["unlabelled"] as? Int == 0)
    #expect(facts["dangling"] as? Int == 0)
    let sentences = try #require(facts["sentences"] as? [String])
    for campaign in campaigns {
      for signal in try #require(campaign["signals"] as? [[String: Any]]) {
        let sentence = try #require(signal["says"] as? String)
        #expect(sentences.contains { $0.contains(sentence) })
      }
    }
    let light = try Browser.facts(of: page, width: width, in: program.folder, isDark: false)
    let dark = try Browser.facts(of: page, width: width, in: program.folder, isDark: true)
    #expect(light["background"] as? String != dark["background"] as? String)
  }
}

/// A headless Chromium that looks at a page.
private enum Browser {
  private static let path = "/usr/bin/chromium"

  static var isThere: Bool { FileManager.default.isExecutableFile(atPath: path) }

  /// What a frame of some width sees of a page: the page itself runs nothing.
  static func facts(
    of page: String,
    width: Int,
    in folder: TemporaryFolder,
    isDark: Bool = false
  ) throws -> [String: Any] {
    let wrapper = folder.path(of: "wrapper.html")
    try """
    <!DOCTYPE html><title>none</title>
    <iframe id="f" width="\(width)" height="900" style="border:0" src="\(page)"></iframe>
    <pre id="facts"></pre><script>
    addEventListener('load', () => {
      const d = document.getElementById('f').contentDocument
      const all = s => [...d.querySelectorAll(s)]
      document.getElementById('facts').textContent = JSON.stringify({
        sections: all('section.campaign').length,
        overflow: Math.max(0, d.documentElement.scrollWidth - d.documentElement.clientWidth),
        scripts: d.scripts.length,
        loads: all('img,link,iframe,object,embed,video,audio').length,
        unlabelled: all('svg:not([role=img][aria-label]):not([aria-hidden])').length,
        dangling: all('a[href^="#"]').filter(a => !d.getElementById(a.hash.slice(1))).length,
        sentences: all('p').map(p => p.textContent),
        background: getComputedStyle(d.body).backgroundColor
      })
    })
    </script>
    """.write(toFile: wrapper, atomically: true, encoding: .utf8)
    let process = Process()
    process.executableURL = URL(filePath: path)
    process.arguments = [
      "--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files",
      "--user-data-dir=" + folder.path(of: "browser"), "--virtual-time-budget=5000",
      "--blink-settings=preferredColorScheme=\(isDark ? 0 : 1)", "--dump-dom", "file://" + wrapper,
    ]
    let output = folder.path(of: "dom.html")
    _ = FileManager.default.createFile(atPath: output, contents: nil)
    process.standardOutput = try FileHandle(forWritingTo: URL(filePath: output))
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    let dom = try String(contentsOfFile: output, encoding: .utf8)
    let start = try #require(dom.range(of: "<pre id=\"facts\">")).upperBound
    let end = try #require(dom.range(of: "</pre>", range: start..<dom.endIndex)).lowerBound
    let text = dom[start..<end].replacing("&lt;", with: "<").replacing("&gt;", with: ">")
      .replacing("&amp;", with: "&")
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8))
    return try #require(object as? [String: Any])
  }
}
