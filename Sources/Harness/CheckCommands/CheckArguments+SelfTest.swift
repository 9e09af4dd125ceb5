import ArgumentParser
import CheckCore
import CheckEngine
import HarnessSupport
import Reporting
import Tooling

extension CheckArguments {
    /// Runs the examples of one check and throws the exit code.
    ///
    /// - Parameter name: a check, or CHECK/RULE for the sound examples and the examples that trigger the rule.
    static func selfTest(_ name: String, of checks: [any Check]) async throws {
        try await interruptible {
            do {
                let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
                guard let check = checks.first(where: { $0.name == parts.first }) else {
                    throw HarnessError("no check is named \(name)", remedy: "choose one of " + all(checks))
                }
                let examples = check.examples.filter { example in
                    parts.count == 1 || example.triggers.isEmpty || example.triggers.contains(parts[1])
                }
                guard parts.count == 1 || examples.contains(where: { !$0.triggers.isEmpty }) else {
                    throw HarnessError(
                        "no example of \(check.name) triggers \(parts[1])", remedy: "add one, or correct the name")
                }
                try HarnessHome.standard().makeWritable()
                let toolbox = Toolbox(home: .standard())
                var failed = false
                do {
                    for example in examples { failed = try await show(example, of: check, toolbox) || failed }
                    await toolbox.shutDown()
                } catch {
                    await toolbox.shutDown()
                    throw error
                }
                if failed { throw ExitCode(1) }
            } catch let error as HarnessError {
                throw fail(error)
            }
        }
    }

    /// - Returns: whether the example failed.
    private static func show(_ example: Example, of check: any Check, _ toolbox: Toolbox) async throws -> Bool {
        switch try await SelfTest(check, toolbox: toolbox).run(example) {
        case .passed: print("passed   \(example.name)")
        case .skipped(let reason): print("skipped  \(example.name): \(reason)")
        case .failed(let reason):
            print("failed   \(example.name): \(reason)")
            return true
        }
        return false
    }

    private static func all(_ checks: [any Check]) -> String { checks.map(\.name).sorted().joined(separator: ", ") }
}
