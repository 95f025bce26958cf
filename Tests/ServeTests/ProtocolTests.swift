// SPDX-License-Identifier: Apache-2.0

import ChorusTestSupport
import Foundation
import Testing

/// What holds of every call, whatever it is about.
struct ProtocolTests {
  private static let shared = SharedServers.start { try Traffic.server() }

  private var server: Server { get throws { try Self.shared.get() } }

  private func firstFamily() throws -> String {
    let families = try server.get("/v1/families?limit=1").list("families")
    return try #require(families.first?["family"] as? String)
  }

  private func firstCampaign() throws -> String {
    let campaigns = try server.get("/v1/campaigns?limit=1").list("campaigns")
    return try #require(campaigns.first?["campaign"] as? String)
  }

  /// The path of a call, with names of what there is.
  private func path(of call: APICall) throws -> String {
    let name = call.route.hasPrefix("/v1/campaigns") ? try firstCampaign() : try firstFamily()
    let prompt = try server.get("/v1/prompts/p000000004").object
    let account = try #require(prompt["account"] as? String)
    return call.route.replacing("{name}", with: name)
      .replacing("{id}", with: "p000000004").replacing("{account}", with: account)
  }

  // MARK: Paths and methods

  @Test func `a path that is not there is not found`() throws {
    for path in [
      "/v1", "/v1/", "/v2/stats", "/v1/nothing", "/v1/stats/", "/v1/stats/x", "/v1//stats",
      "//v1/stats", "/v1/families/", "/v1/families/x/members/y", "/v1/families/x/nothing",
      "/v1/prompts/", "/v1/prompts/a/b", "/v1/accounts", "/v1/accounts/", "/V1/stats",
      "/v1/Stats", "/v1%2Fstats", "/index.html", "/page", "/.git/config", "/../../etc/passwd",
      "/%2e%2e/%2e%2e/etc/passwd", "/api.js/", "/healthz/x", "/metrics/", "/openapi.yaml",
    ] {
      for method in ["GET", "POST", "DELETE"] {
        let answer = try server.send(method, path)
        answer.expectProblem(404, "notFound", "\(method) \(path)")
      }
    }
  }

  @Test func `a method that a path has not is named together with those that it has`() throws {
    for (path, methods) in APICall.methods {
      let known = methods.contains("GET") ? methods.union(["HEAD"]) : methods
      for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
        guard !known.contains(method) else { continue }
        let answer = try server.send(method, path)
        #expect(answer.status == 405, "\(method) \(path): \(answer.status)")
        if method != "HEAD" { answer.expectProblem(405, "methodNotAllowed", "\(method) \(path)") }
        let allowed = try #require(answer.headers["allow"], "\(method) \(path)")
        let names = allowed.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        #expect(Set(names) == known, "\(method) \(path)")
      }
    }
  }

  @Test func `HEAD is GET without the body`() throws {
    for call in APICall.all where call.method == "GET" && call.path != "/metrics" {
      let path = try path(of: call)
      let whole = try server.get(path)
      let head = try server.send("HEAD", path)
      #expect(head.status == 200, "\(path)")
      #expect(head.body.isEmpty, "\(path)")
      for name in ["content-type", "content-length", "cache-control", "x-content-type-options"] {
        #expect(head.headers[name] == whole.headers[name], "\(path): \(name)")
      }
      #expect(head.headers["content-length"] == String(whole.body.count), "\(path)")
    }
    let missing = try server.send("HEAD", "/v1/prompts/none")
    #expect(missing.status == 404 && missing.body.isEmpty)
  }

  @Test func `health and readiness are told`() throws {
    #expect(try CanonicalJSON.text(server.get("/healthz").object) == #"{"status":"ok"}"#)
    let ready = try server.get("/readyz").object
    #expect(try CanonicalJSON.text(ready) == #"{"status":"ready","writable":true}"#)
    let document = try server.get("/openapi.json").object
    let paths = try #require(document["paths"] as? [String: [String: Any]])
    #expect(Set(paths.keys) == Set(APICall.all.map(\.route)))
    for call in APICall.all {
      #expect(paths[call.route]?[call.method.lowercased()] != nil, "\(call.method) \(call.route)")
    }
  }

  // MARK: Parameters

  @Test func `parameters that are unknown or there twice are refused`() throws {
    for call in APICall.all where call.route.hasPrefix("/v1") {
      var call = call
      let path = try path(of: call)
      for parameters in ["nothing=1", "Limit=1", "limit", "=1", "%66oo=1", "limit=1&limit=1"] {
        guard call.method != "DELETE" || parameters == "nothing=1" else { continue }
        call.path = path + "?" + parameters
        let answer = try server.make(call)
        answer.expectProblem(400, "invalidInput", "\(call.method) \(call.path)")
      }
    }
    let path = "/v1/families?brief=true&brief=true"
    try server.get(path).expectProblem(400, "invalidInput")
    // Names and values may be escaped.
    #expect(try server.get("/v1/families?%6Cimit=%31").list("families").count == 1)
    #expect(try server.get("/v1/families?limit=1&sort=recent").status == 200)
    #expect(try server.get("/v1/prompts/p000000004?").status == 200)
  }

  @Test func `paths and parameters are percent-encoded UTF-8`() throws {
    for escape in ["%", "%2", "%zz", "a%", "%%", "%u0041", "%ff", "%c3", "%c3%28", "%ed%a0%80"] {
      for path in ["/v1/prompts/\(escape)", "/v1/families?search=\(escape)"] {
        try server.get(path).expectProblem(400, "invalidInput", path)
      }
      try server.send("DELETE", "/v1/accounts/\(escape)").expectProblem(400, "invalidInput")
    }
    // NUL is a byte like any other, or is refused; it ends no name.
    for path in ["/v1/prompts/p000000004%00", "/v1/prompts/%00", "/v1/families/%00"] {
      #expect(try [400, 404].contains(server.get(path).status), "\(path)")
    }
    for path in ["/v1/prompts/p%30%300000004", "/v1/%70rompts/p000000004"] {
      #expect(try server.get(path).object["id"] as? String == "p000000004", "\(path)")
    }
    // What is escaped once is unescaped once.
    #expect(try server.get("/v1/prompts/p%2530%25300000004").status == 404)
    #expect(try server.get("/v1/prompts/p000000004%2F").status == 404)
    #expect(try server.get("/v1/prompts/x%2Fp000000004").status == 404)
  }

  // MARK: Headers

  @Test func `each answer has the id of its request`() throws {
    for id in ["a", "A-z_0.9", String(repeating: "x", count: 128)] {
      for path in ["/healthz", "/v1/stats", "/nothing", "/v1/families?limit=0", "/"] {
        let answer = try server.get(path, headers: ["X-Request-ID": id])
        #expect(answer.headers["x-request-id"] == id)
        if answer.status >= 400 { #expect(answer.object["request_id"] as? String == id) }
      }
    }
    let good = try Regex("[A-Za-z0-9._-]{1,128}")
    var made = Set<String>()
    for id in ["", "a b", "a/b", "a,b", "caf\u{e9}", "<b>", String(repeating: "x", count: 129)] {
      let answer = try server.get("/nothing", headers: ["X-Request-ID": id])
      let other = try #require(answer.headers["x-request-id"])
      #expect(other != id)
      #expect(other.wholeMatch(of: good) != nil, "\(other)")
      made.insert(other)
    }
    made.insert(try #require(try server.get("/healthz").headers["x-request-id"]))
    #expect(made.count == 8)
  }

  @Test func `long answers are compressed for those who want that`() throws {
    for path in ["/v1/families", "/", "/openapi.json", "/page.css", "/metrics"] {
      let plain = try server.get(path)
      #expect(plain.headers["content-encoding"] == nil, "\(path)")
      for wanted in ["gzip", "br, gzip", "gzip;q=0.5, identity;q=0.1"] {
        let packed = try server.get(path, headers: ["Accept-Encoding": wanted])
        #expect(packed.headers["content-encoding"] == "gzip", "\(path): \(wanted)")
        #expect(packed.headers["vary"]?.lowercased().contains("accept-encoding") == true)
        #expect(packed.body.count < plain.body.count)
        guard path != "/metrics" else { continue }
        let unpacked = try OtherProgram.run("gzip", "-dc", input: packed.body)
        #expect(unpacked.status == 0)
        #expect(unpacked.output == plain.body, "\(path)")
      }
      for wanted in ["identity", "br", "gzip;q=0", "gzipped"] {
        let answer = try server.get(path, headers: ["Accept-Encoding": wanted])
        #expect(answer.headers["content-encoding"] == nil, "\(path): \(wanted)")
      }
    }
    let short = try server.get("/healthz", headers: ["Accept-Encoding": "gzip"])
    #expect(short.headers["content-encoding"] == nil)
  }

  @Test func `no answer is sniffed, and none with prompts is kept`() throws {
    for call in APICall.all where call.method != "DELETE" && call.roles != ["admin"] {
      let answer = try server.make(call)
      let about = "\(call.method) \(call.path)"
      #expect(answer.headers["x-content-type-options"] == "nosniff", "\(about)")
      if call.route.hasPrefix("/v1") {
        #expect(answer.headers["cache-control"]?.contains("no-store") == true, "\(about)")
        #expect(answer.headers["access-control-allow-origin"] == nil, "\(about)")
      }
    }
    for path in ["/nothing", "/v1/prompts/%", "/v1/families?limit=0", "/page.css", "/page.js"] {
      #expect(try server.get(path).headers["x-content-type-options"] == "nosniff", "\(path)")
    }
  }

  @Test func `the page may load nothing from elsewhere and stand in no frame`() throws {
    let page = try server.get("/")
    #expect(page.status == 200)
    #expect(page.headers["content-type"]?.hasPrefix("text/html") == true)
    let policy = try #require(page.headers["content-security-policy"])
    let rules = Dictionary(
      policy.split(separator: ";").map { rule in
        let words = rule.split(separator: " ").map(String.init)
        return (words[0], words.dropFirst().joined(separator: " "))
      },
      uniquingKeysWith: { first, _ in first }
    )
    #expect(rules["default-src"] == "'none'")
    for rule in ["script-src", "style-src", "connect-src"] {
      #expect(rules[rule] == "'self'", "\(rule)")
    }
    #expect(rules["frame-ancestors"] == "'none'")
    #expect(rules["base-uri"] == "'none'")
    #expect(!policy.contains("unsafe"))
    #expect(page.headers["referrer-policy"] == "no-referrer")
    // What it names is there.
    let names = page.text.matches(of: /(?:src|href)="([^"#]+)"/).map { String($0.output.1) }
    #expect(names.count >= 2)
    for name in names where !name.hasPrefix("data:") {
      #expect(!name.contains("//"), "\(name)")
      let path = name.hasPrefix("/") ? name : "/" + name
      #expect(try server.get(path).status == 200, "\(name)")
    }
  }

  // MARK: Errors

  @Test func `no error has what was sent in it`() throws {
    let mark = "Xylograph"
    let text = #"{"text":"\#(mark)","\#(mark)":1}"#
    let lines = ["Content-Type": "application/x-ndjson"]
    let answers = [
      try server.get("/v1/prompts/\(mark)"), try server.get("/\(mark)"),
      try server.get("/v1/families/\(mark)"), try server.get("/v1/campaigns/\(mark)/accounts"),
      try server.get("/v1/families?\(mark)=1"), try server.get("/v1/families?limit=\(mark)"),
      try server.get("/v1/families?since=\(mark)"), try server.get("/v1/families?sort=\(mark)"),
      try server.get("/v1/families?cursor=\(mark)"), try server.get("/v1/families?search=%\(mark)"),
      try server.post("/v1/prompts", text), try server.post("/v1/prompts", "{\(text)"),
      try server.post("/v1/prompts", #"[{"id":"\#(mark)","text":"\#(mark)"},"\#(mark)"]"#),
      try server.send("POST", "/v1/prompts", json: #"{"id":"\#(mark)"#, headers: lines),
      try server.post("/v1/query", text), try server.post("/v1/query", #"{"id":"\#(mark)"}"#),
      try server.post("/v1/query/batch", #"{"queries":[\#(text),{"id":"\#(mark)"}]}"#),
      try server.send("POST", "/v1/query/batch", json: text + "\n\(mark)", headers: lines),
      try server.post("/v1/query", text, headers: ["Content-Type": mark]),
      try server.post("/v1/query", text, headers: ["Content-Encoding": mark]),
      try server.send("PUT", "/v1/campaigns/\(mark)/verdict", json: text),
      try server.send(mark.uppercased(), "/v1/stats"),
      try server.get("/v1/stats", headers: ["Host": mark]),
      try server.get("/v1/stats", headers: ["Origin": "http://\(mark)"]),
      try server.get("/nothing", headers: ["X-Request-ID": "\(mark) \(mark)"]),
    ]
    for (place, answer) in answers.enumerated() {
      let isFailure =
        answer.status >= 400 || answer.text.contains("invalidInput")
        || answer.object["rejected"] as? Int ?? 0 > 0
      #expect(isFailure, "\(place): \(answer.text)")
      // An array of records names the id of one that it could read.
      let body = answer.text.replacing("\"id\":\"\(mark)\"", with: "")
      #expect(!body.lowercased().contains(mark.lowercased()), "\(place): \(answer.text)")
      let headers = answer.headers.values.joined(separator: " ").lowercased()
      #expect(!headers.contains(mark.lowercased()), "\(place)")
    }
  }
}
