// SPDX-License-Identifier: Apache-2.0

internal import ChorusIngest
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore

/// A body that was read; its bytes count against the budget as long as it lives.
final class HeldBody: Sendable {
  let bytes: [UInt8]
  /// What the client says the bytes are, without parameters and in small letters.
  let mediaType: String
  private let heldCount: Int
  private let budget: ByteBudget

  init(_ bytes: [UInt8], mediaType: String, heldCount: Int, _ budget: ByteBudget) {
    self.bytes = bytes
    self.mediaType = mediaType
    self.heldCount = heldCount
    self.budget = budget
  }

  deinit { budget.give(heldCount) }
}

/// Reads bodies within limits of size, time and memory.
struct BodyReader {
  let limits: ServiceOptions.Limits
  let budget: ByteBudget

  /// The bytes a second that a client must send.
  private static let leastRate = 32_768.0

  /// Reads the body of a request.
  ///
  /// - Throws: A ``Problem`` when it is too large, comes too slowly, or cannot be decoded; what
  ///   reading from the connection throws.
  func read(_ request: Request) async throws -> HeldBody {
    let announced = request.headers[.contentLength].flatMap { Int($0) }
    if let announced, announced > limits.bodyByteCount { throw tooLarge }
    let encoding = request.headers[.contentEncoding]?.lowercased() ?? "identity"
    guard encoding == "identity" || encoding == "gzip" else {
      var problem = Problem(
        415,
        "unsupportedMediaType",
        "The body has a content encoding other than gzip."
      )
      problem.closesConnection = true
      throw problem
    }
    let received = Received(budget)
    let start = ContinuousClock.now
    for try await buffer in request.body {
      guard received.count + buffer.readableBytes <= limits.bodyByteCount else { throw tooLarge }
      guard received.add(buffer) else {
        var problem = Problem.busy
        problem.closesConnection = true
        throw problem
      }
      let allowed = limits.bodyTime.seconds + Double(received.count) / Self.leastRate
      guard (ContinuousClock.now - start).seconds <= allowed else {
        var problem = Problem(408, "timeout", "The body came too slowly.")
        problem.closesConnection = true
        throw problem
      }
    }
    // A connection that ends in the middle ends the body too.
    if let announced, announced != received.count {
      var problem = Problem.invalid("The body ended before it was complete.")
      problem.closesConnection = true
      throw problem
    }
    if encoding == "gzip" { try received.decode(limit: limits.bodyByteCount, tooLarge) }
    return received.body(mediaType: Self.mediaType(request))
  }

  private static func mediaType(_ request: Request) -> String {
    let text = request.headers[.contentType] ?? ""
    return text.prefix { $0 != ";" }.trimmingSpaces.lowercased()
  }

  private var tooLarge: Problem {
    var problem = Problem(
      413,
      "tooLarge",
      "The body has more than \(limits.bodyByteCount) bytes. Send it in parts."
    )
    problem.closesConnection = true
    return problem
  }
}

/// Bytes on their way into a body; given back if they never become one.
private final class Received {
  private var bytes: [UInt8] = []
  private var heldCount = 0
  private let budget: ByteBudget

  init(_ budget: ByteBudget) { self.budget = budget }

  deinit { budget.give(heldCount) }

  var count: Int { bytes.count }

  /// Adds bytes, if the budget has room for them.
  func add(_ buffer: ByteBuffer) -> Bool {
    guard hold(buffer.readableBytes) else { return false }
    bytes += buffer.readableBytesView
    return true
  }

  /// Replaces the bytes by what they decode to.
  func decode(limit: Int, _ tooLarge: Problem) throws(Problem) {
    let decoded: [UInt8]
    do throws(RejectReason) {
      decoded = try Gzip.decode(bytes, limit: limit)
    } catch {
      throw error == .tooLarge ? tooLarge : .invalid("The body is not whole gzip.")
    }
    guard hold(max(0, decoded.count - bytes.count)) else { throw .busy }
    bytes = decoded
  }

  private func hold(_ count: Int) -> Bool {
    guard budget.take(count) else { return false }
    heldCount += count
    return true
  }

  func body(mediaType: String) -> HeldBody {
    let held = heldCount
    heldCount = 0
    return HeldBody(bytes, mediaType: mediaType, heldCount: held, budget)
  }
}

extension Substring {
  fileprivate var trimmingSpaces: Substring {
    var result = drop { $0 == " " || $0 == "\t" }
    while result.last == " " || result.last == "\t" { result.removeLast() }
    return result
  }
}
