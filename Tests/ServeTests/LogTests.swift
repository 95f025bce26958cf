// SPDX-License-Identifier: Apache-2.0

import ChorusTestSupport
import Foundation
import Testing

/// What the service tells of itself, and what it does not tell of others.
struct LogTests {
  /// Stands in all that a client sends and that nobody else may see.
  private static let mark = "Xylograph"

  /// The lines of a log, each of which has to be an object.
  private static func lines(_ log: String) throws -> [[String: Any]] {
    try log.split(separator: "\n").map { line in
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
      return try #require(object as? [String: Any], "\(line)")
    }
  }

  private static func requests(_ log: String) throws -> [[String: Any]] {
    try lines(log).filter { $0["route"] != nil }
  }

  private static func hasMark(_ text: String) -> Bool {
    text.lowercased().contains(mark.lowercased())
  }

  // MARK: Logs

  @Test func `each request has a line with its id, its route and its status`() throws {
    let program = try Program()
    let token = try program.token("alice", ["admin"])
    let server = try Server(
      program,
      "--token-file",
      program.writeTokens(token),
      "--log-level",
      "info"
    )
    var expected: [String: (route: String, method: String, status: Int)] = [:]
    for (place, call) in APICall.all.enumerated() {
      let id = "call-\(place)"
      let headers = token.header.merging(["X-Request-ID": id]) { $1 }
      let answer = try server.make(call, headers: headers)
      expected[id] = (call.route, call.method, answer.status)
    }
    let log = server.end().log
    var found = Set<String>()
    for line in try Self.requests(log) {
      let id = try #require(line["request_id"] as? String)
      let call = try #require(expected[id], "\(id)")
      #expect(found.insert(id).inserted, "\(id) is there twice")
      // The description is a file like those of the page.
      let route = call.route == "/openapi.json" ? ["/", call.route] : [call.route]
      #expect(route.contains(line["route"] as? String ?? "none"), "\(call.route)")
      #expect(line["method"] as? String == call.method)
      #expect("\(line["status"] ?? "")" == "\(call.status)")
      #expect(line["time"] != nil && line["level"] != nil && line["message"] != nil)
    }
    #expect(found == Set(expected.keys))
    #expect(!log.contains(token.secret))
    // Each line is one object with a time and a level, requests or not.
    for line in try Self.lines(log) {
      #expect(line["level"] as? String != nil && line["time"] as? String != nil, "\(line)")
    }
  }

  @Test func `as it is started requests are not logged`() throws {
    let server = try Server(Program())
    for call in APICall.all { _ = try server.make(call) }
    let log = server.end().log
    #expect(try Self.requests(log).isEmpty)
    _ = try Self.lines(log)
  }

  /// Calls in which everything that a client may choose is marked.
  private static func makeMarkedCalls(_ server: Server, _ token: Token) throws {
    let headers = token.header.merging([
      "User-Agent": mark, "Referer": "http://\(mark)/", "Cookie": "a=\(mark)", "Accept": mark,
      "X-Request-ID": "\(mark) \(mark)", "X-\(mark)": mark, "X-Forwarded-For": mark,
    ]) { $1 }
    let record =
      #"{"id":"\#(mark)/1","account":"\#(mark) a","time":1,"text":"The \#(mark) of the bay"}"#
    let bad = #"{"id":"\#(mark)/2","text":"\#(mark)","\#(mark)":"\#(mark)"}"#
    func post(_ path: String, _ json: String, _ type: String = "application/json") throws {
      let all = headers.merging(["Content-Type": type]) { $1 }
      _ = try server.send("POST", path, json: json, headers: all)
    }
    for body in [record, bad, "[\(record),\(bad)]", "{\(bad)", mark, "[\(mark)"] {
      try post("/v1/prompts", body)
      try post("/v1/prompts", body, "application/x-ndjson")
      try post("/v1/query", body)
      try post("/v1/query/batch", body, "application/x-ndjson")
      try post("/v1/prompts", body, mark)
    }
    for query in [
      #"{"text":"The \#(mark) of the bay","explain":true,"with_text":true}"#,
      #"{"text":"\#(mark)","mode":"contains","account":"\#(mark)"}"#, #"{"id":"\#(mark)/1"}"#,
      #"{"text":"x","family":"\#(mark)","attributes":{"\#(mark)":"\#(mark)"}}"#,
    ] {
      try post("/v1/query", query)
      try post("/v1/query/batch", #"{"queries":[\#(query)]}"#)
    }
    for path in [
      "/v1/prompts/\(mark)%2F1", "/v1/prompts/\(mark)", "/v1/families/\(mark)",
      "/v1/families/\(mark)/members", "/v1/campaigns/\(mark)", "/v1/campaigns/\(mark)/accounts",
      "/\(mark)", "/v1/\(mark)", "/v1/stats/\(mark)", "/v1/families?search=\(mark)",
      "/v1/families?\(mark)=1", "/v1/families?cursor=\(mark)", "/v1/families?since=\(mark)",
      "/v1/prompts/%\(mark)", "/healthz?\(mark)", "/metrics?a=\(mark)", "/\(mark).js",
    ] {
      _ = try server.get(path, headers: headers)
      _ = try server.send("HEAD", path, headers: headers)
    }
    let verdict = #"{"decision":"benign","note":"\#(mark)"}"#
    let path = "/v1/campaigns/\(mark)/verdict"
    _ = try server.send("PUT", path, json: verdict, headers: headers)
    _ = try server.send("DELETE", path, headers: headers)
    _ = try server.get("/v1/stats", headers: ["Authorization": "Bearer \(mark)"])
    _ = try server.get("/v1/stats", headers: ["Authorization": "\(mark) \(token.secret)"])
    _ = try server.send(mark.uppercased(), "/v1/stats", headers: headers)
    let connection = try Connection(port: server.port)
    connection.write("GET /\(mark) \(mark)\r\n\(mark): \(mark)\r\nConnection: close\r\n\r\n")
    _ = connection.readToEnd()
    _ = try server.send("DELETE", "/v1/prompts/\(mark)%2F1", headers: headers)
    _ = try server.send("DELETE", "/v1/accounts/\(mark)%20a", headers: headers)
    try server.mine(headers: headers)
  }

  @Test(arguments: ["info", "notice"])
  func `nothing that a client sends is in the log or the metrics`(_ level: String) throws {
    let program = try Program()
    let token = try program.token("alice", ["admin"])
    let server = try Server(
      program,
      "--token-file",
      program.writeTokens(token),
      "--log-level",
      level
    )
    try Self.makeMarkedCalls(server, token)
    let metrics = try server.get("/metrics", headers: token.header)
    #expect(metrics.status == 200)
    #expect(!Self.hasMark(metrics.text))
    let log = server.end().log
    for line in log.split(separator: "\n") { #expect(!Self.hasMark(String(line)), "\(line)") }
    #expect(!log.contains(token.secret))
    if level == "info" {
      let routes = Set(try Self.requests(log).compactMap { $0["route"] as? String })
      let known = Set(APICall.all.map(\.route))
      // What has no route of its own has one together, and many paths make no many routes.
      #expect(routes.subtracting(known).count <= 2, "\(routes)")
      #expect(routes.contains("/v1/prompts/{id}"))
    }
  }

  // MARK: Metrics

  /// A sample of the text format of Prometheus.
  private struct Sample {
    var name: String
    var labels: [String: String]
    var value: Double
  }

  /// Reads the text format, in which each line has to be right.
  private static func samples(_ text: String) throws -> [Sample] {
    let label = #"[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*""#
    let pattern = try Regex(
      #"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:\#(label)(?:,\#(label))*)?)\})? ([^ ]+)"#
    )
    var kinds: [String: String] = [:]
    var helps = Set<String>()
    var series = Set<String>()
    var samples: [Sample] = []
    #expect(text.hasSuffix("\n"))
    for line in text.split(separator: "\n") {
      if line.hasPrefix("# HELP ") {
        let words = line.split(separator: " ", maxSplits: 3)
        try #require(words.count == 4, "\(line)")
        #expect(helps.insert(String(words[2])).inserted, "\(line)")
      } else if line.hasPrefix("#") {
        let words = line.split(separator: " ").map(String.init)
        try #require(words.count == 4 && words[1] == "TYPE", "\(line)")
        #expect(["counter", "gauge", "histogram", "summary"].contains(words[3]), "\(line)")
        #expect(kinds.updateValue(words[3], forKey: words[2]) == nil, "\(line)")
      } else {
        let match = try #require(try pattern.wholeMatch(in: String(line)), "\(line)")
        let name = String(match[1].substring ?? "")
        let value = try #require(Double(match[3].substring ?? ""), "\(line)")
        var labels: [String: String] = [:]
        let list = String(match[2].substring ?? "")
        for pair in list.matches(of: try Regex(#"([a-zA-Z0-9_]+)="((?:[^"\\]|\\.)*)""#)) {
          labels[String(pair[1].substring ?? "")] = String(pair[2].substring ?? "")
        }
        let isPart = ["_bucket", "_sum", "_count"].first { suffix in
          name.hasSuffix(suffix) && kinds[String(name.dropLast(suffix.count))] == "histogram"
        }
        let family = isPart.map { String(name.dropLast($0.count)) } ?? name
        #expect(kinds[family] != nil && helps.contains(family), "\(line)")
        // Those of the process have the names that Prometheus has for them.
        #expect(name.hasPrefix("chorus_") || name.hasPrefix("process_"), "\(line)")
        #expect(kinds[family] != "counter" || (name.hasSuffix("_total") && value >= 0), "\(line)")
        #expect(series.insert(line.split(separator: " ").dropLast().joined()).inserted, "\(line)")
        samples.append(Sample(name: name, labels: labels, value: value))
      }
    }
    return samples
  }

  @Test func `metrics are those of Prometheus and count what was done`() throws {
    let server = try Server(Program())
    func value(_ name: String, _ labels: [String: String]) throws -> Double {
      let samples = try Self.samples(server.get("/metrics").text)
      return samples.filter { sample in
        sample.name == name && labels.allSatisfy { sample.labels[$0.key] == $0.value }
      }.reduce(0) { $0 + $1.value }
    }
    let answer = try server.get("/metrics")
    #expect(answer.headers["content-type"]?.hasPrefix("text/plain") == true)
    let record = #"{"id":"1","account":"a","time":1,"text":"one two three"}"#
    _ = try server.post("/v1/prompts", "[\(record),\(record),{},7]")
    for _ in 0..<3 { _ = try server.post("/v1/query", #"{"text":"one two three"}"#) }
    _ = try server.post("/v1/query", "{}")
    for id in ["1", "none", "other"] { _ = try server.get("/v1/prompts/\(id)") }
    let requests = "chorus_http_requests_total"
    #expect(try value(requests, ["route": "/v1/query", "status": "200", "method": "POST"]) == 3)
    #expect(try value(requests, ["route": "/v1/query", "status": "400"]) == 1)
    #expect(try value(requests, ["route": "/v1/prompts/{id}", "status": "404"]) == 2)
    #expect(try value(requests, ["route": "/v1/prompts"]) == 1)
    let records = "chorus_ingest_prompts_total"
    #expect(try value(records, ["outcome": "added"]) == 1)
    #expect(try value(records, ["outcome": "duplicate"]) == 1)
    #expect(try value(records, ["outcome": "rejected"]) == 2)
    #expect(try value("chorus_index_prompts", [:]) == 1)
  }

  @Test func `the buckets of a histogram add up`() throws {
    let server = try Server(Program())
    for _ in 0..<20 { _ = try server.post("/v1/query", #"{"text":"one two three"}"#) }
    let samples = try Self.samples(server.get("/metrics").text)
    var buckets: [String: [(bound: Double, count: Double)]] = [:]
    func key(_ name: some StringProtocol, _ labels: [String: String]) throws -> String {
      try "\(name) \(CanonicalJSON.text(labels.filter { $0.key != "le" }))"
    }
    for sample in samples where sample.name.hasSuffix("_bucket") {
      let bound = try #require(sample.labels["le"])
      let limit = try #require(bound == "+Inf" ? Double.infinity : Double(bound))
      buckets[try key(sample.name.dropLast(7), sample.labels), default: []]
        .append((limit, sample.value))
    }
    #expect(!buckets.isEmpty)
    var counts: [String: Double] = [:]
    for sample in samples where sample.name.hasSuffix("_count") {
      counts[try key(sample.name.dropLast(6), sample.labels)] = sample.value
    }
    for (name, list) in buckets {
      for (lower, upper) in zip(list, list.dropFirst()) {
        #expect(lower.bound < upper.bound && lower.count <= upper.count, "\(name)")
      }
      #expect(list.last?.bound == .infinity)
      #expect(list.last?.count == counts[name], "\(name)")
    }
    let queries = counts.filter { $0.key.contains(#""/v1/query""#) }
    #expect(queries.values.contains(20), "\(queries)")
  }
}
