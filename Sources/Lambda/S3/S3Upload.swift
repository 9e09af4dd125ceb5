import CZlib
import NIOCore
import NIOHTTP1

/// One object on its way to S3. Nothing of it can be seen before `commit`.
///
/// Small objects are put in one request. Larger ones go up in parts, one at a time, while the next is being made.
final class S3Upload {
    let bucket: String
    let key: String
    private let contentType: String
    private let client: S3Client
    private let deadline: NIODeadline
    private let minimumPart: Int

    private struct Part: Sendable {
        let number: Int
        let eTag: String
        let checksum: String
    }

    private var uploadID: String?
    /// Whether S3 may have begun an upload whose id never arrived here.
    private var mayHaveLostID = false
    private var parts: [Part] = []
    private var inFlight: Task<Part, any Error>?
    private var last = ByteBuffer()
    private(set) var size = 0

    /// - Parameter minimumPart: S3 takes no smaller part than 5 MiB, but for the last.
    init(
        bucket: String, key: String, contentType: String, client: S3Client, deadline: NIODeadline,
        minimumPart: Int = 5 << 20
    ) {
        self.bucket = bucket
        self.key = key
        self.contentType = contentType
        self.client = client
        self.deadline = deadline
        self.minimumPart = minimumPart
    }

    /// How many bytes the next part has. Parts grow, so that the 10,000 parts that S3 allows hold 105 GB in 32 MiB of
    /// memory.
    var partSize: Int { parts.count < 5_000 ? minimumPart : 3 * minimumPart }

    /// Sends a part and returns when the one before it has arrived.
    ///
    /// - Parameter data: at least `partSize` bytes.
    func send(_ data: ByteBuffer) async throws {
        try await settle()
        guard parts.count < 9_999 else { throw FormatError.tooLarge }
        if uploadID == nil { uploadID = try await create() }
        start(data)
    }

    /// Takes the last bytes, any number of them, and returns when all that can be sent without being seen is sent.
    func close(_ data: ByteBuffer) async throws {
        try await settle()
        size += uploadID == nil ? data.readableBytes : 0
        guard uploadID != nil else {
            last = data
            return
        }
        start(data)
        try await settle()
    }

    /// Makes the object visible.
    func commit() async throws {
        guard let uploadID else {
            var headers = self.headers
            headers.add(name: "x-amz-sdk-checksum-algorithm", value: "CRC32")
            _ = try await client.send(
                S3Client.Request(
                    operation: "PutObject", method: .PUT, bucket: bucket, key: key, headers: headers,
                    body: .data(last, checksum: CRC32.base64(last))), deadline: deadline)
            return
        }
        let list = parts.map {
            "<Part><PartNumber>\($0.number)</PartNumber><ETag>\(XMLText.escaped($0.eTag))</ETag>"
                + "<ChecksumCRC32>\($0.checksum)</ChecksumCRC32></Part>"
        }
        do {
            _ = try await client.send(
                S3Client.Request(
                    operation: "CompleteMultipartUpload", method: .POST, bucket: bucket, key: key,
                    query: [("uploadId", uploadID)],
                    body: .text("<CompleteMultipartUpload>\(list.joined())</CompleteMultipartUpload>")),
                deadline: deadline)
        } catch let error as S3Error where error.code == "NoSuchUpload" {
            // An attempt that seemed to fail may have succeeded.
            guard try await isThere() else { throw error }
        }
        self.uploadID = nil
    }

    /// Leaves nothing behind. What cannot be cleaned up in time is left to the bucket's lifecycle rule.
    ///
    /// - Returns: whether S3 confirmed it.
    func abort(deadline: NIODeadline) async -> Bool {
        inFlight?.cancel()
        _ = await inFlight?.result
        inFlight = nil
        var ids = uploadID.map { [$0] } ?? []
        do {
            if mayHaveLostID { ids += try await lostIDs(deadline: deadline) }
            for id in Set(ids) {
                do {
                    _ = try await client.send(
                        S3Client.Request(
                            operation: "AbortMultipartUpload", method: .DELETE, bucket: bucket, key: key,
                            query: [("uploadId", id)]), deadline: deadline)
                } catch let error as S3Error where error.code == "NoSuchUpload" {}
            }
            uploadID = nil
            return true
        } catch {
            return false
        }
    }

    /// Ends uploads that S3 began for a request whose answer was lost.
    func forgetLost(deadline: NIODeadline) async {
        guard mayHaveLostID else { return }
        uploadID = nil
        _ = await abort(deadline: deadline)
    }

    private var headers: HTTPHeaders { ["content-type": contentType] }

    private func create() async throws -> String {
        var headers = self.headers
        headers.add(name: "x-amz-checksum-algorithm", value: "CRC32")
        let request = S3Client.Request(
            operation: "CreateMultipartUpload", method: .POST, bucket: bucket, key: key, query: [("uploads", "")],
            headers: headers)
        return try await retrying(
            client.policy, budget: client.budget, until: deadline,
            send: { _ in
                do {
                    let text = try await client.sendOnce(request, deadline: deadline).text()
                    guard let id = XMLText.first("UploadId", in: text) else {
                        throw TransportError("S3 named no upload id")
                    }
                    return id
                } catch {
                    mayHaveLostID = true
                    throw error
                }
            })
    }

    private func start(_ data: ByteBuffer) {
        let number = parts.count + 1
        size += data.readableBytes
        let (client, deadline) = (client, deadline)
        let request = S3Client.Request(
            operation: "UploadPart", method: .PUT, bucket: bucket, key: key,
            query: [("partNumber", "\(number)"), ("uploadId", uploadID ?? "")])
        inFlight = Task {
            var request = request
            let checksum = CRC32.base64(data)
            request.body = .data(data, checksum: checksum)
            let answer = try await client.send(request, deadline: deadline)
            guard let eTag = answer.headers.first(name: "etag") else { throw TransportError("a part without an ETag") }
            return Part(number: number, eTag: eTag, checksum: checksum)
        }
    }

    private func settle() async throws {
        guard let task = inFlight else { return }
        inFlight = nil
        parts.append(
            try await withTaskCancellationHandler {
                try await task.value
            } onCancel: {
                task.cancel()
            })
    }

    private func isThere() async throws -> Bool {
        do {
            let answer = try await client.send(
                S3Client.Request(operation: "HeadObject", method: .HEAD, bucket: bucket, key: key), deadline: deadline)
            return answer.headers.first(name: "content-length") == "\(size)"
                && answer.headers.first(name: "etag")?.hasSuffix("-\(parts.count)\"") == true
        } catch let error as S3Error where error.status == 404 {
            return false
        }
    }

    private func lostIDs(deadline: NIODeadline) async throws -> [String] {
        let answer = try await client.send(
            S3Client.Request(
                operation: "ListMultipartUploads", method: .GET, bucket: bucket,
                query: [("prefix", key), ("uploads", "")]), deadline: deadline)
        return XMLText.all("Upload", in: answer.text).compactMap { upload in
            XMLText.first("Key", in: upload) == key ? XMLText.first("UploadId", in: upload) : nil
        }
    }
}

enum CRC32 {
    /// As S3 wants it: four bytes, the highest first, in Base64.
    static func base64(_ data: ByteBuffer) -> String {
        let sum = data.withUnsafeReadableBytes { bytes in
            UInt32(truncatingIfNeeded: crc32_z(0, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count))
        }
        // Four bytes are five full digits of six bits and two bits more.
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        let bits = UInt64(sum) << 4
        let encoded = stride(from: 30, through: 0, by: -6).map { digits[Int(bits >> UInt64($0) & 63)] }
        return String(decoding: encoded, as: UTF8.self) + "=="
    }
}
