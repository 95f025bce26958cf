// SPDX-License-Identifier: Apache-2.0

/// The path and the parameters of a request, decoded strictly: what is malformed is refused rather
/// than guessed at, and no decoded name is ever a path of a file.
struct RequestPath {
  /// The segments between slashes, each decoded by itself: a name may have a slash in it.
  let segments: [String]
  /// The parameters behind the question mark, in order.
  let parameters: [(name: String, value: String)]

  /// The most bytes of a target.
  private static let byteLimit = 16 << 10

  /// Reads the target of a request.
  ///
  /// - Throws: A ``Problem`` when it has another form.
  init(target: String) throws(Problem) {
    guard target.utf8.count <= Self.byteLimit else {
      throw .invalid("The path has more than 16,384 bytes.")
    }
    guard target.hasPrefix("/"), !target.utf8.contains(UInt8(ascii: "#")) else {
      throw .invalid("The target of a request must be a path.")
    }
    let parts = target.utf8.split(
      separator: UInt8(ascii: "?"),
      maxSplits: 1,
      omittingEmptySubsequences: false
    )
    var segments: [String] = []
    for part in parts[0].dropFirst().split(
      separator: UInt8(ascii: "/"),
      omittingEmptySubsequences: false
    ) {
      segments.append(try Self.decoded(part, plusIsSpace: false))
    }
    self.segments = segments
    var parameters: [(name: String, value: String)] = []
    if parts.count == 2, !parts[1].isEmpty {
      for pair in parts[1].split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false) {
        let sides = pair.split(
          separator: UInt8(ascii: "="),
          maxSplits: 1,
          omittingEmptySubsequences: false
        )
        guard sides.count == 2 else {
          throw .invalid("Each parameter must have the form name=value.")
        }
        let name = try Self.decoded(sides[0], plusIsSpace: true)
        parameters.append((name, try Self.decoded(sides[1], plusIsSpace: true)))
      }
    }
    self.parameters = parameters
  }

  private static func decoded(
    _ bytes: some Collection<UInt8>,
    plusIsSpace: Bool
  ) throws(Problem) -> String {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var rest = bytes.makeIterator()
    while let byte = rest.next() {
      switch byte {
      case UInt8(ascii: "%"):
        guard let high = rest.next().flatMap(digit), let low = rest.next().flatMap(digit) else {
          throw .invalid("The target has a '%' that two hexadecimal digits do not follow.")
        }
        result.append(high << 4 | low)
      case UInt8(ascii: "+") where plusIsSpace: result.append(UInt8(ascii: " "))
      default: result.append(byte)
      }
    }
    guard let text = String(validating: result, as: UTF8.self) else {
      throw .invalid("The target has bytes that are not UTF-8.")
    }
    return text
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
