import Foundation
import TestSupport
import Testing

@testable import CheckCommands
@testable import CheckCore
@testable import Tooling

// Serialized: the first run makes the environments that all share.
@Suite("The claims model", .heavy, .serialized, .timeLimit(.minutes(60)))
struct ClaimsModelTests {
    @Test("passes its own tests, v1 on the supplied Python 3.7 and v2 on the Python that trains it as well")
    func tests() async throws {
        let output = try await Self.run(in: Project.root + "/sagemaker/claims-model")
        #expect(output.isSuccess, "\(output.stdout)\(output.stderr)")
        #expect(output.stdout.contains(/[1-9]\d* passed/), "\(output.stdout)")
        if output.stdout.contains(" skipped") {
            Issue.record(
                "skipped: tests of images, or of the supplied files where they cannot be fetched", severity: .warning)
        }
        if output.stderr.contains("there is no Python 3.7") {
            Issue.record("skipped: the service on Python 3.7, which this machine lacks", severity: .warning)
        }
    }

    @Test(
        "notice steps that refuse sound claims, or take faulty ones",
        arguments: [
            ("if isinstance(cost, bool) or", "if not cost or isinstance(cost, bool) or", "steps/claims.py"),
            ("max(float(cost), 0.0)", "float(cost)", "steps/claims.py"),
            ("TOLERATED_FAULTS = 0.01", "TOLERATED_FAULTS = 0.001", "steps/process.py"),
            ("TOLERATED_FAULTS = 0.01", "TOLERATED_FAULTS = 0.1", "steps/process.py"),
        ])
    func notices(_ text: String, _ replacement: String, _ path: String) async throws {
        try await withScratch { scratch in
            for folder in ["claims-model", "pipeline"] {
                try FileManager.default.copyItem(
                    atPath: "\(Project.root)/sagemaker/\(folder)", toPath: "\(scratch)/\(folder)")
            }
            let file = "\(scratch)/pipeline/\(path)"
            let sound = try String(contentsOfFile: file, encoding: .utf8)
            #expect(sound.components(separatedBy: text).count == 2, "\(text) must occur once")
            try sound.replacing(text, with: replacement).write(toFile: file, atomically: true, encoding: .utf8)
            let output = try await Self.run(
                in: scratch + "/claims-model", ["-k", "recoveries_are_claims or one_fault_in_a_hundred"])
            #expect(output.stdout.contains(/[1-9]\d* failed/), "\(output.stdout)\(output.stderr)")
        }
    }

    private static func run(in folder: String, _ arguments: [String] = []) async throws -> Command.Output {
        let toolbox = Toolbox(home: Project.home) { print($0) }
        // The environment for checking is made by uv, which makes those of the script faster than pip does.
        _ = try await toolbox.path(of: .ruff)
        let uv = Project.home.tools + "/uv-\(Pins.uv.digest)/bin"
        let path = [uv, ProcessInfo.processInfo.environment["PATH"]].compactMap(\.self).joined(separator: ":")
        return try await Command(
            folder + "/scripts/test.sh", arguments,
            environment: [
                "PATH": path, "UV_CACHE_DIR": Project.home.downloads + "/uv",
                "CLAIMS_ENVIRONMENTS": Project.home.tools + "/claims-model",
                "CLAIMS_SUPPLIED": Project.home.downloads + "/claims-supplied",
            ]
        ).run()
    }
}
