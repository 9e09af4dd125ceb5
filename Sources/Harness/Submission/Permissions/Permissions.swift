import CheckCore
import HarnessSupport
import Tooling

/// Tests the permissions on the running stack, row by row.
public struct Permissions: Sendable {
    /// The result of one row of the table.
    public struct Result: Codable, Sendable {
        /// The part of the stack.
        public let group: String
        public let principal: String
        public let action: String
        public let resource: String
        /// Values that the request sends in addition to credentials, by condition key.
        public let with: [String: String]
        public let expected: String
        /// `call` or `evaluation`.
        public let by: String
        public let verdict: Verdict
        /// The observed result, or the skip reason.
        public let seen: String

        init(_ group: String, _ row: PermissionTable.Row, _ verdict: Verdict, _ seen: String) {
            self.group = group
            self.principal = row.principal
            self.action = row.action
            self.resource = row.resource
            self.with = row.with ?? [:]
            self.expected = row.expected.rawValue
            self.by = row.by.rawValue
            self.verdict = verdict
            self.seen = seen
        }
    }

    /// Journal entry of a running test.
    static let name = "permissions"

    let context: StackContext
    let table: PermissionTable

    /// - Throws: `HarnessError` if the table is missing or damaged.
    init(_ context: StackContext) throws {
        guard let text = context.repository.text(of: PermissionTable.path) else {
            throw HarnessError(
                "\(PermissionTable.path) is not in \(context.repository.root)",
                remedy: "run harness inside the repository")
        }
        self.context = context
        self.table = try PermissionTable(text)
    }

    /// Tests every row. It creates keys, a user and objects for the test and removes them.
    func results() async throws -> [Result] {
        var all: [Result] = []
        for (group, rows) in table.groups.sorted(by: { $0.key < $1.key }) {
            context.show("\(group): \(rows.count) rows")
            switch group {
            case "bucket-access":
                all += try await results(
                    of: group, rows.filter { !$0.demandsMFA }, in: try await .bucketAccess(context))
                try await withMFA {
                    all += try await results(
                        of: group, rows.filter(\.demandsMFA), in: try await .bucketAccess(context))
                }
            case "bucket-pair": all += try await results(of: group, rows, in: try await .bucketPair(context))
            case "iam-group": all += try await results(of: group, rows, in: try await .iamGroup(context))
            case "processor": all += try await results(of: group, rows, in: try await .processor(context))
            case "cluster": all += try await results(of: group, rows, in: try await .cluster(context))
            case "model-hosting":
                all += try await results(of: group, rows, in: try await .modelHosting(context))
            case "fleet": all += try await results(of: group, rows, in: try await .fleet(context))
            default: throw HarnessError("\(PermissionTable.path): unknown group \(group)")
            }
        }
        return all
    }

    /// Removes the resources of an interrupted test, and the MFA requirement that it added to the role.
    func takeBack() async throws {
        try await PermissionFixture.bucketAccess(context).leave()
        var quiet = context
        quiet.say = { _ in }
        _ = try await CloudFormationStack.bucketAccess.up(quiet)
        for make in [
            PermissionFixture.bucketPair, PermissionFixture.iamGroup, PermissionFixture.processor,
            PermissionFixture.modelHosting,
        ] {
            try await make(context).leave()
        }
    }

    private func results(
        of group: String, _ rows: [PermissionTable.Row], in scene: PermissionFixture
    ) async throws -> [Result] {
        do {
            if scene.isEnforcedOnDemand { try await Enforcement.set(true, context) }
            let trial = PermissionTrial(scene: scene)
            let results = try await AWSClient.with(context, scene.emulator) { aws in
                var results: [Result] = []
                for row in rows {
                    let (verdict, seen) = try await trial.judge(row, aws)
                    results.append(Result(group, row, verdict, seen))
                }
                return results
            }
            if scene.isEnforcedOnDemand { try await Enforcement.set(false, context) }
            try await scene.leave()
            return results
        } catch {
            // A separate task, so that an interrupt does not stop the cleanup.
            await Task {
                if scene.isEnforcedOnDemand { try? await Enforcement.set(false, context) }
                try? await scene.leave()
            }.value
            throw error
        }
    }

    /// Runs `body` while the role requires MFA; one change set enables this and another disables it.
    private func withMFA(_ body: () async throws -> Void) async throws {
        var strict = CloudFormationStack.bucketAccess
        strict.parameters = { _, _ in ["RequireMfa": "true"] }
        var quiet = context
        quiet.say = { _ in }
        _ = try await strict.up(quiet)
        do {
            try await body()
        } catch {
            await Task { [quiet] in _ = try? await CloudFormationStack.bucketAccess.up(quiet) }.value
            throw error
        }
        _ = try await CloudFormationStack.bucketAccess.up(quiet)
    }
}

extension PermissionTable.Row {
    /// Whether it is about the stack with this parameter.
    fileprivate var demandsMFA: Bool { with?["RequireMfa"] == "true" }
}

/// Whether moto enforces IAM. Without enforcement, the local target's test credentials may do everything.
enum Enforcement {
    static func set(_ isOn: Bool, _ context: StackContext) async throws {
        let answered = try await Command(
            "curl",
            [
                "-sf", "--noproxy", "*", "--max-time", "30", "-H", "Content-Type: application/octet-stream", "-d",
                isOn ? "0" : "inf", Emulator.moto.endpoint(context) + "/moto-api/reset-auth",
            ]
        ).run()
        guard answered.isSuccess else {
            throw HarnessError(
                "the emulator did not switch IAM \(isOn ? "on" : "off")", remedy: "make down, then make up")
        }
    }
}
