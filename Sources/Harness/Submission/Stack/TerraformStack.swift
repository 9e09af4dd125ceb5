import CheckCore
import Foundation
import HarnessSupport
import Synchronization
import Tooling

/// A Terraform stack as a component: applied from a copy of its code, with its state next to the copy.
struct TerraformStack: Component {
    let name: String
    let dependencies: [String]
    /// The stack's folder in the repository.
    let path: String
    var code: [String] { [path] }
    /// Variables in addition to those of the target.
    var values: @Sendable (_ context: StackContext) throws -> [String: String] = { _ in [:] }
    /// Addresses to apply with their dependencies; empty for everything.
    var targets: [String] = []
    /// Override files (`*_override.tf`) by path, which the local target adds to the copy: workarounds for the emulator are
    /// here, not in the modules. https://developer.hashicorp.com/terraform/language/files/override
    var overrides: [String: String] = [:]
    /// The text for one line of `status`, computed from the outputs.
    let describe: @Sendable (_ outputs: JSONValue) -> String
    /// The assertions, read through the API. Outputs serve as names only, never as facts.
    let claims: @Sendable (_ outputs: JSONValue, _ aws: AWSClient) async throws -> [Assertion]

    func up(_ context: StackContext) async throws -> ComponentDetail {
        try await endTerraform(context)
        try stage(context)
        try await initialise(context)
        let plan = try await terraform(
            context,
            ["plan", "-out=plan", "-detailed-exitcode", "-json"] + targets.map { "-target=\($0)" }
                + (try variables(context)))
        switch plan.exitCode {
        case 0: context.say("\(name): no changes")
        case 2: try await apply(context, plan)
        default: throw failure("plan", plan)
        }
        let outputs = try await outputs(context)
        return ComponentDetail(endpoint: outputs["cluster_endpoint"]?.string ?? "-", detail: describe(outputs))
    }

    func verify(_ context: StackContext) async throws -> [Assertion] {
        let plan = try await terraform(
            context, ["plan", "-detailed-exitcode", "-json", "-lock=false"] + (try variables(context)))
        let changes = Self.changes(plan)
        let outputs = try await outputs(context)
        let found = try await AWSClient.with(context) { try await claims(outputs, $0) }
        return [
            Assertion(
                id: "no-drift", "a second plan has no changes", plan.exitCode == 0,
                seen: plan.exitCode == 0 ? "no changes" : changes.joined(separator: ", "))
        ] + found
    }

    func down(_ context: StackContext) async throws {
        try await endTerraform(context)
        let folder = context.folder(of: name)
        if context.target == .aws { try stage(context) }
        // On the local target, no state means no resources; a real account's state is remote.
        let mayHold =
            context.target == .aws || FileManager.default.fileExists(atPath: state(context))
        if mayHold {
            let destroy = ["destroy", "-auto-approve", "-json"] + (try variables(context))
            // `up` left the folder initialised, and nobody else changes what the emulator holds: there the first attempt
            // reads no resource again. Whatever stops it is for the second; what stays is found in the emulator itself.
            var isDone = false
            if context.target == .local {
                // Where it fails, Terraform's own removal takes longer, and no more.
                try? await QuickRemoval(state: state(context)).run(context)
                isDone = try await terraform(context, destroy + ["-refresh=false"]).isSuccess
            }
            if !isDone {
                try await initialise(context)
                let destroyed = try await terraform(context, destroy)
                guard destroyed.isSuccess else { throw failure("destroy", destroyed, remedy: hint(context)) }
            }
        }
        if FileManager.default.fileExists(atPath: folder) { try FileManager.default.removeItem(atPath: folder) }
    }

    func standing(_ context: StackContext) async -> ComponentDetail? {
        guard let outputs = try? await outputs(context), !(outputs.object ?? [:]).isEmpty else { return nil }
        return ComponentDetail(endpoint: outputs["cluster_endpoint"]?.string ?? "-", detail: describe(outputs))
    }

    // MARK: Terraform

    private func process(_ context: StackContext) -> ProcessFile {
        ProcessFile(path: context.folder(of: name).appendingPath("pid"), mark: context.folder(of: name))
    }

    /// Terraform processes and providers left by a killed run.
    private func endTerraform(_ context: StackContext) async throws {
        try await process(context).stop(patience: .seconds(30))
        let providers = context.folder(of: name).appendingPath("data/providers")
        let listing = try await Command("ps", ["-ww", "-eo", "pid=,args="]).run().stdout
        for line in listing.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 1)
            if words.count == 2, words[1].hasPrefix(providers), let number = Int32(words[0]) { kill(number, SIGKILL) }
        }
    }

    private func source(_ context: StackContext) -> String {
        context.folder(of: name).appendingPath("source").appendingPath(path)
    }

    /// The state's file on the local target.
    private func state(_ context: StackContext) -> String {
        context.folder(of: name).appendingPath("terraform.tfstate")
    }

    private func variables(_ context: StackContext) throws -> [String] {
        let values = try values(context).sorted { $0.key < $1.key }
        return ["-var-file=targets/\(context.target.rawValue).tfvars"] + values.map { "-var=\($0.key)=\($0.value)" }
    }

    /// Copies the code, so that nothing is written into the repository and a later edit cannot break `down`.
    private func stage(_ context: StackContext) throws {
        let folder = context.folder(of: name).appendingPath("source")
        try FileManager.default.removeIfPresent(folder)
        try context.home.makeFolder(folder)
        let files = context.repository.terraformModules.files(of: path)
        guard !files.isEmpty else {
            throw HarnessError(
                "\(path) is not in \(context.repository.root)", remedy: "run harness inside the repository")
        }
        try CheckContext(repository: context.repository, toolbox: context.toolbox).stage(files, in: folder)
        if context.target == .local {
            // Moto answers some requests with 500, which the provider repeats 25 times by default.
            let text = """
                # Written by the harness: the emulator's state lives and ends with the emulator.
                terraform {
                  backend "local" {
                    path = "\(state(context))"
                  }
                }

                provider "aws" {
                  max_retries = 2
                }

                """
            try Data(text.utf8).write(to: URL(fileURLWithPath: source(context).appendingPath("local_override.tf")))
            for (path, text) in overrides {
                try Data(text.utf8).write(to: URL(fileURLWithPath: folder.appendingPath(path)))
            }
        }
    }

    private func initialise(_ context: StackContext) async throws {
        context.show("terraform init")
        var arguments = ["init", "-input=false", "-no-color"]
        if context.target == .aws {
            guard let backend = context.options.backend else {
                throw HarnessError(
                    "the target aws needs a backend for Terraform's state",
                    remedy: "name a file with bucket and region: make up TARGET=aws BACKEND=FILE")
            }
            // Each stack has a separate state in the bucket, independent of the key in the file.
            arguments += [
                "-backend-config=\(URL(fileURLWithPath: backend).path)",
                "-backend-config=key=\(name)/terraform.tfstate",
            ]
        }
        let initialised = try await terraform(context, arguments)
        guard initialised.isSuccess else {
            throw HarnessError("\(name): terraform init: \(Self.reason(initialised.stderr))")
        }
    }

    private func apply(_ context: StackContext, _ plan: Command.Output) async throws {
        let changes = Self.changes(plan)
        if context.target == .aws && !context.options.isApproved {
            for change in changes { context.say("\(name): \(change)") }
            throw HarnessError.unapproved(changes.count)
        }
        let done = Atomic<Int>(0)
        let applied = try await terraform(context, ["apply", "-json", "plan"]) { message in
            switch message["type"]?.string {
            case "apply_complete": done.add(1, ordering: .relaxed)
            case "apply_start", "apply_progress": break
            default: return
            }
            let address = message["hook"]?["resource"]?["addr"]?.string ?? ""
            context.show("\(done.load(ordering: .relaxed)) of \(changes.count)  \(address)")
        }
        guard applied.isSuccess else {
            throw failure("apply", applied, remedy: hint(context))
        }
        context.say("\(name): \(changes.count) resources created")
    }

    /// The stack's outputs; empty if the stack does not exist.
    func outputs(_ context: StackContext) async throws -> JSONValue {
        let output = try await terraform(context, ["output", "-json"])
        let values = JSONValue(parsing: output.stdout)?.object ?? [:]
        return .object(values.compactMapValues { $0["value"] })
    }

    private func terraform(
        _ context: StackContext, _ arguments: [String], onMessage: @escaping @Sendable (JSONValue) -> Void = { _ in }
    ) async throws -> Command.Output {
        let folder = context.folder(of: name)
        if arguments[0] != "output" { context.show("terraform \(arguments[0])") }
        var environment = try TerraformEnvironment(home: context.home).variables(data: folder.appendingPath("data"))
        environment.merge(context.awsEnvironment()) { $1 }
        let (program, words) = process(context).noting(
            try await context.toolbox.path(of: .terraform), ["-chdir=\(source(context))"] + arguments)
        return try await Command(program, words, environment: environment).run { line in
            if let message = JSONValue(parsing: line) { onMessage(message) }
        }
    }

    // MARK: Messages

    private static func messages(_ output: Command.Output) -> [JSONValue] {
        output.stdout.split(separator: "\n").compactMap { JSONValue(parsing: String($0)) }
    }

    private static func changes(_ plan: Command.Output) -> [String] {
        messages(plan).compactMap { message in
            guard message["type"]?.string == "planned_change", let change = message["change"] else { return nil }
            return "\(change["action"]?.string ?? "?") \(change["resource"]?["addr"]?.string ?? "?")"
        }
    }

    private func hint(_ context: StackContext) -> String? {
        context.target == .local ? Emulator.faults(context) : nil
    }

    private func failure(_ step: String, _ output: Command.Output, remedy: String? = nil) -> HarnessError {
        let diagnostics = Self.messages(output).compactMap(\.["diagnostic"]).filter {
            $0["severity"]?.string == "error"
        }
        let reasons = diagnostics.map { item in
            [item["address"]?.string, item["summary"]?.string, item["detail"]?.string].compactMap(\.self)
                .joined(separator: ": ").split(whereSeparator: \.isNewline).joined(separator: " ")
        }
        return HarnessError(
            "\(name): terraform \(step): \(reasons.isEmpty ? Self.reason(output.stderr) : reasons.joined(separator: "; "))",
            remedy: remedy)
    }

    /// The first error in Terraform's text output.
    private static func reason(_ stderr: String) -> String {
        let lines = stderr.split(separator: "\n").map { $0.trimmingCharacters(in: CharacterSet(charactersIn: "│╷╵ ")) }
        let start = lines.firstIndex { $0.hasPrefix("Error") } ?? 0
        return lines.dropFirst(start).filter { !$0.isEmpty }.prefix(4).joined(separator: " ")
    }
}
