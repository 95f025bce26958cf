// SPDX-License-Identifier: Apache-2.0

/// What a client may do.
public struct Roles: OptionSet, Hashable, Sendable {
  /// One bit for each role.
  public let rawValue: Int

  /// Creates a set of roles from its bits.
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// Ask, and see families and campaigns.
  public static let read = Self(rawValue: 1)
  /// Add prompts; together with ``read``, give verdicts.
  public static let write = Self(rawValue: 2)
  /// Everything, deleting included.
  public static let admin = Self(rawValue: 7)

  /// The roles by their names.
  static let named: [(name: String, role: Roles)] = [
    ("read", .read), ("write", .write), ("admin", .admin),
  ]

  /// The names of the roles, those that admin includes too.
  public var names: [String] { Self.named.filter { contains($0.role) }.map(\.name) }

  /// The role with a name.
  public init?(name: String) {
    guard let known = Self.named.first(where: { $0.name == name }) else { return nil }
    self = known.role
  }
}
