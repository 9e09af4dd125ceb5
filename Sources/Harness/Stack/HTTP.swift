import Foundation

/// Plain requests by curl, as a visitor without credentials makes them.
enum HTTP {
    /// The status code, or `nil` when there was no answer within 30 seconds.
    static func status(_ address: String, headers: [String] = []) async -> Int? {
        let output = try? await Command(
            "curl",
            headers.flatMap { ["-H", $0] } + [
                "-s", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "30", "--noproxy", "*", address,
            ]
        ).run()
        guard let output, let code = Int(output.stdout), code > 0 else { return nil }
        return code
    }
}

enum LocalPort {
    /// Whether a server could listen on this port of 127.0.0.1.
    ///
    /// - Throws: `HarnessError` for a number that is no port.
    static func isFree(_ port: Int) throws -> Bool {
        guard let number = UInt16(exactly: port), number > 0 else {
            throw HarnessError("\(port) is no port", remedy: "choose one from 1024 to 65535")
        }
        #if canImport(Glibc)
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            let descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        defer { close(descriptor) }
        // As the server will: connections of an earlier one that still fade away do not count.
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
