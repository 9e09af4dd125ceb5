import Foundation
import TestSupport
import Testing

@testable import CheckCommands
@testable import HarnessSupport
@testable import Tooling

@Suite("The admission policies", .timeLimit(.minutes(60)))
struct AdmissionPolicyTests {
    @Test("evaluate to what their samples say, and leave alone what runs")
    func evaluate() async throws {
        let folder = Project.root + "/k8s/admission/tests"
        let environment = try await PythonEnvironment(
            name: "admission", lock: Pins.Lock(file: "\(folder)/requirements.txt"), home: Project.home
        ).install { print($0) }
        let output = try await Command(
            environment.appendingPath("bin/python"), ["-m", "unittest", "discover", folder],
            environment: ["PYTHONDONTWRITEBYTECODE": "1"], folder: Project.root
        ).run()
        #expect(output.isSuccess, "\(output.stderr)")
        #expect(output.stderr.contains(/Ran [1-9]\d* tests/), "\(output.stderr)")
    }
}
