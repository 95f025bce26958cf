// SPDX-License-Identifier: Apache-2.0

import ChorusTestSupport
import Foundation
import Testing

/// Who may do what.
struct AccessTests {
  // MARK: Roles

  @Test func `each call is for the roles that the contract has for it`() throws {
    let program = try Program()
    let combinations: [[String]?] = [nil, ["read"], ["write"], ["read", "write"], ["admin"]]
    let tokens = try combinations.map { roles in
      try roles.map { try program.token($0.joined(separator: "-"), $0) }
    }
    let list = tokens.compactMap { $0.map { $0.line + "\n" } }.joined()
    let server = try Server(program, "--token-file", program.folder.write("tokens", list))
    try server.mine(headers: try #require(tokens.last ?? nil).header)
    for call in APICall.all {
      for (roles, token) in zip(combinations, tokens) {
        let answer = try server.make(call, headers: token?.header ?? [:])
        let about = "\(call.method) \(call.path) as \(roles ?? ["nobody"])"
        let isAllowed =
          call.roles.map { needed in
            roles.map { needed.isSubset(of: $0) || $0.contains("admin") } ?? false
          } ?? true
        if isAllowed {
          #expect(![401, 403].contains(answer.status), "\(about): \(answer.status)")
        } else if token == nil {
          answer.expectProblem(401, "unauthorised", about)
          #expect(answer.headers["www-authenticate"]?.hasPrefix("Bearer") == true, "\(about)")
        } else {
          answer.expectProblem(403, "forbidden", about)
        }
        guard call.method == "GET" else { continue }
        let head = try server.send("HEAD", call.path, headers: token?.header ?? [:])
        #expect(head.status == answer.status, "HEAD \(about)")
      }
    }
  }

  @Test func `a session says who one is and what one may do`() throws {
    let program = try Program()
    let reader = try program.token("alice", ["read"])
    let writer = try program.token("gateway", ["read", "write"])
    let admin = try program.token("root", ["admin"])
    let server = try Server(program, "--token-file", program.writeTokens(reader, writer, admin))
    func session(_ token: Token) throws -> [String: Any] {
      try server.get("/v1/session", headers: token.header).object
    }
    let alice = try session(reader)
    #expect(Set(alice.keys) == ["name", "roles", "index", "has_text", "version"])
    #expect(alice["name"] as? String == "alice")
    #expect(alice["roles"] as? [String] == ["read"])
    #expect(alice["index"] as? String == "index")
    #expect(alice["has_text"] as? Bool == true)
    #expect(try session(writer)["roles"] as? [String] == ["read", "write"])
    #expect(try (session(admin)["roles"] as? [String])?.contains("admin") == true)

    let open = try Server(Program()).get("/v1/session").object
    #expect(open["name"] is NSNull)
    #expect(open["roles"] as? [String] == ["read", "write", "admin"])
  }

  @Test func `what is not quite a token is none, and is in no answer`() throws {
    let program = try Program()
    let token = try program.token("alice", ["read"])
    let server = try Server(program, "--token-file", program.writeTokens(token))
    let secret = token.secret
    let hash = try #require(token.line.split(separator: " ").last)
    #expect(try server.get("/v1/stats", headers: token.header).status == 200)
    for value in [
      "", "Bearer", "Bearer ", "Bearer wrong", "Basic \(secret)", secret, "Bearer\(secret)",
      "Bearer \(secret)x", "Bearer x\(secret)", "Bearer \(secret.dropLast())",
      "Bearer \(secret.uppercased())!", "Bearer \(secret) \(secret)", "Bearer \(secret),",
      "Bearer \"\(secret)\"", "Bearer \(hash)", "Bearer alice", "Token \(secret)",
      "Bearer \(String(repeating: "x", count: 5000))",
    ] {
      let answer = try server.get("/v1/stats", headers: ["Authorization": value])
      answer.expectProblem(401, "unauthorised", value)
      #expect(answer.headers["www-authenticate"]?.hasPrefix("Bearer") == true)
      #expect(!answer.text.contains(secret))
      #expect(!answer.headers.values.contains { $0.contains(secret) })
    }
    // A parameter is no place for a token.
    #expect(try server.get("/v1/stats?token=\(secret)").status == 401)
  }

  @Test func `a token is shown once and kept as its sum`() throws {
    let program = try Program()
    let first = try program.token("alice", ["read", "write"])
    let second = try program.token("alice", ["read", "write"])
    #expect(first.secret != second.secret)
    #expect(first.secret.utf8.count >= 32)
    let parts = first.line.split(separator: " ").map(String.init)
    try #require(parts.count == 3)
    #expect(parts[0] == "alice")
    #expect(parts[1] == "read,write")
    let sum = try OtherProgram.run("sha256sum", input: Array(first.secret.utf8))
    #expect(sum.text.hasPrefix(parts[2] + " "))
    #expect(!first.line.contains(first.secret))
    for arguments in [
      ["--role", "read"], ["--name", "alice"], ["--name", "alice", "--role", "boss"],
      ["--name", "two words", "--role", "read"],
    ] {
      #expect(try program.run(all: ["token"] + arguments).status == 2, "\(arguments)")
    }
  }

  // MARK: Token files

  @Test func `on SIGHUP the tokens are those of the file as it is now`() throws {
    let program = try Program()
    let kept = try program.token("kept", ["read"])
    let removed = try program.token("removed", ["read"])
    let new = try program.token("new", ["read"])
    let server = try Server(program, "--token-file", program.writeTokens(kept, removed))
    func statuses() throws -> [Int] {
      try [kept, removed, new].map { try server.get("/v1/stats", headers: $0.header).status }
    }
    #expect(try statuses() == [200, 200, 401])
    try program.writeTokens(kept, new)
    #expect(try statuses() == [200, 200, 401])
    server.send(SIGHUP)
    server.waitForLog("read tokens and certificate again")
    #expect(try statuses() == [200, 401, 200])
  }

  @Test func `a broken token file changes nothing`() throws {
    let program = try Program()
    let token = try program.token("alice", ["read"])
    let server = try Server(program, "--token-file", program.writeTokens(token))
    try program.folder.write("tokens", "alice read no-sum\n")
    server.send(SIGHUP)
    server.waitForLog("\"level\":\"error\"")
    #expect(try server.get("/v1/stats", headers: token.header).status == 200)
    #expect(try server.get("/v1/stats").status == 401)
  }

  @Test func `a token file that cannot be used is wrong usage`() throws {
    let program = try Program()
    let sum = String(repeating: "0", count: 64)
    for content in [
      "alice", "alice read", "alice read \(sum.dropLast())", "alice read \(sum)0",
      "alice boss \(sum)", "alice \(sum)", "alice read write \(sum)",
      "alice read " + String(repeating: "g", count: 64),
    ] {
      let path = try program.folder.write("tokens", content + "\n")
      let refusal = try program.refusal("--listen", "127.0.0.1:0", "--token-file", path)
      #expect(refusal.status == 2, "\(content): \(refusal.errors)")
      #expect(!refusal.errors.contains(sum))
    }
    let missing = program.folder.path(of: "no-tokens")
    let refusal = try program.refusal("--listen", "127.0.0.1:0", "--token-file", missing)
    #expect(refusal.status == 2, "\(refusal.errors)")
    #expect(refusal.errors.contains(missing))
  }

  // MARK: Beyond this machine

  @Test func `beyond this machine a service needs tokens, and TLS or a word that it needs none`()
    throws
  {
    let program = try Program()
    let token = try program.token("alice", ["read"])
    let tokens = try program.writeTokens(token)
    #expect(try program.refusal("--listen", "0.0.0.0:0").status == 2)
    #expect(try program.refusal("--listen", "0.0.0.0:0", "--insecure").status == 2)
    #expect(try program.refusal("--listen", "0.0.0.0:0", "--token-file", tokens).status == 2)
    let server = try Server(
      program,
      "--listen",
      "0.0.0.0:0",
      "--token-file",
      tokens,
      "--insecure"
    )
    #expect(try server.get("/v1/stats", headers: token.header).status == 200)
    #expect(try server.get("/v1/stats").status == 401)
  }

  @Test func `a service cannot have the address or the index of another`() throws {
    let server = try Server(Program())
    let address = "127.0.0.1:\(server.port)"
    #expect(try Program().refusal("--listen", address).status == 1)
    #expect(try server.program.refusal("--listen", "127.0.0.1:0").status == 1)
    #expect(try server.get("/readyz").status == 200)
  }

  // MARK: Foreign sites

  @Test func `without tokens pages of other sites are refused`() throws {
    let server = try Server(Program())
    let own = ["127.0.0.1:\(server.port)", "localhost:\(server.port)"]
    func statuses(_ headers: [String: String]) throws -> [Int] {
      let query = #"{"text":"one two three"}"#
      return [
        try server.get("/v1/stats", headers: headers).status,
        try server.post("/v1/query", query, headers: headers).status,
      ]
    }
    for host in own {
      #expect(try statuses(["Host": host]) == [200, 200], "\(host)")
      #expect(try statuses(["Host": host, "Origin": "http://\(host)"]) == [200, 200], "\(host)")
    }
    for host in [
      "chorus.example", "chorus.example:\(server.port)", "127.0.0.1.example:\(server.port)",
      "localhost.example", "xlocalhost:\(server.port)", "127.0.0.2.example",
    ] {
      #expect(try statuses(["Host": host]) == [403, 403], "\(host)")
      try server.get("/v1/stats", headers: ["Host": host]).expectProblem(403, "forbidden")
    }
    for origin in [
      "http://chorus.example", "null", "https://chorus.example:\(server.port)",
      "http://127.0.0.1.example:\(server.port)", "http://localhost.example",
    ] {
      #expect(try statuses(["Origin": origin]) == [403, 403], "\(origin)")
    }
  }

  @Test func `with tokens the name of the service is anything`() throws {
    let program = try Program()
    let token = try program.token("alice", ["read"])
    let server = try Server(program, "--token-file", program.writeTokens(token))
    for headers in [["Host": "chorus.example"], ["Origin": "https://chorus.example"]] {
      let all = headers.merging(token.header) { $1 }
      #expect(try server.get("/v1/stats", headers: all).status == 200)
      #expect(try server.get("/v1/stats", headers: headers).status == 401)
    }
  }

  // MARK: Rates

  @Test func `who asks too often is told to wait, and nobody else is`() throws {
    let program = try Program()
    let hasty = try program.token("hasty", ["read"])
    let calm = try program.token("calm", ["read"])
    let tokens = try program.writeTokens(hasty, calm)
    let server = try Server(program, "--token-file", tokens, "--rate", "1")
    let answers = try (0..<40).map { _ in try server.get("/v1/session", headers: hasty.header) }
    #expect(answers.first?.status == 200)
    let refused = answers.filter { $0.status != 200 }
    #expect(refused.count > 10)
    for answer in refused {
      answer.expectProblem(429, "tooManyRequests")
      #expect((answer.headers["retry-after"].flatMap { Int($0) } ?? 0) >= 1)
    }
    #expect(try server.get("/v1/session", headers: calm.header).status == 200)
  }
}
