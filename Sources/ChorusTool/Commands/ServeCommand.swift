// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Chorus
import ChorusServe
import Glibc
import Logging

struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Serves an index over HTTP, with a page for analysts.",
    discussion: """
      Programs add prompts and ask; people open the address in a browser. What was answered with \
      200 is durable. Families and campaigns are mined again as prompts come. The index is made \
      when there is none; nobody else can write to it meanwhile.

      Without a token file the service listens on this machine only, and whoever is on it may do \
      everything. 'chorus token' makes tokens. On SIGHUP tokens and certificate are read again, on \
      SIGTERM the service answers what it has and stops.
      """
  )

  enum Level: String, ExpressibleByArgument, CaseIterable {
    case debug
    case info
    case notice
    case warning
    case error
  }

  @OptionGroup var options: IndexOptions

  @Option(help: "The address to listen on: a host and a port; port 0 is any that is free.")
  var listen = "127.0.0.1:8080"

  @Option(help: "The file of the tokens, one a line: a name, roles, and the SHA-256 of the token.")
  var tokenFile: String?

  @Option(help: "The certificate for TLS, in PEM form, with those that vouch for it.")
  var tlsCertificate: String?

  @Option(help: "The private key of the certificate, in PEM form.")
  var tlsKey: String?

  @Flag(help: "Listen beyond this machine without TLS, where something else encrypts.")
  var insecure = false

  @Option(help: "The fewest accounts of a family and of a campaign.")
  var minAccounts = FamilyMiner.Options().minimumAccountCount

  @Option(help: "A file of known-good templates, as for 'campaigns'.")
  var allow: String?

  @Flag(help: "A new index stores no texts.")
  var noText = false

  @Option(
    name: .customLong("attribute"),
    help: "A scalar field to keep with each prompt, by its path; repeatable."
  )
  var attributes: [String] = []

  @OptionGroup var fields: FieldOptions

  @Option(help: "The most MiB of a request's body.")
  var maxBodyMib = 16

  @Option(help: "The most connections.")
  var maxConnections = 16_384

  @Option(help: "The most requests a second of one token; all that come by default.")
  var rate: Double?

  @Option(help: "The seconds after which any new prompt is reason to mine again.")
  var mineSeconds = 300

  @Option(help: "What is logged: debug, info (every request), notice, warning or error.")
  var logLevel = Level.notice

  func validate() throws {
    guard minAccounts >= 2 else { throw ValidationError("--min-accounts must be at least 2.") }
    guard (1...512).contains(maxBodyMib) else {
      throw ValidationError("--max-body-mib must be from 1 to 512.")
    }
    guard (1...1_000_000).contains(maxConnections) else {
      throw ValidationError("--max-connections must be from 1 to 1000000.")
    }
    guard (1...86_400).contains(mineSeconds) else {
      throw ValidationError("--mine-seconds must be from 1 to 86400.")
    }
    if let rate, !(0.001...1_000_000).contains(rate) {
      throw ValidationError("--rate must be from 0.001 to 1000000.")
    }
    guard (tlsCertificate == nil) == (tlsKey == nil) else {
      throw ValidationError("--tls-certificate and --tls-key go together.")
    }
    _ = try address()
  }

  /// The files that the index and the program itself may have open.
  private static let ownFileCount = 256

  /// The host and the port of `--listen`.
  private func address() throws -> (host: String, port: Int) {
    let parts = listen.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count >= 2, let port = parts.last.flatMap({ UInt16($0) }) else {
      throw ValidationError("--listen takes a host and a port, such as 127.0.0.1:8080.")
    }
    var host = parts.dropLast().joined(separator: ":")
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    guard !host.isEmpty else {
      throw ValidationError("--listen takes a host and a port, such as 127.0.0.1:8080.")
    }
    return (host, Int(port))
  }

  func run() throws {
    // Before the service reads tokens again at it, it must not end the program.
    signal(SIGHUP, SIG_IGN)
    var options = try serviceOptions()
    let fileCount = OpenFiles.raise(to: options.limits.connectionCount + Self.ownFileCount)
    // Connections must not take the files that the index needs.
    options.limits.connectionCount = max(
      1,
      min(options.limits.connectionCount, fileCount - Self.ownFileCount)
    )
    let level = Logger.Level(rawValue: logLevel.rawValue) ?? .notice
    let logger = Logger(label: "chorus") { _ in
      LogLines(level: level) { line in
        Terminal.error.line(line)
        Terminal.error.flush()
      }
    }
    // A client that went away is no reason to end.
    signal(SIGPIPE, SIG_IGN)
    let service = try Service(options, logger: logger)
    try Waiting.run { () async throws(ChorusError) in try await service.run() }
  }

  private func serviceOptions() throws -> ServiceOptions {
    let address = try address()
    var source = ServiceOptions.IndexSource(path: options.index, key: try options.key())
    source.keepsText = !noText
    var service = ServiceOptions(index: source)
    service.host = address.host
    service.port = address.port
    service.tokenFile = tokenFile
    if let tlsCertificate, let tlsKey {
      service.certificate = ServiceOptions.Certificate(chainPath: tlsCertificate, keyPath: tlsKey)
    }
    service.isInsecure = insecure
    service.minimumAccountCount = minAccounts
    service.known = try CampaignOptions.known(allow)
    service.ingest = fields.ingestOptions
    service.ingest.attributeNames = attributes
    service.ingest.maximumRecordByteCount = maxBodyMib << 20
    service.limits.bodyByteCount = maxBodyMib << 20
    service.limits.heldByteCount = max(4 * maxBodyMib, 64) << 20
    service.limits.connectionCount = maxConnections
    service.limits.requestRate = rate
    service.passes.interval = .seconds(mineSeconds)
    return service
  }
}
