import Foundation
import TestSupport
import Testing

@testable import CheckCommands
@testable import CheckCore
@testable import Tooling

@Suite("The claims model", .heavy, .timeLimit(.minutes(60)))
struct ClaimsModelTests {
    @Test("passes its own tests, v1 on the supplied Python 3.7 and v2 on the Python that trains it as well")
    func tests() async throws {
        let toolbox = Toolbox(home: Project.home) { print($0) }
        // The environment for checking is made by uv, which makes those of the script faster than pip does.
        _ = try await toolbox.path(of: .ruff)
        let uv = Project.home.tools + "/uv-\(Pins.uv.digest)/bin"
        let path = [uv, ProcessInfo.processInfo.environment["PATH"]].compactMap(\.self).joined(separator: ":")
        let output = try await Command(
            Project.root + "/sagemaker/claims-model/scripts/test.sh",
            environment: [
                "PATH": path, "UV_CACHE_DIR": Project.home.downloads + "/uv",
                "CLAIMS_ENVIRONMENTS": Project.home.tools + "/claims-model",
                "CLAIMS_SUPPLIED": Project.home.downloads + "/claims-supplied",
            ]
        ).run()
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
}
