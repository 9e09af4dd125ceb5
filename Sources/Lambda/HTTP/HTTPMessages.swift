import NIOCore
import NIOHTTP1

/// Where a connection leads.
struct Origin: Hashable, Sendable {
    let isTLS: Bool
    let host: String
    let port: Int

    /// As the `Host` header says it: the port only where it is not the usual one.
    var authority: String { port == (isTLS ? 443 : 80) ? host : "\(host):\(port)" }

    /// Reads `http://host:port`, with a path or without.
    ///
    /// - Returns: the origin and the path, which is empty or starts with a slash; `nil` when it is no such address.
    static func parse(_ address: String) -> (origin: Origin, path: String)? {
        let isTLS = address.hasPrefix("https://")
        guard isTLS || address.hasPrefix("http://") else { return nil }
        let rest = address.dropFirst(isTLS ? 8 : 7)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let path = String(rest[authority.endIndex...])
        let colon = authority.lastIndex(of: ":") ?? authority.endIndex
        let host = String(authority[..<colon])
        let port = colon == authority.endIndex ? (isTLS ? 443 : 80) : Int(authority[colon...].dropFirst())
        guard !host.isEmpty, let port, (1...65_535).contains(port) else { return nil }
        return (Origin(isTLS: isTLS, host: host, port: port), path)
    }
}

struct HTTPRequest: Sendable {
    var method: HTTPMethod
    var origin: Origin
    /// Path and query as they go over the wire.
    var target: String
    var headers: HTTPHeaders = [:]
    /// Sent one after another.
    var body: [ByteBuffer] = []
    /// How long the peer may be silent; `nil` waits for ever.
    var patience: TimeAmount? = .seconds(20)
}

/// Status, headers, and the body as it arrives.
struct HTTPResponse: Sendable {
    let status: Int
    let headers: HTTPHeaders
    let body: HTTPBody

    /// The whole body, for answers that are known to be short.
    func text(limit: Int = 4 << 20) async throws -> String {
        var all = ByteBuffer()
        while let part = try await body.next() {
            all.writeImmutableBuffer(part)
            if all.readableBytes > limit { throw TransportError("an answer longer than \(limit) bytes") }
        }
        return String(buffer: all)
    }
}

/// What went wrong between the two ends. Trying again may help.
struct TransportError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    /// The invocation ran out of time. Says nothing of why: an earlier error may.
    static let deadlinePassed = TransportError("the deadline passed")

    var isDeadline: Bool { description == Self.deadlinePassed.description }
}
