// SPDX-License-Identifier: Apache-2.0

import ChorusTestSupport
import Foundation
import Testing

/// Connections, byte by byte: what is too large, malformed, or comes in pieces.
struct ConnectionTests {
  /// A service that takes bodies up to a mebibyte.
  private static let shared = SharedServers.start {
    try Server(Program(), "--max-body-mib", "1")
  }

  private var server: Server { get throws { try Self.shared.get() } }

  /// The head of a request that ends its connection, without the last line end.
  private func head(_ line: String, _ headers: String..., isLast: Bool = true) throws -> String {
    let own = ["Host: 127.0.0.1:\(try server.port)"] + (isLast ? ["Connection: close"] : [])
    return ([line] + own + headers).map { $0 + "\r\n" }.joined()
  }

  private func post(_ path: String, _ headers: String...) throws -> String {
    let all = ["Content-Type: application/json"] + headers
    return try head("POST \(path) HTTP/1.1", all.joined(separator: "\r\n"))
  }

  private func expectServing(_ about: String) throws {
    let connection = try Connection(port: server.port)
    connection.write(try head("GET /healthz HTTP/1.1") + "\r\n")
    let answers = try connection.answers()
    #expect(answers.map(\.status) == [200], "after \(about)")
  }

  // MARK: Size

  @Test func `a body that is too large by its length is refused before it comes`() throws {
    for length in ["1048577", "4294967296", "9223372036854775807"] {
      for isLast in [true, false] {
        let connection = try Connection(port: server.port)
        let type = "Content-Type: application/json"
        let line = "POST /v1/prompts HTTP/1.1"
        let size = "Content-Length: \(length)"
        connection.write(try head(line, type, size, isLast: isLast) + "\r\n")
        let answers = try connection.answers()
        // One answer to one request, also where the client would go on.
        #expect(answers.count == 1, "\(length): \(answers.map(\.status))")
        answers.first?.expectProblem(413, "tooLarge", length)
      }
    }
  }

  @Test func `a body that becomes too large by its chunks is refused, and others are served`()
    throws
  {
    let connection = try Connection(port: server.port)
    connection.write(try post("/v1/prompts", "Transfer-Encoding: chunked") + "\r\n")
    let chunk = "10000\r\n" + String(repeating: "x", count: 65_536) + "\r\n"
    for place in 0..<16 {
      #expect(connection.write(chunk))
      if place % 8 == 0 { try expectServing("\(place) chunks") }
    }
    // This one byte is too many.
    connection.write("1\r\nx\r\n")
    let answers = try connection.answers()
    #expect(answers.count == 1, "\(answers.map(\.status))")
    answers.first?.expectProblem(413, "tooLarge")
    try expectServing("too many chunks")
  }

  @Test func `a body that unfolds to more than is taken is refused`() throws {
    let large = [UInt8](repeating: 0x20, count: 8 << 20)
    let packed = try OtherProgram.run("gzip", "-c", input: large).output
    #expect(packed.count < 1 << 16)
    for path in ["/v1/prompts", "/v1/query", "/v1/query/batch"] {
      let headers = ["Content-Type": "application/json", "Content-Encoding": "gzip"]
      let answer = try server.send("POST", path, body: packed, headers: headers)
      answer.expectProblem(413, "tooLarge", path)
    }
    try expectServing("a body that unfolds")
  }

  @Test func `a body may have all that is taken, and come in chunks`() throws {
    let start = #"{"id":"whole","account":"a","time":1,"text":""#
    let text = String(repeating: "x y ", count: ((1 << 20) - start.utf8.count - 2) / 4)
    let body = Array((start + text + #""}"#).utf8)
    #expect(body.count > (1 << 20) - 8)
    let whole = try server.send(
      "POST",
      "/v1/prompts",
      body: body,
      headers: ["Content-Type": "application/json"]
    )
    #expect(whole.object["added"] as? Int == 1, "\(whole.text)")
    let connection = try Connection(port: server.port)
    connection.write(try post("/v1/prompts", "Transfer-Encoding: chunked") + "\r\n")
    for byte in #"{"id":"piecemeal","account":"a","time":1,"text":"bit by bit"}"#.utf8 {
      connection.write([0x31, 0x0D, 0x0A, byte, 0x0D, 0x0A])
    }
    connection.write("0\r\n\r\n")
    let answer = try #require(try connection.answers().first)
    #expect(answer.object["added"] as? Int == 1, "\(answer.text)")
  }

  // MARK: Malformed requests

  @Test func `a head that is malformed is refused, and the service goes on`() throws {
    let get = try head("GET /healthz HTTP/1.1")
    let host = "Host: 127.0.0.1:\(try server.port)\r\n"
    let close = "Connection: close\r\n\r\n"
    let long = String(repeating: "a", count: 1 << 20)
    let many = String(repeating: "X-Y: a\r\n", count: 100_000)
    let cases: [(name: String, bytes: String)] = [
      ("no version", "GET /healthz\r\n\(host)\(close)"),
      ("version 0.9", "GET /healthz HTTP/0.9\r\n\(host)\(close)"),
      ("version 11.1", "GET /healthz HTTP/11.1\r\n\(host)\(close)"),
      ("words behind the version", "GET /healthz HTTP/1.1 x\r\n\(host)\(close)"),
      ("a space first", " " + get + "\r\n"),
      ("a space in the path", "GET /heal thz HTTP/1.1\r\n\(host)\(close)"),
      ("a method in small letters", "get /healthz HTTP/1.1\r\n\(host)\(close)"),
      ("an unknown method", "BREW /healthz HTTP/1.1\r\n\(host)\(close)"),
      ("NUL in the method", "G\0T /healthz HTTP/1.1\r\n\(host)\(close)"),
      ("NUL in the path", "GET /health\0z HTTP/1.1\r\n\(host)\(close)"),
      ("a path without a slash", "GET healthz HTTP/1.1\r\n\(host)\(close)"),
      ("a response", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
      ("no host", "GET /healthz HTTP/1.1\r\n\(close)"),
      ("two hosts", get + "Host: chorus.example\r\n\r\n"),
      ("a header without a colon", get + "X-No-Colon\r\n\r\n"),
      ("a header without a name", get + ": x\r\n\r\n"),
      ("a space in a name", get + "X Y: x\r\n\r\n"),
      ("a space before the colon", get + "X-Y : x\r\n\r\n"),
      ("NUL in a value", get + "X-Y: a\0b\r\n\r\n"),
      ("a header of a mebibyte", get + "X-Y: \(long)\r\n\r\n"),
      ("a path of a mebibyte", "GET /\(long) HTTP/1.1\r\n\(host)\(close)"),
      ("a hundred thousand headers", get + many + "\r\n"),
    ]
    for (name, bytes) in cases { try expectRefused(name, bytes) }
  }

  @Test func `a body whose end is not plain is refused, and the service goes on`() throws {
    let query = #"{"text":"one two three"}"#
    let chunks = "18\r\n\(query)\r\n0\r\n\r\n"
    try #require(query.utf8.count == 0x18)
    let chunked = "Transfer-Encoding: chunked"
    let cases: [(name: String, headers: String, body: String)] = [
      ("a negative length", "Content-Length: -24", query),
      ("a length with a sign", "Content-Length: +24", query),
      ("a hexadecimal length", "Content-Length: 0x18", query),
      ("a length of two numbers", "Content-Length: 24 24", query),
      ("two lengths", "Content-Length: 24\r\nContent-Length: 25", query + "x"),
      ("a length beyond 64 bits", "Content-Length: 18446744073709551640", query),
      ("a length and chunks", "Content-Length: 24\r\n\(chunked)", chunks),
      ("another coding", "Transfer-Encoding: xchunked", chunks),
      ("chunks that are not last", "Transfer-Encoding: chunked, identity", chunks),
      ("a chunk of no number", chunked, "zz\r\n\(query)\r\n0\r\n\r\n"),
      ("a chunk of a negative number", chunked, "-18\r\n\(query)\r\n0\r\n\r\n"),
      ("a chunk beyond 64 bits", chunked, "10000000000000018\r\n\(query)\r\n0\r\n\r\n"),
      ("a chunk longer than it says", chunked, "17\r\n\(query)\r\n0\r\n\r\n"),
    ]
    for (name, headers, body) in cases {
      try expectRefused(name, try post("/v1/query", headers) + "\r\n" + body)
    }
    // The same without a fault is answered.
    for (headers, body) in [("Content-Length: 24", query), (chunked, chunks)] {
      let connection = try Connection(port: server.port)
      connection.write(try post("/v1/query", headers) + "\r\n" + body)
      #expect(try connection.answers().map(\.status) == [200])
    }
  }

  private func expectRefused(_ name: String, _ bytes: String) throws {
    let connection = try Connection(port: server.port)
    connection.write(bytes)
    let received = connection.readToEnd()
    // It may be closed without a word; else all it says is that the request is wrong.
    let answers = (try? Server.Answer.all(in: received)) ?? []
    #expect(answers.count <= 1, "\(name): \(answers.map(\.status))")
    for answer in answers {
      let isRefused = (400..<500).contains(answer.status) || [501, 505].contains(answer.status)
      #expect(isRefused, "\(name): \(answer.status)")
    }
    try expectServing(name)
  }

  // MARK: Many requests on a connection

  @Test func `requests that come at once are answered in their order`() throws {
    let query = #"{"text":"one two three"}"#
    var bytes = ""
    for place in 0..<60 {
      let isLast = place == 59
      let id = "X-Request-ID: place-\(place)"
      switch place % 3 {
      case 0: bytes += try head("GET /v1/stats HTTP/1.1", id, isLast: isLast) + "\r\n"
      case 1:
        bytes += try head(
          "POST /v1/query HTTP/1.1",
          id,
          "Content-Type: application/json",
          "Content-Length: \(query.utf8.count)",
          isLast: isLast
        )
        bytes += "\r\n" + query
      default: bytes += try head("GET /nothing HTTP/1.1", id, isLast: isLast) + "\r\n"
      }
    }
    let connection = try Connection(port: server.port)
    connection.write(bytes)
    let answers = try connection.answers()
    #expect(answers.compactMap { $0.headers["x-request-id"] } == (0..<60).map { "place-\($0)" })
    #expect(answers.map(\.status) == (0..<60).map { $0 % 3 == 2 ? 404 : 200 })
  }

  @Test func `a connection is kept between requests, errors included`() throws {
    let connection = try Connection(port: server.port)
    for (path, status) in [("/healthz", 200), ("/nothing", 404), ("/v1/stats", 200)] {
      connection.write(try head("GET \(path) HTTP/1.1", isLast: false) + "\r\n")
      var bytes: [UInt8] = []
      while true {
        bytes += try #require(connection.readPiece())
        guard let answer = try? Server.Answer(bytes) else { continue }
        let length = try #require(answer.headers["content-length"].flatMap { Int($0) })
        guard answer.body.count >= length else { continue }
        #expect(answer.status == status)
        break
      }
    }
  }

  @Test func `a request may come byte by byte`() throws {
    let connection = try Connection(port: server.port)
    for byte in (try head("GET /healthz HTTP/1.1") + "\r\n").utf8 {
      #expect(connection.write([byte]))
    }
    #expect(try connection.answers().map(\.status) == [200])
  }

  @Test func `clients that go away are not missed`() throws {
    for _ in 0..<20 {
      let connection = try Connection(port: server.port)
      connection.write(try post("/v1/prompts", "Content-Length: 1000") + "\r\n{\"id\":")
    }
    for _ in 0..<20 {
      let connection = try Connection(port: server.port)
      connection.write(try head("GET /openapi.json HTTP/1.1") + "\r\n")
    }
    try expectServing("clients that went away")
  }
}
