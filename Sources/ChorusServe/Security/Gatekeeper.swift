// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import Synchronization

/// Decides who a client is and what it may do.
final class Gatekeeper: Sendable {
  /// A client that was let in.
  struct Client: Sendable {
    /// The name of its token, if it needs one.
    var name: String?
    var roles: Roles
  }

  private let path: String?
  private let book: Mutex<TokenBook?>
  private let limiter: RateLimiter?

  /// Whether clients need tokens.
  var hasTokens: Bool { path != nil }

  init(_ options: ServiceOptions) throws(ChorusError) {
    path = options.tokenFile
    book = Mutex(
      try options.tokenFile.map { path throws(ChorusError) in try TokenBook(path: path) }
    )
    limiter = options.limits.requestRate.map { RateLimiter(perSecond: $0) }
  }

  /// Reads the token file again; when that fails the tokens stay what they were.
  ///
  /// - Returns: The number of tokens.
  func reload() throws(ChorusError) -> Int {
    guard let path else { return 0 }
    let next = try TokenBook(path: path)
    book.withLock { $0 = next }
    return next.count
  }

  /// Lets a request in, or says why not.
  ///
  /// - Parameters:
  ///   - authorization: The header of that name.
  ///   - access: Who may make the call.
  /// - Returns: Who it is.
  /// - Throws: A ``Problem`` when the token is not known, or does not allow the call, or there were
  ///   too many requests with it.
  func admit(authorization: String?, _ access: Route.Access) throws(Problem) -> Client {
    if case .open = access { return Client(roles: []) }
    let client = try client(authorization)
    if case .roles(let needed) = access, !client.roles.isSuperset(of: needed) {
      let names = needed == .admin ? ["admin"] : needed.names
      throw Problem(
        403,
        "forbidden",
        "The token does not have the role that this call needs: \(names.joined(separator: ", "))."
      )
    }
    if let limiter, let wait = limiter.take(client.name ?? "") {
      var problem = Problem.busy
      problem.retryAfter = wait
      throw problem
    }
    return client
  }

  private func client(_ authorization: String?) throws(Problem) -> Client {
    guard hasTokens else { return Client(roles: .admin) }
    guard let authorization else { throw .unauthorised }
    let parts = authorization.split(separator: " ", omittingEmptySubsequences: true)
    guard parts.count == 2, parts[0].lowercased() == "bearer",
      let entry = book.withLock({ $0 })?.entry(ofToken: String(parts[1]))
    else { throw .unauthorised }
    return Client(name: entry.name, roles: entry.roles)
  }
}

/// Lets each client make so many requests a second, and a second's worth of them at once.
final class RateLimiter: Sendable {
  private struct Bucket {
    var tokens: Double
    var time: ContinuousClock.Instant
  }

  private let rate: Double
  private let buckets = Mutex<[String: Bucket]>([:])

  init(perSecond rate: Double) { self.rate = rate }

  /// Takes a request's place.
  ///
  /// - Parameters:
  ///   - client: Whose it is; there are as many as there are tokens.
  ///   - now: The time.
  /// - Returns: `nil`, or the seconds after which there is a place.
  func take(_ client: String, at now: ContinuousClock.Instant = .now) -> Int? {
    buckets.withLock { buckets in
      let most = max(1, rate)
      var bucket = buckets[client] ?? Bucket(tokens: most, time: now)
      let passed = max(.zero, now - bucket.time)
      bucket.tokens = min(most, bucket.tokens + rate * passed.seconds)
      bucket.time = now
      let hasPlace = bucket.tokens >= 1
      if hasPlace { bucket.tokens -= 1 }
      buckets[client] = bucket
      return hasPlace ? nil : max(1, Int(((1 - bucket.tokens) / rate).rounded(.up)))
    }
  }
}

extension Duration {
  /// The duration in seconds.
  var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }
}
