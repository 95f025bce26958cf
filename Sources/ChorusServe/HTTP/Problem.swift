// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore

/// Why a request is refused, as RFC 9457 has it; never with the text of a prompt.
struct Problem: Error {
  /// The status of the response.
  var status: Int
  /// A stable name: that of a ``ChorusError``, or of the service's own.
  var code: String
  /// One sentence: what failed and what to do.
  var detail: String
  /// Seconds after which to try again, if that may help.
  var retryAfter: Int?
  /// The methods that a path has, where the one asked for is not among them.
  var allowed: [String] = []
  /// Why a single record was not taken.
  var reason: String?
  /// Whether the connection is of no more use: a body was left unread.
  var closesConnection = false

  init(_ status: Int, _ code: String, _ detail: String, retryAfter: Int? = nil) {
    self.status = status
    self.code = code
    self.detail = detail
    self.retryAfter = retryAfter
  }
}

extension Problem {
  static func invalid(_ detail: String) -> Problem { Problem(400, "invalidInput", detail) }

  static func notFound(_ detail: String) -> Problem { Problem(404, "notFound", detail) }

  static let unauthorised = Problem(
    401,
    "unauthorised",
    "The request has no token that is known here. Send 'Authorization: Bearer TOKEN'."
  )

  static let busy = Problem(
    429,
    "tooManyRequests",
    "The service has as many requests as it can take. Try again a little later.",
    retryAfter: 1
  )

  static func notReady(_ detail: String) -> Problem {
    Problem(503, "notReady", detail, retryAfter: 2)
  }

  /// Creates the problem that an error of the engine is.
  init(_ error: ChorusError) {
    let status =
      switch error.code {
      case .invalidInput: 400
      case .notFound: 404
      case .locked, .limitExceeded, .cancelled, .ioFailure: 503
      case .noSpace: 507
      default: 500
      }
    self.init(status, error.code.name, error.message)
    if status == 503 { retryAfter = 1 }
    if status == 507 { retryAfter = 10 }
  }

  /// Creates the problem that any error is.
  init(_ error: any Error) {
    switch error {
    case let problem as Problem: self = problem
    case let error as ChorusError: self.init(error)
    case is CancellationError: self.init(503, "cancelled", "The request was given up.")
    default: self.init(500, "internal", "The service failed in a way it has no name for.")
    }
  }
}

/// The problem as JSON.
struct ProblemObject: Encodable {
  var type: String
  var title: String
  var status: Int
  var detail: String
  var code: String
  var requestID: String?
  var reason: String?

  enum CodingKeys: String, CodingKey {
    case type, title, status, detail, code, reason
    case requestID = "request_id"
  }

  init(_ problem: Problem, requestID: String?) {
    type = "urn:chorus:problem:" + problem.code
    title = Self.titles[problem.status] ?? "Failed"
    status = problem.status
    detail = problem.detail
    code = problem.code
    reason = problem.reason
    self.requestID = requestID
  }

  private static let titles = [
    400: "Bad request", 401: "Unauthorised", 403: "Forbidden", 404: "Not found",
    405: "Method not allowed", 408: "Request timeout", 411: "Length required",
    413: "Content too large", 415: "Unsupported media type", 422: "Record not taken",
    429: "Too many requests", 431: "Header too large", 500: "Internal error", 503: "Unavailable",
    507: "Disk full",
  ]
}
