import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// HTTP/1.1 over kept connections: as much as S3 and the Lambda Runtime API need, and no more.
///
/// It repeats nothing by itself: what may be repeated, and when, is known further up.
final class HTTPClient: Sendable {
    private struct Connection: Sendable {
        let channel: any Channel
        let handler: NIOLoopBound<HTTPExchangeHandler>
    }

    private let group: MultiThreadedEventLoopGroup
    private let idle = NIOLockedValueBox<[Origin: [Connection]]>([:])
    /// Made when first needed: reading the certificate authorities takes milliseconds that a start has not to spare.
    private let tls = NIOLockedValueBox<NIOSSLContext?>(nil)
    private let authorities: String?

    /// - Parameter authorities: a file with the certificate authorities to trust; the system's where `nil` or empty.
    init(authorities: String? = nil) {
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        self.authorities = authorities.flatMap { $0.isEmpty ? nil : $0 }
    }

    func shutDown() async { try? await group.shutdownGracefully() }

    /// Sends a request and returns when status and headers are there.
    ///
    /// The connection is used again once the body was read to its end.
    ///
    /// - Throws: `TransportError`.
    func send(_ request: HTTPRequest, deadline: NIODeadline = .distantFuture) async throws -> HTTPResponse {
        let connection = try await connection(to: request.origin, deadline: deadline)
        let answer = connection.channel.eventLoop.makePromise(of: HTTPResponse.self)
        connection.channel.eventLoop.execute {
            connection.handler.value.send(request, deadline: deadline, answer: answer) { [weak self] isReusable in
                if isReusable, connection.channel.isActive, let self {
                    self.idle.withLockedValue { $0[request.origin, default: []].append(connection) }
                } else {
                    connection.channel.close(promise: nil)
                }
            }
        }
        return try await withTaskCancellationHandler {
            try await answer.futureResult.get()
        } onCancel: {
            connection.channel.eventLoop.execute { connection.handler.value.abandon() }
        }
    }

    private func connection(to origin: Origin, deadline: NIODeadline) async throws -> Connection {
        while let kept = idle.withLockedValue({ $0[origin]?.popLast() }) {
            if kept.channel.isActive { return kept }
        }
        let patience = min(.seconds(5), deadline - .now())
        guard patience > .zero else { throw TransportError.deadlinePassed }
        let context = origin.isTLS ? try tlsContext() : nil
        do {
            return try await ClientBootstrap(group: group)
                .connectTimeout(patience)
                .channelOption(.autoRead, value: false)
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                // Reads of half a megabyte at most: fewer wake-ups for the task behind.
                .channelOption(
                    .recvAllocator,
                    value: AdaptiveRecvByteBufferAllocator(minimum: 4096, initial: 65_536, maximum: 512 << 10)
                )
                .connect(host: origin.host, port: origin.port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let handler = HTTPExchangeHandler()
                        if let context {
                            try channel.pipeline.syncOperations.addHandler(
                                NIOSSLClientHandler(context: context, serverHostname: origin.host))
                        }
                        try channel.pipeline.syncOperations.addHTTPClientHandlers(leftOverBytesStrategy: .dropBytes)
                        try channel.pipeline.syncOperations.addHandler(handler)
                        return Connection(
                            channel: channel, handler: NIOLoopBound(handler, eventLoop: channel.eventLoop))
                    }
                }
        } catch {
            throw TransportError("cannot connect to \(origin.authority): \(error)")
        }
    }

    private func tlsContext() throws -> NIOSSLContext {
        try tls.withLockedValue { context in
            if let context { return context }
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.minimumTLSVersion = .tlsv12
            if let authorities { configuration.trustRoots = .file(authorities) }
            do {
                let fresh = try NIOSSLContext(configuration: configuration)
                context = fresh
                return fresh
            } catch {
                throw ConfigurationError(
                    "the certificate authorities in \(authorities ?? "the system's folders") cannot be read: \(error)")
            }
        }
    }
}
