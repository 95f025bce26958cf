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
  private let bodyByteCount: Int
  private var timer: Scheduled<Void>?
  private var hasLastAnswer = false
  /// The ends of answers that are written and not sent yet.
  private var pendingCount = 0
  /// Whether the connection is to be closed when they are sent, and who waits for that.
  private var closing: [EventLoopPromise<Void>?] = []
  private var isCutOff = false

  /// Creates a handler.
  ///
  /// - Parameters:
  ///   - limit: How long a client may take to read an answer.
  ///   - bodyByteCount: The most bytes of a body.
  init(limit: TimeAmount, bodyByteCount: Int) {
    self.limit = limit
    self.bodyByteCount = bodyByteCount
  }

  func handlerAdded(context: ChannelHandlerContext) {
    // The parser is there by now, which it was not when the list of handlers was made.
    do {
      let pipeline = context.pipeline.syncOperations
      try StrictHandler.add(to: pipeline, bodyByteCount: bodyByteCount)
    } catch {
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
      pendingCount += 1
      let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
      own.futureResult.whenComplete { _ in bound.value.handler.sent(bound.value.context) }
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

  /// Puts closing off until what is written is sent: closing drops the rest.
  func close(
    context: ChannelHandlerContext,
    mode: CloseMode,
    promise: EventLoopPromise<Void>?
  ) {
    guard mode == .all, pendingCount > 0, !isCutOff else {
      return context.close(mode: mode, promise: promise)
    }
    closing.append(promise)
  }

  private func sent(_ context: ChannelHandlerContext) {
    pendingCount -= 1
    guard pendingCount == 0 else { return }
    stop()
    let waiting = closing
    closing = []
    for promise in waiting { context.close(mode: .all, promise: promise) }
  }

  private func start(_ context: ChannelHandlerContext) {
    stop()
    let bound = NIOLoopBound(
      (handler: self, channel: context.channel),
      eventLoop: context.eventLoop
    )
    timer = context.eventLoop.scheduleTask(in: limit) {
      bound.value.handler.isCutOff = true
      bound.value.channel.close(promise: nil)
    }
  }

  private func stop() {
    timer?.cancel()
    timer = nil
  }
}
