import Foundation
import HarnessSupport
import Synchronization
import Tooling

/// Runs `body` with a new folder outside the repository, and removes the folder afterwards.
///
/// `HARNESS_KEEP_SCRATCH` set to anything keeps it, for a look at what a failing test left.
public func withScratch<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    _ = leftovers
    let folder = NSTemporaryDirectory() + OwnedFolder.name("harness-test")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer {
        if ProcessInfo.processInfo.environment["HARNESS_KEEP_SCRATCH"] == nil {
            try? FileManager.default.removeItem(atPath: folder)
        }
    }
    return try await body(folder)
}

/// Removes the folders of test runs that were killed, once in a run: they can hold gigabytes.
private let leftovers: Void = OwnedFolder.removeLeftovers(
    in: NSTemporaryDirectory(), of: ["harness-test", "harness-example"])

/// Writes files given by their relative paths.
public func write(_ files: [String: String], to folder: String) throws {
    for (path, content) in files {
        let file = folder + "/" + path
        try FileManager.default.createDirectory(
            atPath: URL(fileURLWithPath: file).deletingLastPathComponent().path, withIntermediateDirectories: true)
        try Data(content.utf8).write(to: URL(fileURLWithPath: file))
        if content.hasPrefix("#!") {
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file)
        }
    }
}

/// This repository, its `.harness` and its executable.
public enum Project {
    /// `$HARNESS_ARTIFACTS`, the copy that `harness mutate` broke, or the repository of these tests.
    public static let root =
        ProcessInfo.processInfo.environment["HARNESS_ARTIFACTS"]
        ?? URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path

    /// Where the tests find and leave fetched tools: `$HARNESS_HOME` or the repository's own folder.
    public static let home = HarnessHome(
        path: ProcessInfo.processInfo.environment["HARNESS_HOME"] ?? root + "/.harness")

    /// The executable under test, built beside the tests: within the folder that Linux takes for their bundle, beside
    /// the bundle that macOS makes of them.
    public static let executable: String = {
        let bundle = Bundle(for: Anchor.self).bundleURL
        let candidates = [bundle, bundle.deletingLastPathComponent()].map { $0.appendingPathComponent("harness").path }
        return candidates.first(where: FileManager.default.isExecutableFile) ?? candidates[0]
    }()

    private final class Anchor {}
}

/// The first of five ports of 127.0.0.1 that no one listens on at the moment: as many as a stack takes.
public func freePort() -> Int {
    while true {
        let port = nextPort.add(5, ordering: .relaxed).oldValue
        if (port..<port + 5).allSatisfy(isFree) { return port }
    }
}

/// Below the range that the system gives out by itself, and from another start in each process.
private let nextPort = Atomic<Int>(20_000 + Int(getpid()) % 1_000 * 10)

private func isFree(_ port: Int) -> Bool {
    #if canImport(Glibc)
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
        let descriptor = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
    }
}

/// Fills a folder with links to these programs, to be the whole `PATH` of a process that is to find no others.
public func linkTools(_ names: [String], into folder: String) throws -> String {
    let files = FileManager.default
    try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for name in names {
        let places =
            ["/usr/bin", "/bin"]
            + (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        guard let place = places.first(where: { files.isExecutableFile(atPath: "\($0)/\(name)") }) else {
            throw HarnessError("\(name) is not on the PATH")
        }
        try files.createSymbolicLink(atPath: "\(folder)/\(name)", withDestinationPath: "\(place)/\(name)")
    }
    return folder
}
