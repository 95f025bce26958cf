// SPDX-License-Identifier: Apache-2.0

import ChorusTestSupport
import Foundation
import Testing

/// The service over TLS.
struct TLSTests {
  /// Makes a key and a certificate for this machine and gives their paths.
  private static func certificate(
    _ name: String,
    in folder: TemporaryFolder
  ) throws -> (certificate: String, key: String) {
    let paths = (folder.path(of: "\(name).pem"), folder.path(of: "\(name)-key.pem"))
    let run = try OtherProgram.run(
      all: [
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
        "-nodes", "-days", "30", "-subj", "/CN=\(name)", "-addext",
        "subjectAltName=IP:127.0.0.1", "-out", paths.0, "-keyout", paths.1,
      ]
    )
    try #require(run.status == 0, "\(run.errors)")
    return paths
  }

  private static func start(
    _ program: Program,
    _ certificate: String,
    _ key: String
  ) throws -> Server {
    try Server(program, "--tls-certificate", certificate, "--tls-key", key)
  }

  /// Gets a path with curl; the version of HTTP and the status stand behind the body.
  private static func curl(
    _ server: Server,
    _ path: String,
    _ authority: String,
    _ options: String...
  ) throws -> OtherProgram {
    try OtherProgram.run(
      all: [
        "curl", "--silent", "--show-error", "--cacert", authority, "--write-out",
        " %{http_version} %{http_code}", "https://127.0.0.1:\(server.port)\(path)",
      ] + options
    )
  }

  @Test func `HTTP 1 and HTTP 2 are spoken over TLS`() throws {
    let program = try Program()
    let (certificate, key) = try Self.certificate("first", in: program.folder)
    let server = try Self.start(program, certificate, key)
    for (option, version) in [("--http1.1", "1.1"), ("--http2", "2")] {
      let health = try Self.curl(server, "/healthz", certificate, option)
      #expect(health.status == 0, "\(health.errors)")
      #expect(health.text == #"{"status":"ok"} \#(version) 200"#)
      let missing = try Self.curl(server, "/v1/prompts/none", certificate, option)
      #expect(missing.text.hasSuffix(" \(version) 404"))
      #expect(missing.text.contains("urn:chorus:problem:notFound"))
    }
    #expect(server.end().status == 0)
  }

  @Test func `a body is taken over HTTP 2`() throws {
    let program = try Program()
    let (certificate, key) = try Self.certificate("first", in: program.folder)
    let server = try Self.start(program, certificate, key)
    let records = (0..<2000).map { place in
      #"{"id":"\#(place)","account":"a","time":\#(place),"text":"Is ferry \#(place) in?"}"#
    }
    let run = try OtherProgram.run(
      all: [
        "curl", "--silent", "--show-error", "--http2", "--cacert", certificate, "--header",
        "Content-Type: application/x-ndjson", "--data-binary", "@-",
        "https://127.0.0.1:\(server.port)/v1/prompts?records=false",
      ],
      input: Array(records.joined(separator: "\n").utf8)
    )
    #expect(run.text == #"{"added":2000,"duplicate_ids":0,"rejected":0}"#)
    let stats = try Self.curl(server, "/v1/stats", certificate, "--http2")
    #expect(stats.text.contains("\"prompts\":2000"))
    #expect(stats.text.hasSuffix(" 2 200"))
  }

  @Test func `who speaks no TLS, or trusts another, gets nothing`() throws {
    let program = try Program()
    let (certificate, key) = try Self.certificate("first", in: program.folder)
    let (other, otherKey) = try Self.certificate("other", in: program.folder)
    let server = try Self.start(program, certificate, key)
    let connection = try Connection(port: server.port)
    connection.write(
      "GET /v1/stats HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nConnection: close\r\n\r\n"
    )
    let plain = String(decoding: connection.readToEnd(), as: UTF8.self)
    #expect(!plain.contains("HTTP/1.1 200") && !plain.contains("prompts"))
    #expect(try Self.curl(server, "/healthz", other, "--http1.1").status != 0)
    for version in ["1.0", "1.1"] {
      let old = try Self.curl(server, "/healthz", certificate, "--tls-max", version)
      #expect(old.status != 0, "TLS \(version)")
    }
    #expect(try Self.curl(server, "/healthz", certificate, "--http1.1").status == 0)
    // A certificate and the key of another do not fit.
    let refusal = try Program().refusal(
      "--listen",
      "127.0.0.1:0",
      "--tls-certificate",
      certificate,
      "--tls-key",
      otherKey
    )
    #expect(refusal.status != nil && refusal.status != 0)
    let half = try Program().refusal("--listen", "127.0.0.1:0", "--tls-certificate", certificate)
    #expect(half.status == 2)
  }

  @Test func `on SIGHUP the certificate is that of the file as it is now`() throws {
    let program = try Program()
    let (certificate, key) = try Self.certificate("first", in: program.folder)
    let (other, otherKey) = try Self.certificate("other", in: program.folder)
    let files = try [certificate, key].map { path in
      try program.folder.write(
        "served-" + (path == key ? "key.pem" : "certificate.pem"),
        Array(Data(contentsOf: URL(filePath: path)))
      )
    }
    let server = try Self.start(program, files[0], files[1])
    #expect(try Self.curl(server, "/healthz", certificate, "--http1.1").status == 0)
    for (path, source) in zip(files, [other, otherKey]) {
      try Data(contentsOf: URL(filePath: source)).write(to: URL(filePath: path))
    }
    server.send(SIGHUP)
    server.waitForLog("read tokens and certificate again")
    #expect(try Self.curl(server, "/healthz", other, "--http1.1").status == 0)
    #expect(try Self.curl(server, "/healthz", certificate, "--http1.1").status != 0)
  }

  @Test func `beyond this machine TLS and tokens will do`() throws {
    let program = try Program()
    let (certificate, key) = try Self.certificate("first", in: program.folder)
    let token = try program.token("alice", ["read"])
    let server = try Server(
      program,
      "--listen",
      "0.0.0.0:0",
      "--token-file",
      program.writeTokens(token),
      "--tls-certificate",
      certificate,
      "--tls-key",
      key
    )
    let stats = try Self.curl(server, "/v1/stats", certificate, "--http2")
    #expect(stats.text.hasSuffix(" 2 401"))
    let refusal = try Program().refusal(
      "--listen",
      "0.0.0.0:0",
      "--tls-certificate",
      certificate,
      "--tls-key",
      key
    )
    #expect(refusal.status == 2)
  }
}
