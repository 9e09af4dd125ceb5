import CheckCore
import Foundation
import HarnessSupport
import Synchronization
import Tooling

/// The stack of this repository: its components go up in the order of their dependencies and come down in reverse.
public struct Stack: Sendable {
    private let context: StackContext
    private let components: [any Component]

    private static let stacks: [any Component] = [
        TerraformStack.workbench, TerraformStack.platform, TerraformStack.cluster, ProcessorPackage(),
        TerraformStack.processor, CloudFormationStack.bucketAccess, CloudFormationStack.webApp,
    ]

    /// All components of the local stack, with the applications at the place where they run.
    static func local(_ applications: any Component = DockerApplications()) -> [any Component] {
        [Emulator.moto, Emulator.ministack] + stacks
            + [applications, Observability(), ModelHosting(), ModelPlatform()]
    }

    /// The components for a real account.
    static let account: [any Component] = stacks + [ClusterImages(), ModelHostingOnAccount()]

    /// The components of `up`; the applications have one name at every place.
    static var componentNames: [String] { local().filter { !($0 is Emulator) }.map(\.name) }

    /// The types with a component's assertions: their files hold the ids.
    static let verifications: [String: [Any.Type]] = [
        "emulator": [Emulator.self, Stack.self],
        "workbench": [TerraformStack.self, WorkbenchVerification.self],
        "platform": [
            TerraformStack.self, (any StackVerification).self, NetworkVerification.self, PlatformVerification.self,
        ],
        "cluster": [
            TerraformStack.self, (any StackVerification).self, NetworkVerification.self, ClusterVerification.self,
        ],
        "cluster-images": [ClusterImages.self],
        "processor-package": [ProcessorPackage.self],
        "processor": [TerraformStack.self, ProcessorVerification.self],
        "bucket-access": [CloudFormationStack.self, BucketAccessVerification.self],
        "web-app": [CloudFormationStack.self, WebAppVerification.self],
        "applications": [
            AvailabilityVerification.self, ClusterApplications.self, ContainmentVerification.self, VersionClaims.self,
            VisitVerification.self,
        ],
        "observability": [AlertLifecycleTest.self, ScrapeVerification.self],
        "model-hosting": [
            TerraformStack.self, (any StackVerification).self, ModelHostingVerification.self, ModelLifecycleRun.self,
        ],
        "mlops": [ModelLifecycleVerification.self, ModelServingVerification.self],
    ]

    /// - Parameters:
    ///   - say: prints a permanent line.
    ///   - show: shows the current step.
    /// - Throws: `HarnessError` if the repository cannot be read or `.harness` cannot be written.
    public static func open(
        target: Target, options: StackOptions, toolbox: Toolbox,
        say: @escaping @Sendable (String) -> Void = { _ in }, show: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> Stack {
        let repository = try await Discovery.here()
        guard repository.containsFolder("terraform/stacks") else {
            throw HarnessError(
                "\(repository.root) has no stack: terraform/stacks not found", remedy: "run it in the repository")
        }
        let folder = toolbox.home.stack.appendingPath(target.rawValue)
        let context = StackContext(
            target: target, repository: repository, toolbox: toolbox, folder: folder,
            options: options, say: say, show: show)
        return Stack(
            context: context,
            components: target == .local
                ? local(Applications.component(context)) : account)
    }

    /// Brings all components up, independent ones in parallel, and verifies them.
    ///
    /// - Parameters:
    ///   - names: components to bring up with their dependencies; empty for all.
    ///   - others: components to skip with their dependents.
    /// - Throws: `HarnessError` if a component does not come up; the others stay up for `status` and `down`.
    public func up(only names: [String] = [], without others: [String] = []) async throws -> StackReport {
        let components = try chosen(names, without: others)
        if context.target == .aws {
            try await Account.announce(context)
            try await Account.checkPreconditions(context, for: components.map(\.name))
        }
        try context.home.makeFolder(context.folder)
        let lock = try StackLock(folder: context.folder)
        defer { lock.release() }
        let journal = try Journal(context.folder)
        // A real account is never taken down automatically: Terraform continues from its state.
        let wasInterrupted = components.contains { [.starting, .stopping].contains(journal.state(of: $0.name)) }
        if wasInterrupted && context.target == .local {
            context.say("an earlier run was interrupted: taking down its resources")
            for remainder in try await takeDown(journal).0 { context.say(remainder) }
        }
        for component in components { try await component.checkPorts(context) }
        let isWhole = names.isEmpty && others.isEmpty && components.allSatisfy { journal.state(of: $0.name) == nil }
        let hasImages = FileManager.default.fileExists(atPath: context.home.cache.appendingPath("images"))
        try await endTrial(journal)
        let start = ContinuousClock.now
        let claims = Mutex<[String: [Assertion]]>([:])
        let schedule = Schedule.up(components)
        let spans = try await each(schedule) { component, context in
            // A component that is up stays recorded as up, so that an interruption leaves no doubt.
            let isUp = await component.standing(context) != nil
            let changes = context.target == .local || context.options.isApproved
            if changes, journal.state(of: component.name) != .up || !isUp {
                try journal.note(component.name, .starting)
            }
            context.show("going up")
            do {
                let standing = try await component.up(context)
                try journal.note(component.name, .up, standing)
                context.show("reading back")
                let found = try await component.verify(context)
                claims.withLock { $0[component.name] = found }
            } catch let skipped as Skipped {
                try journal.note(component.name, .skipped, ComponentDetail(endpoint: "", detail: skipped.reason))
                let claim = Assertion(id: "up", "\(component.name): up and read back", skipped: skipped.reason)
                claims.withLock { $0[component.name] = [claim] }
            }
        }
        try writeEnvironment()
        let report = StackReport(
            components: components.map { component in
                .init(
                    name: component.name, claims: claims.withLock { $0[component.name] } ?? [],
                    seconds: spans[component.name]?.seconds ?? 0)
            },
            criticalPath: schedule.criticalPath(of: spans), seconds: (ContinuousClock.now - start).seconds)
        try LastUp.keep(report, context.home, context.target)
        if isWhole && context.target == .local {
            try StackTimes.note(
                hasImages ? .up : .upFromNothing, seconds: report.seconds, criticalPath: report.criticalPath,
                context.home)
        }
        return report
    }

    private func chosen(_ names: [String], without others: [String]) throws -> [any Component] {
        for name in names + others where !components.contains(where: { $0.name == name }) {
            throw HarnessError(
                "unknown component \(name)",
                remedy: "choose from \(components.map(\.name).joined(separator: ", "))")
        }
        var wanted = Set(names.isEmpty ? components.map(\.name) : names)
        for component in components.reversed() where wanted.contains(component.name) {
            wanted.formUnion(component.dependencies)
        }
        wanted.subtract(others)
        for component in components where component.dependencies.contains(where: { !wanted.contains($0) }) {
            wanted.remove(component.name)
        }
        return components.filter { wanted.contains($0.name) }
    }

    /// Runs `work` for every component, each with a context that shows its current step.
    private func each(
        _ schedule: Schedule, _ work: @escaping @Sendable (any Component, StackContext) async throws -> Void
    ) async throws -> [String: Schedule.Span] {
        let board = ProgressDisplay(show: context.show)
        return try await schedule.run { name in
            guard let component = components.first(where: { $0.name == name }) else { return }
            var own = context
            own.show = { board.note(name, $0) }
            defer { board.note(name, nil) }
            try await work(component, own)
        }
    }

    /// The result of `down`.
    public struct Removal: Sendable {
        /// Whether anything was up.
        public let wasUp: Bool
        /// Resources that ended only with their emulator, one line each.
        public let remainders: [String]
        /// The critical path in a line; `nil` where nothing was up.
        public let pace: String?
    }

    /// Takes everything down and verifies that nothing is left.
    ///
    /// - Throws: `HarnessError` for a real account without approval, and if a resource cannot be removed.
    public func down() async throws -> Removal {
        if context.target == .aws {
            guard context.options.isApproved else {
                throw HarnessError(
                    "taking down the stack of a real account cannot be undone; nothing was done",
                    remedy: "to confirm: make down TARGET=aws BACKEND=FILE APPROVE=yes")
            }
            try await Account.announce(context)
            try context.home.makeFolder(context.folder)
        }
        guard FileManager.default.fileExists(atPath: context.folder) else {
            return Removal(wasUp: false, remainders: [], pace: nil)
        }
        let lock = try StackLock(folder: context.folder)
        defer { lock.release() }
        let start = ContinuousClock.now
        let journal = try Journal(context.folder)
        let isWhole = components.allSatisfy { [.up, .skipped].contains(journal.state(of: $0.name)) }
        let (remainders, path) = try await takeDown(journal)
        try FileManager.default.removeItem(atPath: context.folder)
        let seconds = (ContinuousClock.now - start).seconds
        if isWhole && context.target == .local {
            try StackTimes.note(.down, seconds: seconds, criticalPath: path, context.home)
        }
        let pace = StackReport.pace(of: path, in: seconds)
        return Removal(wasUp: true, remainders: remainders, pace: pace)
    }

    /// - Returns: what ended with its emulator, and the critical path.
    private func takeDown(_ journal: Journal) async throws -> ([String], [(name: String, seconds: Double)]) {
        try await endTrial(journal)
        let wasWhole = components.allSatisfy { [.up, .skipped, nil].contains(journal.state(of: $0.name)) }
        let remainders = Mutex<[String]>([])
        let schedule = Schedule.down(components)
        let spans = try await each(schedule) { component, context in
            // The state of a real account's stack is remote: another machine may have brought it up.
            guard journal.state(of: component.name) != nil || context.target == .aws else { return }
            context.show("coming down")
            if await isLost(component) {
                context.say("\(component.name): gone with its emulator")
                try FileManager.default.removeIfPresent(context.folder(of: component.name))
            } else {
                try journal.note(component.name, .stopping)
                if let emulator = component as? Emulator, let left = try await remainder(of: emulator, wasWhole) {
                    remainders.withLock { $0.append(left) }
                }
                do {
                    try await component.down(context)
                    context.say("\(component.name): down")
                } catch let error as HarnessError where livesInEmulator(component) {
                    // Its resources end with the emulator, which stops next.
                    remainders.withLock { $0.append("\(error)") }
                    try FileManager.default.removeIfPresent(context.folder(of: component.name))
                }
            }
            try journal.forget(component.name)
        }
        return (remainders.withLock(\.self), schedule.criticalPath(of: spans))
    }

    private func livesInEmulator(_ component: any Component) -> Bool {
        components.contains { $0 is Emulator && component.dependencies.contains($0.name) }
    }

    /// Records the components that ended with their emulator.
    private func isLost(_ component: any Component) async -> Bool {
        for case let emulator as Emulator in components where component.dependencies.contains(emulator.name) {
            if await emulator.standing(context) == nil { return true }
        }
        return false
    }

    /// Returns one line with resources left in an emulator after all stacks are down; they end with the emulator.
    ///
    /// An interrupted `up` can leave resources that are in no state file; a complete one must leave none.
    private func remainder(of emulator: Emulator, _ wasWhole: Bool) async throws -> String? {
        guard await emulator.standing(context) != nil else { return nil }
        let left = try await AWSClient.with(context, emulator) { try await Inventory.resources($0) }
        guard !left.isEmpty else { return nil }
        let list = left.prefix(5).joined(separator: ", ") + (left.count > 5 ? " and \(left.count - 5) more" : "")
        let count = left.count == 1 ? "a resource" : "\(left.count) resources"
        if wasWhole { return "\(emulator.name): ended with \(count) that no stack removed: \(list)" }
        context.say("\(emulator.name): ends with \(count) that the run before had not noted: \(list)")
        return nil
    }

    /// Tests the rows of the permissions table.
    ///
    /// - Throws: `HarnessError` if the stack is not up on the emulators, or the table is damaged.
    public func permissions() async throws -> [Permissions.Result] {
        guard context.target == .local else {
            throw HarnessError("permissions are tested on the emulators only", remedy: "omit --target")
        }
        let aws = components.filter { $0 is Emulator || livesInEmulator($0) }
        for component in aws where await component.standing(context) == nil {
            throw HarnessError("\(component.name) is not up", remedy: "make up")
        }
        let lock = try StackLock(folder: context.folder)
        defer { lock.release() }
        let journal = try Journal(context.folder)
        try await liftEnforcement()
        let permissions = try Permissions(context)
        try journal.note(Permissions.name, .starting)
        let results: Result<[Permissions.Result], any Error>
        do {
            results = .success(try await permissions.results())
        } catch {
            // The test has removed its resources.
            results = .failure(error)
        }
        try journal.forget(Permissions.name)
        return try results.get()
    }

    /// Resources left by a killed permissions test prevent verification and deletion of the stacks.
    private func endTrial(_ journal: Journal) async throws {
        try await liftEnforcement()
        guard journal.state(of: Permissions.name) != nil else { return }
        context.say("an earlier permissions test was interrupted: removing its resources")
        try? await Permissions(context).takeBack()
        try journal.forget(Permissions.name)
    }

    /// A killed permissions test can leave IAM enforcement on, which denies the target's credentials.
    private func liftEnforcement() async throws {
        guard context.target == .local, await Emulator.moto.standing(context) != nil else { return }
        try await Enforcement.set(false, context)
    }

    /// The observed status of every component.
    public func status() async throws -> [ComponentStatus] {
        let journal = try Journal(context.folder)
        let isUnderWay = StackLock.isHeld(in: context.folder)
        var result: [ComponentStatus] = []
        for component in components {
            let seen = journal.state(of: component.name) == nil ? nil : await component.standing(context)
            let noted = journal.standing(of: component.name)
            switch (journal.state(of: component.name), seen) {
            // Its state is remote: another machine may have brought it up.
            case (nil, _) where context.target == .aws:
                result.append(.init(component.name, "unknown", "", "not brought up from this machine"))
            case (nil, _): result.append(.init(component.name, "down"))
            case (.skipped, _): result.append(.init(component.name, "skipped", "", noted?.detail ?? ""))
            case (.up, let seen?): result.append(.init(component.name, "up", seen.endpoint, seen.detail))
            case (.up, nil):
                result.append(
                    .init(component.name, "lost", noted?.endpoint ?? "", "recorded as up, but does not answer"))
            case (let state?, _):
                let why = isUnderWay ? "another harness process is changing it" : "an earlier run was interrupted"
                result.append(.init(component.name, state.rawValue, noted?.endpoint ?? "", why))
            }
        }
        return result
    }

    /// Writes a file to source, so that the user's AWS CLI uses the emulator.
    private func writeEnvironment() throws {
        guard context.target == .local else { return }
        let lines = context.awsEnvironment().sorted { $0.key < $1.key }.map { name, value in
            value.map { "export \(name)=\($0)" } ?? "unset \(name)"
        }
        try Data((lines.joined(separator: "\n") + "\n").utf8)
            .write(to: URL(fileURLWithPath: context.folder.appendingPath("env")), options: .atomic)
    }

    /// The file from `writeEnvironment`, if it exists.
    public var environmentFile: String? {
        let file = context.folder.appendingPath("env")
        return FileManager.default.fileExists(atPath: file) ? file : nil
    }
}

/// The result of `up`.
public struct StackReport: Sendable {
    public struct Component: Sendable {
        public let name: String
        public let claims: [Assertion]
        public let seconds: Double
    }

    public let components: [Component]
    /// The critical path.
    let criticalPath: [(name: String, seconds: Double)]
    let seconds: Double

    /// The critical path in one line, with its share of the total.
    public var pace: String { Self.pace(of: criticalPath, in: seconds) }

    static func pace(of criticalPath: [(name: String, seconds: Double)], in seconds: Double) -> String {
        let parts = criticalPath.map { "\($0.name) \(String(format: "%.1f s", $0.seconds))" }
        let share = seconds > 0 ? criticalPath.map(\.seconds).reduce(0, +) / seconds : 1
        return "critical path: \(parts.joined(separator: ", then ")) (\(Int((share * 100).rounded())) % of the whole)"
    }
}

/// A component as `harness status` shows it.
public struct ComponentStatus: Codable, Sendable {
    public let name: String
    /// `up`, `down`, `skipped`, `lost` (recorded as up, but gone), `starting` or `stopping` (interrupted).
    public let state: String
    public let endpoint: String
    public let detail: String

    init(_ name: String, _ state: String, _ endpoint: String = "", _ detail: String = "") {
        self.name = name
        self.state = state
        self.endpoint = endpoint
        self.detail = detail
    }
}
