import NIOCore
import NIOHTTP1

/// An object's bytes in order. A download that breaks off goes on where it broke, and only in the same object: every
/// request names the ETag that the first one was given.
final class S3Download {
    private let client: S3Client
    private let deadline: NIODeadline
    private var cause = RetryCause()
    private(set) var object: S3Object
    /// The object's size, once S3 said it.
    private(set) var size: Int?
    private var offset = 0
    private var response: HTTPResponse?
    /// Attempts since the last byte that arrived.
    private var attempt = 0

    init(_ object: S3Object, client: S3Client, deadline: NIODeadline) {
        self.object = object
        self.client = client
        self.deadline = deadline
    }

    /// The next bytes; `nil` at the end.
    ///
    /// - Throws: `S3Error`; `TransportError` when the deadline or the budget ends the attempts.
    func next() async throws -> ByteBuffer? {
        while true {
            do {
                if let size, offset >= size {
                    stop()
                    return nil
                }
                if response == nil { try await open() }
                if let part = try await response?.body.next() {
                    attempt = 0
                    let wanted = size.map { min(part.readableBytes, $0 - offset) } ?? part.readableBytes
                    offset += wanted
                    return part.getSlice(at: part.readerIndex, length: wanted)
                }
                response = nil
                if let size, offset < size { throw TransportError("the body ended after \(offset) of \(size) bytes") }
            } catch  where isPassing(error) {
                stop()
                try await waitToRetry(
                    after: cause.of(error), attempt: attempt, policy: client.policy, budget: client.budget,
                    until: deadline)
                attempt += 1
            }
        }
    }

    /// Wants no more.
    func stop() {
        response?.body.abandon()
        response = nil
    }

    private func open() async throws {
        // With a range the answer says how long the object is, apart from how long the body is.
        var answer = try await request(hasRange: true)
        if answer == nil { answer = try await request(hasRange: false) }
        guard let answer else { throw TransportError("S3 refuses a request without a range") }
        let total: Int?
        if answer.status == 206 {
            total = answer.headers.first(name: "content-range").flatMap { $0.split(separator: "/").last }
                .flatMap { Int($0) }
        } else {
            total = answer.headers.first(name: "content-length").flatMap { Int($0) }
            if offset > 0 { throw TransportError("S3 sent the object from its start") }
        }
        let eTag = answer.headers.first(name: "etag")?.filter { $0 != "\"" }
        guard let total, size == nil || size == total else { throw TransportError("S3 gives no valid Content-Range") }
        size = total
        object.eTag = object.eTag ?? eTag
        object.versionID = object.versionID ?? answer.headers.first(name: "x-amz-version-id")
        response = answer
    }

    /// - Returns: `nil` when S3 has nothing in the range: an empty object.
    private func request(hasRange: Bool) async throws -> HTTPResponse? {
        var request = S3Client.Request(
            operation: "GetObject", method: .GET, bucket: object.bucket, key: object.key,
            query: object.versionID.map { [("versionId", $0)] } ?? [])
        if hasRange { request.headers.add(name: "range", value: "bytes=\(offset)-") }
        if let eTag = object.eTag { request.headers.add(name: "if-match", value: "\"\(eTag)\"") }
        do {
            return try await client.sendOnce(request, deadline: deadline)
        } catch let error as S3Error where error.status == 416 && hasRange && offset == 0 {
            return nil
        }
    }
}
