import CheckCore
import Foundation
import HarnessSupport
import Tooling

/// The tests built by `swift build --build-tests`, run without the package manager, which locks the build folder.
public struct TestBundle: Sendable {
    let path: String

    /// `nil` if no executable test bundle is built: on macOS a bundle is not a program.
    public init?(of repository: Repository) {
        let folder = repository.absolute(".build/debug")
        let names = FileManager.default.names(in: folder)
        guard let name = names.first(where: { $0.hasSuffix(".xctest") }) else { return nil }
        path = folder.appendingPath(name)
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue else {
            return nil
        }
    }

    /// Another one for each build.
    var stamp: String {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return "\(attributes?[.size] ?? 0) \(attributes?[.modificationDate] ?? Date.distantPast)"
    }

    /// Runs the selected tests on the artifacts in a folder, with the tools of `home`.
    ///
    /// - Returns: the exit code, `nil` after a signal or ten minutes; and what is recorded.
    func run(
        _ filter: String, artifacts: String, home: HarnessHome, scratch: String
    ) async throws -> (code: Int32?, record: TestRun?) {
        let stream = scratch.appendingPath("tests.jsonl")
        let command = Command(
            path,
            ["--testing-library", "swift-testing", "--event-stream-output-path", stream]
                + ["--event-stream-version", "6.3", "--filter", filter],
            environment: [
                "HARNESS_ARTIFACTS": artifacts, "HARNESS_HOME": home.path,
                // Stops at the first failure, and keeps no files compiled from a mutant.
                "PYTEST_ADDOPTS": "-x", "PYTHONDONTWRITEBYTECODE": "1",
            ])
        let code = try await withThrowingTaskGroup(of: Int32?.self) { group in
            group.addTask { try await command.run().exitCode }
            group.addTask {
                try await Task.sleep(for: .seconds(600))
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
        return (code, try? TestRun(eventStream: stream))
    }
}
