// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
public import ChorusFamily
public import ChorusIngest
public import ChorusSketch

/// How a service listens, whom it lets in, and what it allows.
public struct ServiceOptions: Sendable {
  /// The index and how it is opened.
  public var index: IndexSource
  /// The address to listen on.
  public var host = "127.0.0.1"
  /// The port to listen on; 0 for any that is free.
  public var port = 8080
  /// The file with the tokens, if clients need one.
  public var tokenFile: String?
  /// The certificate and the key for TLS, if the service speaks it.
  public var certificate: Certificate?
  /// Whether to listen beyond this machine without TLS.
  public var isInsecure = false
  /// Where the fields of a record are.
  public var ingest = IngestOptions()
  /// The fewest accounts of a family and of a campaign.
  public var minimumAccountCount = FamilyMiner.Options().minimumAccountCount
  /// Templates that are known to be innocent.
  public var known = KnownTemplates()
  /// When families are mined again.
  public var passes = Passes()
  /// What one client, and all together, may take.
  public var limits = Limits()

  /// Creates the default options for an index.
  public init(index: IndexSource) { self.index = index }

  /// An index and how it is opened.
  public struct IndexSource: Sendable {
    /// The folder; it is made when there is none.
    public var path: String
    /// The key of a keyed index.
    public var key: SketchKey?
    /// Whether a new index stores the texts.
    public var keepsText = true

    /// Names an index.
    public init(path: String, key: SketchKey? = nil) {
      self.path = path
      self.key = key
    }
  }

  /// Two files in PEM form.
  public struct Certificate: Hashable, Sendable {
    /// The certificate, followed by those that vouch for it.
    public var chainPath: String
    /// Its private key.
    public var keyPath: String

    /// Names the files.
    public init(chainPath: String, keyPath: String) {
      self.chainPath = chainPath
      self.keyPath = keyPath
    }
  }

  /// When families are mined again.
  public struct Passes: Hashable, Sendable {
    /// The share of the prompts that must be new.
    public var growth = 0.01
    /// The fewest new prompts, so that a small index is not mined all the time.
    public var leastPromptCount = 1000
    /// The time after which any new prompt is reason enough.
    public var interval = Duration.seconds(300)
    /// How many times as long as a pass took it is at least until the next.
    public var rest = 4.0

    /// Creates the default times.
    public init() {}
  }

  /// What one client, and all together, may take.
  public struct Limits: Hashable, Sendable {
    /// The most bytes of a body, before and after decompression.
    public var bodyByteCount = 16 << 20
    /// The most bytes of all bodies that are held at a time; with what is made of them they take
    /// some six times as much.
    public var heldByteCount = 64 << 20
    /// The most bytes of a text that is asked about.
    public var textByteCount = 1 << 20
    /// The most records of a body.
    public var recordCount = 20_000
    /// The most queries in a batch.
    public var batchCount = 1000
    /// The most items on a page of a list, and matches of a query.
    public var pageCount = 1000
    /// About the most bytes of texts on a page of a list.
    public var pageByteCount = 4 << 20
    /// The most connections.
    public var connectionCount = 16_384
    /// The most requests of a kind that wait for a thread.
    public var waitingCount = 512
    /// The most requests a second of one token, or of all clients where there are none; `nil` for
    /// any number.
    public var requestRate: Double?
    /// How long a client may take for the head of a request, and may be idle.
    public var idleTime = Duration.seconds(30)
    /// How long a client may take for a body, beside the time that its bytes take at 32 KiB a
    /// second.
    public var bodyTime = Duration.seconds(10)
    /// How long a client may take to read an answer.
    public var responseTime = Duration.seconds(60)
    /// How long a query may take.
    public var queryTime = Duration.seconds(5)

    /// Creates the default limits.
    public init() {}
  }
}

extension ServiceOptions {
  /// Whether only this machine can reach the service.
  var isLocal: Bool {
    host == "localhost" || host == "::1" || host == "127.0.0.1"
      || (host.hasPrefix("127.") && host.allSatisfy { $0 == "." || $0.isNumber })
  }

  /// Refuses to let strangers in.
  ///
  /// - Throws: `invalidInput` when the service would be open to other machines without tokens, or
  ///   would send tokens over the network as they are.
  func validate() throws(ChorusError) {
    if let certificate, certificate.chainPath.isEmpty || certificate.keyPath.isEmpty {
      throw ChorusError(.invalidInput, "Cannot speak TLS: give a certificate and its key.")
    }
    guard !isLocal else { return }
    guard tokenFile != nil else {
      throw ChorusError(
        .invalidInput,
        "Cannot listen on \(host) without tokens: anyone could read the prompts. Give --token-file,"
          + " or listen on 127.0.0.1."
      )
    }
    guard certificate != nil || isInsecure else {
      throw ChorusError(
        .invalidInput,
        "Cannot listen on \(host) without TLS: tokens and prompts could be read on the way. Give "
          + "--tls-certificate and --tls-key, or --insecure where something else encrypts."
      )
    }
  }
}
