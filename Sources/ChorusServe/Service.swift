// SPDX-License-Identifier: Apache-2.0

public import ChorusCore
internal import Hummingbird
internal import HummingbirdCore
internal import HummingbirdHTTP2
public import Logging
internal import NIOCore
internal import ServiceLifecycle
internal import UnixSignals

/// An index served over HTTP: adding, asking, families and campaigns, and a page for analysts.
///
/// One process writes to an index, and this is it while it runs; other processes may read. What
/// was answered with 200 is durable.
public final class Service: Sendable {
  /// The version of the program, as clients see it.
  public static let version = "0.1.0"

  private let options: ServiceOptions
  private let logger: Logger
  private let engine: Engine
  private let gatekeeper: Gatekeeper
  private let certificates: CertificateStore?

  /// Opens the index of a service and everything else that it needs but its address.
  ///
  /// - Parameters:
  ///   - options: How to serve.
  ///   - logger: Receives what happens; never the text of a prompt.
  /// - Throws: `invalidInput` for options that would let strangers in, `locked` when another
  ///   process writes to the index, and what opening an index throws.
  public init(_ options: ServiceOptions, logger: Logger) throws(ChorusError) {
    try options.validate()
    ThisProcess.returnLargePiecesAtOnce()
    self.options = options
    self.logger = logger
    gatekeeper = try Gatekeeper(options)
    certificates = try options.certificate.map { files throws(ChorusError) in
      try CertificateStore(files)
    }
    engine = try Engine(options, Meter(), logger)
  }

  /// Serves until the process is told to stop, or the task is cancelled.
  ///
  /// On SIGTERM or SIGINT no connection is taken any more, requests under way are answered, and
  /// what is in the log becomes a segment. On SIGHUP tokens and certificate are read again.
  ///
  /// - Parameter onListening: Told of the port.
  /// - Throws: `ioFailure` when the address cannot be listened on.
  public func run(
    onListening: @escaping @Sendable (Int) -> Void = { _ in }
  ) async throws(ChorusError) {
    let failure: ChorusError?
    do {
      try await serve(onListening)
      failure = nil
    } catch let error as ChorusError {
      failure = error
    } catch is CancellationError {
      failure = nil
    } catch {
      failure = ChorusError(
        .ioFailure,
        "Cannot listen on \(options.host):\(options.port): check the address, and whether another "
          + "program has it.",
        cause: error
      )
    }
    await engine.stop()
    if let failure { throw failure }
    logger.notice("stopped")
  }

  private func serve(_ onListening: @escaping @Sendable (Int) -> Void) async throws {
    let application = Application(
      responder: ServiceResponder(engine, gatekeeper, logger),
      server: try serverBuilder(),
      configuration: ApplicationConfiguration(
        address: .hostname(options.host, port: options.port),
        backlog: 1024,
        availableConnectionsDelegate: MaximumAvailableConnections(options.limits.connectionCount)
      ),
      onServerRunning: { [options, logger] channel in
        let port = channel.localAddress?.port ?? options.port
        logger.notice("listening", metadata: ["address": "\(options.host):\(port)"])
        onListening(port)
      },
      logger: quietLogger
    )
    var configuration = ServiceGroupConfiguration(
      services: [
        .init(service: application, successTerminationBehavior: .gracefullyShutdownGroup),
        .init(service: Caretaker(engine: engine)),
        .init(service: Reloader(run: reload)),
      ],
      gracefulShutdownSignals: [.sigterm, .sigint],
      logger: quietLogger
    )
    // Who still sends then is cut off.
    configuration.maximumGracefulShutdownDuration = .seconds(30)
    try await ServiceGroup(configuration: configuration).run()
  }

  /// The servers' own logger: what they say of single connections is of no use to an operator.
  private var quietLogger: Logger {
    var logger = logger
    logger.logLevel = max(logger.logLevel, .warning)
    return logger
  }

  private func serverBuilder() throws(ChorusError) -> HTTPServerBuilder {
    let limits = options.limits
    let idle = TimeAmount(limits.idleTime)
    let stall = TimeAmount(limits.responseTime)
    let stream = HTTP1Channel.Configuration(
      additionalChannelHandlers: [
        PatienceHandler(limit: stall, bodyByteCount: limits.bodyByteCount)
      ],
      idleTimeout: idle,
      httpDecoderConfiguration: HTTP1Channel.Configuration.DecoderConfiguration(
        maxHeaderFieldSize: 32 << 10,
        maxHeaderListSize: 64 << 10,
        maxHeaderFieldCount: 128
      )
    )
    guard let certificates else { return .http1(configuration: stream) }
    let configuration = try certificates.configuration()
    return HTTPServerBuilder { responder in
      let base = try HTTP2UpgradeChannel(
        tlsConfiguration: configuration,
        configuration: HTTP2ChannelConfiguration(
          idleTimeout: limits.idleTime,
          gracefulCloseTimeout: .seconds(10),
          streamConfiguration: stream
        ),
        responder: responder
      )
      return DeadlineChannel(base: base, limit: idle)
    }
  }

  private func reload() {
    var count = 0
    var isWhole = true
    do throws(ChorusError) { count = try gatekeeper.reload() } catch {
      isWhole = false
      logger.error("tokens stay as they were", metadata: ["error": "\(error)"])
    }
    do throws(ChorusError) { try certificates?.reload() } catch {
      isWhole = false
      logger.error("the certificate stays as it was", metadata: ["error": "\(error)"])
    }
    guard isWhole else { return }
    logger.notice("read tokens and certificate again", metadata: ["tokens": "\(count)"])
  }
}

/// Looks after the engine while the service runs.
private struct Caretaker: ServiceLifecycle.Service {
  let engine: Engine

  func run() async throws {
    await cancelWhenGracefulShutdown { await engine.lookAfter() }
  }
}

/// Does something at each SIGHUP.
private struct Reloader: ServiceLifecycle.Service {
  let run: @Sendable () -> Void

  init(run: @escaping @Sendable () -> Void) { self.run = run }

  func run() async throws {
    await cancelWhenGracefulShutdown {
      for await _ in await UnixSignalsSequence(trapping: .sighup) { run() }
    }
  }
}
