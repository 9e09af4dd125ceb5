import CheckCore
import Foundation
import HarnessSupport
import Tooling

/// A CloudFormation stack as a component: every change uses a change set.
struct CloudFormationStack: Component {
    let name: String
    let dependencies: [String]
    /// The template in the repository.
    let template: String
    var code: [String] { [template] }
    /// Values for the template's parameters, by name.
    var parameters: @Sendable (_ target: Target, _ aws: AWSClient) async throws -> [String: String]
    /// The text for one line of `status`.
    let describe: @Sendable (_ outputs: [String: String]) -> String
    /// The assertions, read through the API of each service. Outputs serve as names only, never as facts.
    let claims: @Sendable (_ outputs: [String: String], _ aws: AWSClient) async throws -> [Assertion]

    func up(_ context: StackContext) async throws -> ComponentDetail {
        let found = try await AWSClient.with(context, .ministack) { aws in
            try await removeRemains(context, aws)
            guard let changes = try await propose(context, aws) else {
                context.say("\(name): no changes")
                return try await stack(aws)
            }
            if context.target == .aws && !context.options.isApproved {
                for change in changes.texts { context.say("\(name): \(change)") }
                try await discard(changes, aws)
                throw HarnessError.unapproved(changes.texts.count)
            }
            try await aws.call("cloudformation", "ExecuteChangeSet", ["ChangeSetName": .string(changes.id)])
            try await settle(context, aws, count: changes.texts.count)
            context.say("\(name): \(changes.texts.count) resources created or changed")
            return try await stack(aws)
        }
        guard let standing = found.flatMap(standing(of:)) else {
            throw HarnessError("\(name): the stack is missing after its change set was executed")
        }
        return standing
    }

    func verify(_ context: StackContext) async throws -> [Assertion] {
        try await AWSClient.with(context, .ministack) { aws in
            let changes = try await propose(context, aws)
            if let changes { try await discard(changes, aws) }
            let outputs = Self.outputs(try await stack(aws))
            return [
                Assertion(
                    id: "no-drift", "a second change set has no changes", changes == nil,
                    seen: changes?.texts.joined(separator: ", ") ?? "no changes")
            ] + (try await claims(outputs, aws))
        }
    }

    func down(_ context: StackContext) async throws {
        try await AWSClient.with(context, .ministack) { aws in
            guard let id = try await stack(aws)?["StackId"]?.string else { return }
            let retained = try await RetainedResources(of: id, aws)
            try await aws.call("cloudformation", "DeleteStack", ["StackName": .string(id)])
            let status = try await wait(context, aws, id: id) { !$0.hasSuffix("_IN_PROGRESS") }
            guard status == "DELETE_COMPLETE" else { throw await failure(aws, id: id, status: status) }
            if context.target == .local { try await retained.remove(aws) }
        }
        try FileManager.default.removeIfPresent(context.folder(of: name))
    }

    func standing(_ context: StackContext) async -> ComponentDetail? {
        let found = try? await AWSClient.with(context, .ministack) { aws in try await stack(aws) }
        return (found ?? nil).flatMap(standing(of:))
    }

    private func standing(of stack: JSONValue) -> ComponentDetail? {
        guard Self.isWhole(stack["StackStatus"]?.string ?? "") else { return nil }
        let outputs = Self.outputs(stack)
        return ComponentDetail(endpoint: outputs["Endpoint"] ?? "-", detail: describe(outputs))
    }

    /// The stack's outputs; empty if the stack does not exist.
    func outputs(_ context: StackContext) async throws -> [String: String] {
        try await AWSClient.with(context, .ministack) { aws in Self.outputs(try await stack(aws)) }
    }

    // MARK: Change sets

    private struct ChangeSet {
        let id: String
        let texts: [String]
    }

    /// Creates a change set from the current template; returns `nil` and deletes it if it has no changes.
    private func propose(_ context: StackContext, _ aws: AWSClient) async throws -> ChangeSet? {
        guard let body = context.repository.text(of: template) else {
            throw HarnessError(
                "\(template) is not in \(context.repository.root)", remedy: "run harness inside the repository")
        }
        let given = try await parameters(context.target, aws).sorted { $0.key < $1.key }.map { key, value in
            JSONValue.object(["ParameterKey": .string(key), "ParameterValue": .string(value)])
        }
        let exists = try await stack(aws) != nil
        context.show("change set")
        let made = try await aws.call(
            "cloudformation", "CreateChangeSet",
            [
                "StackName": .string(name), "ChangeSetName": "harness-\(UUID().uuidString)",
                "TemplateBody": .string(body),
                "Parameters": .array(given), "Capabilities": ["CAPABILITY_NAMED_IAM"],
                "ChangeSetType": exists ? "UPDATE" : "CREATE",
                "Tags": [["Key": "ManagedBy", "Value": "cloudformation"]],
            ])
        let id = made["Id"]?.string ?? ""
        while true {
            let seen = try await aws.call("cloudformation", "DescribeChangeSet", ["ChangeSetName": .string(id)])
            let changes = ChangeSet(id: id, texts: seen["Changes"].items.map(Self.text))
            switch seen["Status"]?.string {
            case "CREATE_COMPLETE" where !changes.texts.isEmpty: return changes
            case "CREATE_COMPLETE": return try await none(changes, aws)
            case "FAILED":
                let reason = seen["StatusReason"]?.string ?? "no reason given"
                guard Self.saysNothingChanges(reason) else {
                    try? await discard(changes, aws)
                    throw HarnessError("\(name): the change set failed: \(reason)")
                }
                return try await none(changes, aws)
            default: try await Task.sleep(for: .milliseconds(500))
            }
        }
    }

    private func none(_ changes: ChangeSet, _ aws: AWSClient) async throws -> ChangeSet? {
        try await discard(changes, aws)
        return nil
    }

    private func discard(_ changes: ChangeSet, _ aws: AWSClient) async throws {
        try await aws.call("cloudformation", "DeleteChangeSet", ["ChangeSetName": .string(changes.id)])
    }

    /// CloudFormation has no status of its own for a change set without changes, only these two reasons.
    private static func saysNothingChanges(_ reason: String) -> Bool {
        reason.contains("didn't contain changes") || reason.contains("No updates are to be performed")
    }

    private static func text(_ change: JSONValue) -> String {
        let resource = change["ResourceChange"] ?? .null
        return "\(resource["Action"]?.string ?? "?") \(resource["LogicalResourceId"]?.string ?? "?")"
    }

    // MARK: The stack

    /// The service's description of the stack; `nil` if the stack does not exist.
    private func stack(_ aws: AWSClient) async throws -> JSONValue? {
        do {
            let answer = try await aws.call("cloudformation", "DescribeStacks", ["StackName": .string(name)])
            return answer["Stacks"].items.first { $0["StackStatus"]?.string != "DELETE_COMPLETE" }
        } catch let refusal as AWSClient.Refusal where refusal.message.contains("does not exist") {
            return nil
        }
    }

    private static func outputs(_ stack: JSONValue?) -> [String: String] {
        (stack?["Outputs"].items ?? []).reduce(into: [:]) { outputs, item in
            if let key = item["OutputKey"]?.string { outputs[key] = item["OutputValue"]?.string }
        }
    }

    private static func isWhole(_ status: String) -> Bool {
        ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"].contains(status)
    }

    /// A stack that never came up can only be deleted: CloudFormation rejects changes to it.
    private func removeRemains(_ context: StackContext, _ aws: AWSClient) async throws {
        let status = try await stack(aws)?["StackStatus"]?.string ?? ""
        if ["REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "CREATE_FAILED"].contains(status) { try await down(context) }
    }

    private func settle(_ context: StackContext, _ aws: AWSClient, count: Int) async throws {
        guard let id = try await stack(aws)?["StackId"]?.string else {
            throw HarnessError("\(name): the stack disappeared during the change")
        }
        let status = try await wait(context, aws, id: id) { !$0.hasSuffix("_IN_PROGRESS") }
        guard status == "CREATE_COMPLETE" || status == "UPDATE_COMPLETE" else {
            throw await failure(aws, id: id, status: status)
        }
    }

    private func wait(
        _ context: StackContext, _ aws: AWSClient, id: String, until isSettled: (String) -> Bool
    ) async throws -> String {
        while true {
            let status: String
            do {
                let answer = try await aws.call("cloudformation", "DescribeStacks", ["StackName": .string(id)])
                status = answer["Stacks"].items.first?["StackStatus"]?.string ?? "DELETE_COMPLETE"
            } catch let refusal as AWSClient.Refusal where refusal.message.contains("does not exist") {
                return "DELETE_COMPLETE"
            }
            if isSettled(status) { return status }
            context.show(status.lowercased().replacingOccurrences(of: "_", with: " "))
            try await Task.sleep(for: .milliseconds(context.target == .local ? 200 : 3_000))
        }
    }

    /// Returns the error of the first failed resource: the others failed because of it.
    private func failure(_ aws: AWSClient, id: String, status: String) async -> HarnessError {
        let events = try? await aws.call("cloudformation", "DescribeStackEvents", ["StackName": .string(id)])
        let first = events?["StackEvents"].items.last { $0["ResourceStatus"]?.string?.hasSuffix("FAILED") ?? false }
        let resource = first?["LogicalResourceId"]?.string ?? "the stack"
        return HarnessError(
            "\(name): \(status): \(resource): \(first?["ResourceStatusReason"]?.string ?? "no reason given")")
    }
}
