import HarnessSupport

/// A file from the network that has to be the pinned one.
struct Download: Sendable {
    let address: String
    let checksum: String

    /// - Returns: why the file could not be had, `nil` when it is there.
    func problem(into file: String) async throws -> String? {
        guard Toolbox.onPath("curl") != nil else { return "cannot be fetched without curl" }
        let fetched = try await Command(
            "curl", ["-fsSL", "--retry", "2", "--connect-timeout", "10", "-o", file, address]
        ).run()
        guard fetched.isSuccess else { return "could not be fetched (\(fetched.lastLine))" }
        return Digest(file: file)?.hex == checksum ? nil : "was fetched, but its checksum is not the pinned one"
    }
}
