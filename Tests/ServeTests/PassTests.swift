// SPDX-License-Identifier: Apache-2.0

import ChorusTestSupport
import Foundation
import Testing

/// Adding, deleting and mining at the same time.
struct PassTests {
  private static func corpus() -> SeededCorpus {
    var corpus = SeededCorpus(seed: 331)
    corpus.appendFamily(size: 60, accountCount: 20)
    corpus.appendNoise(count: 60)
    return corpus
  }

  @Test func `prompts can be added however deletions and passes fall together`() throws {
    let corpus = Self.corpus()
    let server = try Server(Program())
    try server.add(corpus.prompts)
    for prompt in corpus.prompts.prefix(80) {
      #expect(try server.send("POST", "/v1/mine", body: [], headers: [:]).status == 202)
      let deleted = try server.send("DELETE", "/v1/prompts/\(prompt.id)")
      #expect(deleted.object["deleted"] as? Int == 1, "\(deleted.text)")
    }
    #expect(try server.send("POST", "/v1/compact?wait=true", body: [], headers: [:]).status == 200)
    // Ids that were deleted can come again.
    try server.add(corpus.prompts.prefix(80))
    try server.mine()
    #expect(try server.get("/v1/stats").object["prompts"] as? Int == corpus.prompts.count)
  }

  @Test func `a prompt that came after the last pass can be asked about within its family`() throws
  {
    var corpus = Self.corpus()
    let server = try Server(Program(), "--mine-seconds", "86400")
    try server.add(corpus.prompts)
    try server.mine()
    let known = corpus.prompts.count
    corpus.append(corpus.prompts[0].text + " And more.", account: "late")
    try server.add(corpus.prompts[known...])
    let family = try server.get("/v1/families").list("families").first?["family"] as? String
    let answer = try server.post(
      "/v1/query",
      ["id": corpus.prompts[known].id, "family": #require(family), "threshold": 0.1]
    )
    #expect(answer.status == 200, "\(answer.text)")
    #expect(!answer.list("matches").isEmpty)
  }

  @Test func `a client that waits to be told to go on is told so`() throws {
    let server = try Server(Program())
    let connection = try Connection(port: server.port)
    let body = #"{"id":"r1","account":"a","time":1,"text":"one two three"}"#
    connection.write(
      "POST /v1/prompts HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nConnection: close\r\n"
        + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n"
        + "Expect: 100-continue\r\n\r\n"
    )
    let first = try #require(connection.readPiece())
    #expect(String(decoding: first, as: UTF8.self).hasPrefix("HTTP/1.1 100 "))
    connection.write(body)
    let rest = String(decoding: connection.readToEnd(), as: UTF8.self)
    #expect(rest.hasPrefix("HTTP/1.1 200 "))
  }
}
