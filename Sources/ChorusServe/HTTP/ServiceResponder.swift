// SPDX-License-Identifier: Apache-2.0

internal import ChorusCore
internal import ChorusIngest
internal import ChorusWire
internal import HTTPTypes
internal import Hummingbird
internal import Logging
internal import NIOCore
internal import NIOHTTP1

/// What a request comes with beside itself.
struct ServiceContext: InitializableFromSource {
  let channel: any Channel

  init(source: ApplicationRequestContextSource) { channel = source.channel }
}

/// Turns requests into calls, and what they answer into responses.
struct ServiceResponder: HTTPResponder {
  typealias Context = ServiceContext

  private let calls: Calls
  private let gatekeeper: Gatekeeper
  private let bodies: BodyReader
  private let logger: Logger

  init(_ engine: Engine, _ gatekeeper: Gatekeeper, _ logger: Logger) {
    calls = Calls(engine: engine)
    self.gatekeeper = gatekeeper
    bodies = BodyReader(limits: engine.options.limits, budget: engine.budget)
    self.logger = logger
  }

  /// What is known of a request when it is answered.
  private struct Course {
    var route: Route?
    var client: String?
    var hasReadBody = false
  }

  func respond(to request: Request, context: ServiceContext) async throws -> Response {
    let start = ContinuousClock.now
    let requestID = Self.requestID(request)
    var course = Course()
    var reply: Reply
    var problem: Problem?
    do {
      reply = try await answer(request, &course)
    } catch let error as HTTPParserError {
      throw error
    } catch {
      let failure = Problem(error)
      problem = failure
      reply = Self.reply(failure, requestID)
    }
    var response = Self.response(reply, to: request)
    response.headers[.requestID] = requestID
    if let problem { Self.explain(problem, &response) }
    if closes(request, course, problem) { Self.close(&response, request, context.channel) }
    note(request, course, reply.status, requestID, ContinuousClock.now - start)
    return response
  }

  private func answer(_ request: Request, _ course: inout Course) async throws -> Reply {
    if !gatekeeper.hasTokens {
      try Origin.check(authority: request.head.authority, origin: request.headers[.origin])
    }
    let path = try RequestPath(target: request.head.path ?? "")
    let route = try Route(method: request.method.rawValue, segments: path.segments)
    course.route = route
    let client = try gatekeeper.admit(
      authorization: request.headers[.authorization],
      route.access
    )
    course.client = client.name
    var body: HeldBody?
    if route.takesBody {
      body = try await bodies.read(request)
      course.hasReadBody = true
    }
    return try await calls.answer(
      Calls.Request(route: route, path: path, client: client, body: body)
    )
  }

  private static func reply(_ problem: Problem, _ requestID: String) -> Reply {
    let object = ProblemObject(problem, requestID: requestID)
    let body = (try? JSONText.bytes(of: object)) ?? []
    return Reply(status: problem.status, kind: .problem, body: body)
  }

  // MARK: Responses

  /// The least bytes that are worth compressing.
  private static let compressedByteCount = 1024

  private static func response(_ reply: Reply, to request: Request) -> Response {
    var headers = HTTPFields()
    var body = reply.body
    if reply.status != 204 { headers[.contentType] = reply.kind.rawValue }
    headers[.xContentTypeOptions] = "nosniff"
    headers[.cacheControl] = reply.isPublic ? "no-cache" : "no-store"
    if reply.kind == .html {
      headers[.contentSecurityPolicy] = Self.pagePolicy
      headers[.referrerPolicy] = "no-referrer"
    }
    if body.count >= compressedByteCount {
      headers[.vary] = "Accept-Encoding"
      if acceptsGzip(request.headers[.acceptEncoding] ?? "") {
        body = Gzip.encode(body)
        headers[.contentEncoding] = "gzip"
      }
    }
    if reply.status != 204 { headers[.contentLength] = String(body.count) }
    if request.method == .head { body = [] }
    let isEmpty = body.isEmpty
    return Response(
      status: HTTPResponse.Status(code: reply.status),
      headers: headers,
      body: isEmpty ? ResponseBody() : ResponseBody(byteBuffer: ByteBuffer(bytes: body))
    )
  }

  /// What the page may load: its own files, and answers of the service.
  private static let pagePolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    + "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

  private static func acceptsGzip(_ header: String) -> Bool {
    header.lowercased().split(separator: ",").contains { item in
      let parts = item.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
      return parts.first == "gzip" && !parts.dropFirst().contains { ["q=0", "q=0.0"].contains($0) }
    }
  }

  private static func explain(_ problem: Problem, _ response: inout Response) {
    if let seconds = problem.retryAfter { response.headers[.retryAfter] = String(seconds) }
    if !problem.allowed.isEmpty {
      response.headers[.allow] = problem.allowed.joined(separator: ", ")
    }
    if problem.status == 401 { response.headers[.wwwAuthenticate] = "Bearer realm=\"chorus\"" }
  }

  // MARK: Connections

  /// How long a client that still sends has to take note of an answer.
  private static let closingTime = TimeAmount.milliseconds(500)

  /// Whether a connection ends with the response: more would come that nobody wants.
  private func closes(_ request: Request, _ course: Course, _ problem: Problem?) -> Bool {
    if problem?.closesConnection ?? false { return true }
    guard !course.hasReadBody else { return false }
    if request.headers[.transferEncoding] != nil { return true }
    if let count = request.headers[.contentLength].flatMap({ Int($0) }) {
      return count > 0
    }
    return course.route?.takesBody ?? false
  }

  private static func close(
    _ response: inout Response,
    _ request: Request,
    _ channel: any Channel
  ) {
    // A stream of HTTP/2 ends by itself, and must not have the header.
    if request.head.scheme != "https" { response.headers[.connection] = "close" }
    let body = response.body
    response.body = ResponseBody(contentLength: body.contentLength) { writer in
      try await body.write(writer)
      channel.triggerUserOutboundEvent(LastAnswer(), promise: nil)
      channel.eventLoop.scheduleTask(in: closingTime) { channel.close(promise: nil) }
    }
  }

  // MARK: Names and notes

  /// The id of a request: the client's own where it is one, or a new one.
  private static func requestID(_ request: Request) -> String {
    if let own = request.headers[.requestID], (1...128).contains(own.utf8.count),
      own.utf8.allSatisfy(isPlain)
    {
      return own
    }
    var generator = SystemRandomNumberGenerator()
    return String(generator.next() as UInt64, radix: 36)
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
      UInt8(ascii: "-"):
      true
    default: false
    }
  }

  private func note(
    _ request: Request,
    _ course: Course,
    _ status: Int,
    _ requestID: String,
    _ duration: Duration
  ) {
    let route = course.route?.label ?? "other"
    let method = Self.methods.contains(request.method) ? request.method.rawValue : "other"
    calls.engine.meter.answered(method: method, route: route, status: status, duration)
    let level: Logger.Level = status >= 500 && status != 503 ? .error : .info
    logger.log(
      level: level,
      "request",
      metadata: [
        "request_id": "\(requestID)", "method": "\(method)", "route": "\(route)",
        "status": "\(status)", "client": "\(course.client ?? "")",
        "milliseconds": "\((duration.seconds * 1_000_000).rounded() / 1000)",
      ]
    )
  }

  private static let methods: Set<HTTPRequest.Method> = [
    .get, .head, .post, .put, .delete, .patch, .options,
  ]
}

extension HTTPField.Name {
  static let requestID = Self.name("x-request-id")
  static let referrerPolicy = Self.name("referrer-policy")

  private static func name(_ text: String) -> HTTPField.Name {
    guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) is no name") }
    return name
  }
}
