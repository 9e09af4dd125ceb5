import TestSupport

@testable import HarnessSupport
@testable import Tooling

/// Runs a script with an emulator's Python that imports modules of ours, which lie in a folder of `Sources/Harness/Submission`.
func python(_ script: String, importing folder: String, in emulator: Tool) async throws -> Command.Output {
    let program = try await Toolbox(home: Project.home).path(of: emulator)
    return try await Command(
        program.parentPath.appendingPath("python"), ["-B", "-c", script],
        environment: ["PYTHONPATH": "\(Project.root)/Sources/Harness/Submission/\(folder)"]
    ).run()
}
