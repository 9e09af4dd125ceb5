import HarnessSupport

/// A download with a pinned checksum.
struct Download: Sendable {
    let address: String
    let checksum: String

    /// - Returns: why the download failed; `nil` on success.
    func problem(into file: String) async throws -> String? {
        guard Toolbox.onPath("curl") != nil else { return "cannot be fetched without curl" }
        let fetched = try await Command(
            "curl", ["-fsSL", "--retry", "2", "--connect-timeout", "10", "-o", file, address]
        ).run()
        guard fetched.isSuccess else { return "could not be fetched (\(fetched.lastLine))" }
        return Digest(file: file)?.hex == checksum ? nil : "was fetched, but its checksum is not the pinned one"
    }
}
