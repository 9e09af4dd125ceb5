import Foundation
import TestSupport
import Testing

@testable import HarnessSupport
@testable import KubernetesModel
@testable import Submission
@testable import Tooling

/// The scripts that call the AWS CLI, as a user runs them. Resources have names of their own: the tests share moto.
@Suite("A script for AWS:", .shared(.moto), .timeLimit(.minutes(60)))
struct ScriptTests {}

/// What a run of a script ended with.
struct ScriptResult: Equatable {
    let code: Int32?
    let out: [String]
    let err: [String]

    static func done(_ out: String...) -> ScriptResult { ScriptResult(code: 0, out: out, err: []) }
    static func refused(_ err: String) -> ScriptResult { ScriptResult(code: 1, out: [], err: [err]) }
    static func misused(_ err: String) -> ScriptResult { ScriptResult(code: 2, out: [], err: [err]) }
}

struct ScriptUnderTest: Sendable {
    let name: String
    /// Looked into for programs before anything else.
    var stubs: String?
    /// Instead of the emulator's environment.
    var environment: [String: String?] = [:]

    init(_ name: String) { self.name = name }

    /// Whatever it asks AWS, no one answers.
    var withoutAWS: ScriptUnderTest {
        var copy = self
        copy.environment["AWS_ENDPOINT_URL"] = "http://127.0.0.1:1"
        return copy
    }

    func `as`(_ key: AccessKey) -> ScriptUnderTest {
        var copy = self
        copy.environment["AWS_ACCESS_KEY_ID"] = key.id
        copy.environment["AWS_SECRET_ACCESS_KEY"] = key.secret
        return copy
    }

    func callAsFunction(_ arguments: String...) async throws -> ScriptResult { try await run(arguments) }

    func run(_ arguments: [String]) async throws -> ScriptResult {
        let context = try Shared.current().context
        let tools = try await context.toolbox.path(of: .aws).parentPath
        let path = [stubs, tools, ProcessInfo.processInfo.environment["PATH"]].compactMap(\.self)
        let output = try await Command(
            "\(Project.root)/scripts/\(name)", arguments,
            environment: context.awsEnvironment()
                .merging(["PATH": path.joined(separator: ":"), "AWS_MAX_ATTEMPTS": "1"]) { $1 }
                .merging(environment) { $1 }
        ).run()
        return ScriptResult(code: output.exitCode, out: Self.lines(output.stdout), err: Self.lines(output.stderr))
    }

    private static func lines(_ text: String) -> [String] {
        text.split(separator: "\n").map(String.init)
    }
}

/// The key of a user, as `CreateAccessKey` answers.
struct AccessKey: Sendable {
    let id: String
    let secret: String
}

/// A name that no other test uses.
func unique(_ name: String) -> String { "\(name)-\(UUID().uuidString.prefix(8).lowercased())" }

/// An answer of the emulator, read with the API and not from a script's own words.
@discardableResult
func call(_ service: String, _ operation: String, _ parameters: JSONValue = [:]) async throws -> JSONValue {
    try await Shared.current().aws.call(service, operation, parameters)
}

/// The code of the refusal; `nil` where the call is answered.
func refusal(_ service: String, _ operation: String, _ parameters: JSONValue) async throws -> String? {
    do {
        try await call(service, operation, parameters)
        return nil
    } catch let refusal as AWSClient.Refusal {
        return refusal.code
    }
}
