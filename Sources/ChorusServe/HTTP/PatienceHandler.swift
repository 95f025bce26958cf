// SPDX-License-Identifier: Apache-2.0

internal import NIOCore
internal import NIOHTTPTypes

/// Told to a connection that has its last answer: what still comes is not read.
struct LastAnswer {}

/// Closes a connection whose client does not read what it asked for, and reads nothing more of one
/// that has its last answer; brings the handler that refuses unsound heads along.
final class PatienceHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private let limit: TimeAmount
  private var timer: Scheduled<Void>?
  private var hasLastAnswer = false

  init(limit: TimeAmount) { self.limit = limit }

  func handlerAdded(context: ChannelHandlerContext) {
    // The parser is there by now, which it was not when the list of handlers was made.
    do { try StrictHandler.add(to: context.pipeline.syncOperations) } catch {
      context.close(promise: nil)
    }
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head:
      start(context)
      context.write(data, promise: promise)
    case .body: context.write(data, promise: promise)
    case .end:
      let own = promise ?? context.eventLoop.makePromise(of: Void.self)
      let handler = NIOLoopBound(self, eventLoop: context.eventLoop)
      own.futureResult.whenComplete { _ in handler.value.stop() }
      context.write(data, promise: own)
    }
  }

  func triggerUserOutboundEvent(
    context: ChannelHandlerContext,
    event: Any,
    promise: EventLoopPromise<Void>?
  ) {
    guard event is LastAnswer else {
      return context.triggerUserOutboundEvent(event, promise: promise)
    }
    hasLastAnswer = true
    promise?.succeed()
  }

  func read(context: ChannelHandlerContext) {
    if !hasLastAnswer { context.read() }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    if !hasLastAnswer { context.fireChannelRead(data) }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // That the rest never comes is no reason for another answer.
    if !hasLastAnswer { context.fireErrorCaught(error) }
  }

  func handlerRemoved(context: ChannelHandlerContext) { stop() }

  func channelInactive(context: ChannelHandlerContext) {
    stop()
    context.fireChannelInactive()
  }

  private func start(_ context: ChannelHandlerContext) {
    stop()
    let channel = context.channel
    timer = context.eventLoop.scheduleTask(in: limit) { channel.close(promise: nil) }
  }

  private func stop() {
    timer?.cancel()
    timer = nil
  }
}
