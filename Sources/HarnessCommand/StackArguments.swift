import ArgumentParser
import CheckCommands
import Foundation
import HarnessSupport
import Reporting
import Submission
import Tooling

/// Which stack a verb is about.
struct StackPlace: ParsableArguments {
    @Option(help: "Where: local (an AWS emulator on this machine) or aws (a real account).")
    var target: Target = .local

    @Option(help: "The first of five ports on 127.0.0.1: two for the emulators, three for the applications' gateway.")
    var port = StackOptions.defaultPort

    func validate() throws {
        guard 1024...64_000 ~= port else {
            throw ValidationError(
                "port \(port) is not allowed: use 1024 to 64000, because the harness also uses ports above it")
        }
    }

    func open(
        progress: ProgressLine, backend: String? = nil, cluster: StackOptions.Place = .docker, approve: Bool = false
    ) async throws -> Stack {
        let toolbox = Toolbox(home: .standard()) { progress.say($0) }
        return try await Stack.open(
            target: target,
            options: StackOptions(port: port, backend: backend, place: cluster, isApproved: approve), toolbox: toolbox,
            say: { progress.say($0) }, show: { progress.show($0) })
    }
}

/// What the verbs that change the stack need as well.
struct StackArguments: ParsableArguments {
    @OptionGroup var place: StackPlace

    @Option(help: "For aws: file with the settings of Terraform's S3 backend.", completion: .file())
    var backend: String?

    @Option(help: "Where the applications run; current is the kubeconfig context's cluster.")
    var cluster: StackOptions.Place = .docker

    @Flag(help: "For aws: really make or remove what the plan says, at the account's cost.")
    var approve = false

    func validate() throws {
        if place.target == .local, backend != nil || approve {
            throw ValidationError("--backend and --approve are for --target aws")
        }
    }

    func open(progress: ProgressLine) async throws -> Stack {
        try await place.open(progress: progress, backend: backend, cluster: cluster, approve: approve)
    }
}

extension Target: ExpressibleByArgument {}
extension StackOptions.Place: ExpressibleByArgument {}

/// Runs a verb: Ctrl-C ends it in order, and what keeps it from working is one line and exit code 2.
func stackVerb(_ body: @escaping @Sendable (ProgressLine) async throws -> Void) async throws {
    let progress = ProgressLine()
    defer { progress.finish() }
    try await interruptible {
        do {
            try await body(progress)
        } catch let error as HarnessError {
            progress.finish()
            throw fail(error)
        } catch let missing as Tool.Missing {
            progress.finish()
            throw fail(missing)
        }
    }
}

func print(statuses: [ComponentStatus], style: TerminalStyle) {
    let rows =
        [["COMPONENT", "STATE", "ENDPOINT", "DETAIL"]]
        + statuses.map { [$0.name, $0.state, $0.endpoint.isEmpty ? "-" : $0.endpoint, $0.detail] }
    print(table(rows))
}
