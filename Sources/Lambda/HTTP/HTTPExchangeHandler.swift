import NIOCore
import NIOHTTP1

/// One request and its response at a time, on the event loop.
final class HTTPExchangeHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private struct Exchange {
        let answer: EventLoopPromise<HTTPResponse>
        let deadline: NIODeadline
        let patience: TimeAmount?
        var body: HTTPBody?
        var lastActivity = NIODeadline.now()
        var watch: Scheduled<Void>?
        /// Called with whether the connection can be used again.
        let done: @Sendable (Bool) -> Void
    }

    private var exchange: Exchange?
    private var context: ChannelHandlerContext?

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    /// Sends the request. The promise gets status and headers; the body follows by itself.
    func send(
        _ request: HTTPRequest, deadline: NIODeadline, answer: EventLoopPromise<HTTPResponse>,
        done: @escaping @Sendable (Bool) -> Void
    ) {
        guard let context, context.channel.isActive else {
            answer.fail(TransportError("the connection was closed"))
            return done(false)
        }
        exchange = Exchange(answer: answer, deadline: deadline, patience: request.patience, done: done)
        watch(context)
        var head = HTTPRequestHead(version: .http1_1, method: request.method, uri: request.target)
        head.headers = request.headers
        head.headers.replaceOrAdd(name: "host", value: request.origin.authority)
        if !request.body.isEmpty || request.method == .POST || request.method == .PUT {
            let length = request.body.reduce(0) { $0 + $1.readableBytes }
            head.headers.replaceOrAdd(name: "content-length", value: "\(length)")
        }
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        for part in request.body { writeInSlices(part, context) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.read()
    }

    /// In slices, so that progress shows on a slow line.
    private func writeInSlices(_ part: ByteBuffer, _ context: ChannelHandlerContext) {
        var rest = part
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        while let slice = rest.readSlice(length: min(256 << 10, rest.readableBytes)), slice.readableBytes > 0 {
            let written = context.eventLoop.makePromise(of: Void.self)
            written.futureResult.whenSuccess { bound.value.exchange?.lastActivity = .now() }
            context.write(wrapOutboundOut(.body(.byteBuffer(slice))), promise: written)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        exchange?.lastActivity = .now()
        switch unwrapInboundIn(data) {
        case .head(let head):
            guard exchange != nil, head.status.code >= 200 else { return }
            let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
            let eventLoop = context.eventLoop
            let body = HTTPBody(
                resume: { eventLoop.execute { bound.value.context?.read() } },
                abandon: { eventLoop.execute { bound.value.abandon() } })
            exchange?.body = body
            exchange?.answer.succeed(HTTPResponse(status: Int(head.status.code), headers: head.headers, body: body))
            isReusable = head.isKeepAlive
        case .body(let part): exchange?.body?.append(part)
        case .end: finish(.success(()), isReusable: isReusable)
        }
    }

    private var isReusable = false

    func channelReadComplete(context: ChannelHandlerContext) {
        guard let exchange else { return }
        if exchange.body?.wantsMore() ?? true { context.read() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish(.failure(TransportError("the connection was closed too early")), isReusable: false)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        finish(.failure(TransportError("\(error)")), isReusable: false)
        context.close(promise: nil)
    }

    /// Ends what is under way because nobody wants the rest.
    func abandon() {
        finish(.failure(TransportError("abandoned")), isReusable: false)
        context?.close(promise: nil)
    }

    private func finish(_ result: Result<Void, any Error>, isReusable: Bool) {
        guard let exchange else { return }
        self.exchange = nil
        exchange.watch?.cancel()
        if case .failure(let error) = result { exchange.answer.fail(error) }
        exchange.body?.finish(result)
        exchange.done(isReusable)
    }

    /// Looks again when the time could be up: cheaper than a timer that each packet resets.
    private func watch(_ context: ChannelHandlerContext) {
        guard let exchange else { return }
        let due = min(exchange.deadline, exchange.patience.map { exchange.lastActivity + $0 } ?? .distantFuture)
        guard due < .distantFuture else { return }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        self.exchange?.watch = context.eventLoop.scheduleTask(deadline: due) {
            let (handler, context) = bound.value
            guard let exchange = handler.exchange else { return }
            if exchange.body?.isPaused == true { handler.exchange?.lastActivity = .now() }
            let isSilent = exchange.patience.map { handler.exchange!.lastActivity + $0 <= .now() } ?? false
            guard isSilent || exchange.deadline <= .now() else { return handler.watch(context) }
            handler.finish(
                .failure(isSilent ? TransportError("no answer in time") : .deadlinePassed), isReusable: false)
            context.close(promise: nil)
        }
    }
}
