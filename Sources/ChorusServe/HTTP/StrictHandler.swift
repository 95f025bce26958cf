// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPTypesHTTP1

/// Refuses heads of HTTP/1.1 that a proxy in between may read in another way.
///
/// These are several hosts or none, an encoding of the transfer beside chunks, and a target that is
/// no path. Says of each request, too, whether the connection goes on.
final class StrictHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart

  private let bodyByteCount: Int
  private var isRefused = false

  init(bodyByteCount: Int) { self.bodyByteCount = bodyByteCount }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    // What follows a head that was refused is of no one.
    guard !isRefused else { return }
    guard case .head(var head) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
    guard Self.isSound(head) else {
      isRefused = true
      // Answered with 400, and the connection is closed.
      return context.fireErrorCaught(HTTPParserError.invalidHeaderToken)
    }
    // A body that would be refused for its length is not asked for.
    if head.headers["expect"].contains(where: { $0.lowercased() == "100-continue" }),
      head.headers["content-length"].first.flatMap({ Int($0) }) ?? 0 <= bodyByteCount
    {
      let answer = HTTPResponseHead(version: .http1_1, status: .continue)
      context.writeAndFlush(NIOAny(HTTPServerResponsePart.head(answer)), promise: nil)
    }
    // HTTP/1.0 ends a connection unless it is asked not to.
    if !head.isKeepAlive { head.headers.replaceOrAdd(name: "connection", value: "close") }
    context.fireChannelRead(wrapInboundOut(.head(head)))
  }

  private static func isSound(_ head: HTTPRequestHead) -> Bool {
    let hostCount = head.headers["host"].count
    guard hostCount == 1 || (hostCount == 0 && head.version == .http1_0) else { return false }
    let encodings = head.headers["transfer-encoding"]
    guard encodings.isEmpty || encodings.map({ $0.lowercased() }) == ["chunked"] else {
      return false
    }
    return head.uri.hasPrefix("/") || head.uri == "*"
  }

  /// Adds the handler to a pipeline that speaks HTTP/1.1, behind the parser.
  static func add(
    to pipeline: ChannelPipeline.SynchronousOperations,
    bodyByteCount: Int
  ) throws {
    guard let codec = try? pipeline.handler(type: HTTP1ToHTTPServerCodec.self) else { return }
    let handler = StrictHandler(bodyByteCount: bodyByteCount)
    try pipeline.addHandler(handler, position: .before(codec))
  }
}
