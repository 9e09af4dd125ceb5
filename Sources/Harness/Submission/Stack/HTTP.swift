import Foundation
import HarnessSupport
import Tooling

/// Plain requests by curl, as a visitor without credentials makes them.
enum HTTP {
    /// Returns the status code; `nil` without an answer in time.
    static func status(_ address: String, headers: [String] = [], seconds: Int = 30) async -> Int? {
        let output = try? await Command(
            "curl",
            headers.flatMap { ["-H", $0] } + [
                "-s", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "\(seconds)", "--noproxy", "*", address,
            ]
        ).run()
        guard let output, let code = Int(output.stdout), code > 0 else { return nil }
        return code
    }
}

extension HTTP {
    struct Answer: Sendable {
        let status: Int
        let body: String
        /// The redirect target; empty without a redirect.
        let redirect: String
    }

    /// Returns the answer; `nil` without an answer or if TLS verification fails.
    ///
    /// - Parameters:
    ///   - authority: a file with the certificate to trust instead of the machine's.
    ///   - body: sent with POST, as JSON.
    static func visit(
        _ address: String, authority: String? = nil, body: String? = nil, bytesPerSecond: Int? = nil,
        requestID: String? = nil
    ) async -> Answer? {
        var arguments = ["-s", "--max-time", "60", "--noproxy", "*", "-w", "\n%{http_code} %{redirect_url}", address]
        if let authority { arguments += ["--cacert", authority] }
        if let body { arguments += ["-H", "Content-Type: application/json", "--data-binary", body] }
        if let requestID { arguments += ["-H", "X-Request-Id: \(requestID)"] }
        if let bytesPerSecond { arguments += ["--limit-rate", "\(bytesPerSecond)"] }
        // A folder of authorities in the environment would be trusted in addition to the one that is named.
        let own: [String: String?] = authority == nil ? [:] : ["SSL_CERT_DIR": nil, "SSL_CERT_FILE": nil]
        guard let output = try? await Command("curl", arguments, environment: own).run(), output.isSuccess,
            let end = output.stdout.lastIndex(of: "\n")
        else { return nil }
        let tail = output.stdout[output.stdout.index(after: end)...].split(
            separator: " ", omittingEmptySubsequences: false)
        guard let status = tail.first.flatMap({ Int($0) }), status > 0 else { return nil }
        return Answer(
            status: status, body: String(output.stdout[..<end]), redirect: tail.count > 1 ? String(tail[1]) : "")
    }
}

enum LocalPort {
    /// Returns the first free ports from `start` up that are not in `taken`.
    static func free(_ count: Int, from start: Int, except taken: Set<Int> = []) throws -> [Int] {
        var found: [Int] = []
        for port in start..<min(start + 1_000, 65_536) where found.count < count {
            if try !taken.contains(port) && isFree(port) { found.append(port) }
        }
        guard found.count == count else { throw HarnessError("no free port from \(start) up") }
        return found
    }

    /// Whether a server could listen on this port of 127.0.0.1.
    ///
    /// - Throws: `HarnessError` for a number that is not a port.
    static func isFree(_ port: Int) throws -> Bool {
        guard let number = UInt16(exactly: port), number > 0 else {
            throw HarnessError("\(port) is not a valid port", remedy: "choose one from 1024 to 65535")
        }
        #if canImport(Glibc)
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            let descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        defer { close(descriptor) }
        // Like the server: closing connections of an earlier process do not count.
        var reuse: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &reuse, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = number.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
