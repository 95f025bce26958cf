// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import NIOCore
internal import NIOSSL
internal import Synchronization

/// The certificate that new connections are shown, which can be replaced while the service runs.
final class CertificateStore: Sendable {
  private let certificate: ServiceOptions.Certificate
  private let current: Mutex<NIOSSLContextConfigurationOverride>

  /// Reads the certificate and its key.
  ///
  /// - Throws: `invalidInput` when they cannot be read.
  init(_ certificate: ServiceOptions.Certificate) throws(ChorusError) {
    self.certificate = certificate
    current = Mutex(try Self.read(certificate).override)
  }

  /// Reads the files again; when that fails the certificate stays what it was.
  func reload() throws(ChorusError) {
    let next = try Self.read(certificate).override
    current.withLock { $0 = next }
  }

  /// How connections are secured: TLS 1.2 or newer.
  func configuration() throws(ChorusError) -> TLSConfiguration {
    let (chain, key, _) = try Self.read(certificate)
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain,
      privateKey: key
    )
    configuration.minimumTLSVersion = .tlsv12
    configuration.sslContextCallback = { [self] _, promise in
      promise.succeed(current.withLock { $0 })
    }
    return configuration
  }

  private static func read(
    _ certificate: ServiceOptions.Certificate
  ) throws(ChorusError) -> (
    chain: [NIOSSLCertificateSource], key: NIOSSLPrivateKeySource,
    override: NIOSSLContextConfigurationOverride
  ) {
    do {
      let chain = try NIOSSLCertificate.fromPEMFile(certificate.chainPath)
        .map { NIOSSLCertificateSource.certificate($0) }
      let key = NIOSSLPrivateKeySource.privateKey(
        try NIOSSLPrivateKey(file: certificate.keyPath, format: .pem)
      )
      // Says whether the two belong together.
      _ = try NIOSSLContext(
        configuration: .makeServerConfiguration(certificateChain: chain, privateKey: key)
      )
      var override = NIOSSLContextConfigurationOverride()
      override.certificateChain = chain
      override.privateKey = key
      return (chain, key, override)
    } catch {
      throw ChorusError(
        .invalidInput,
        "Cannot use the certificate \(certificate.chainPath) with the key \(certificate.keyPath): "
          + "check that both are PEM files and belong together."
      )
    }
  }
}
