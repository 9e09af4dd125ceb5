import CheckCore
import HarnessSupport
import Tooling

/// Who may do what on the stack that is up, tried row by row.
public struct Permissions: Sendable {
    /// What came of one row of the table.
    public struct Result: Codable, Sendable {
        /// The part of the stack that it is about.
        public let group: String
        public let principal: String
        public let action: String
        public let resource: String
        /// What the request carries in addition to credentials, by condition key.
        public let with: [String: String]
        public let expected: String
        /// `call` or `evaluation`.
        public let by: String
        public let verdict: Verdict
        /// What was seen; where it could not be judged, why.
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

    /// Of a trial under way, in the stack's journal.
    static let name = "permissions"

    let context: StackContext
    let table: PermissionTable

    /// - Throws: `HarnessError` where the table is missing or damaged.
    init(_ context: StackContext) throws {
        guard let text = context.repository.text(of: PermissionTable.path) else {
            throw HarnessError(
                "\(PermissionTable.path) is not in \(context.repository.root)",
                remedy: "run harness inside the repository")
        }
        self.context = context
        self.table = try PermissionTable(text)
    }

    /// Tries every row. What it makes for that, keys, a user, objects, it removes again.
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

    /// Removes what a trial made that did not end, and lets the role go without MFA again.
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
            // In a task of its own: an interrupt must not keep it from cleaning up.
            await Task {
                if scene.isEnforcedOnDemand { try? await Enforcement.set(false, context) }
                try? await scene.leave()
            }.value
            throw error
        }
    }

    /// Runs `body` with the role demanding MFA, which a change set turns on and another off.
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

/// Whether moto judges calls by IAM. Off, the made-up credentials of the local target may do everything.
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
