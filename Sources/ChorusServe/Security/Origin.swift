// SPDX-License-Identifier: Apache-2.0

/// Keeps pages of other sites away from a service that needs no token.
///
/// A browser sends what any page tells it to, to this machine too. Where there are no tokens, a
/// request must name this machine as its host, which a name that was bound to its address
/// (DNS rebinding) does not, and must not come from a page of another origin.
enum Origin {
  /// Refuses a request that a page of another site may have made.
  ///
  /// - Parameters:
  ///   - authority: The host that the request names.
  ///   - origin: The header of that name, if there is one.
  /// - Throws: A ``Problem`` when it may be.
  static func check(authority: String?, origin: String?) throws(Problem) {
    guard let authority, let host = host(of: authority), isLocal(host) else {
      throw Problem(
        403,
        "forbidden",
        "The request names another host than this machine. Use 127.0.0.1, or a service with tokens."
      )
    }
    guard let origin else { return }
    let scheme = ["http://", "https://"].first { origin.hasPrefix($0) }
    guard let scheme, origin.dropFirst(scheme.count) == authority else {
      throw Problem(403, "forbidden", "The request comes from a page of another site.")
    }
  }

  /// A host and a port without the port, or `nil` when there is more.
  private static func host(of authority: String) -> Substring? {
    let isBracketed = authority.hasPrefix("[")
    let host = authority.drop { $0 == "[" }.prefix { $0 != (isBracketed ? "]" : ":") }
    let rest = authority[host.endIndex...].drop { $0 == "]" }
    guard rest.isEmpty || (rest.first == ":" && UInt16(rest.dropFirst()) != nil) else { return nil }
    return host
  }

  private static func isLocal(_ host: Substring) -> Bool {
    if host.lowercased() == "localhost" || host == "::1" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127"
      && parts.allSatisfy { !$0.isEmpty && UInt8($0) != nil }
  }
}
