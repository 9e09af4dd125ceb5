import Foundation

/// The stack of this repository: its components go up in the order of their dependencies and come down in reverse.
public struct Stack: Sendable {
    private let context: StackContext
    private let components: [any Component]

    /// - Parameters:
    ///   - say: told a line that stays.
    ///   - show: told what is under way.
    /// - Throws: `HarnessError` when the repository cannot be read or `.harness` cannot be written.
    public static func open(
        target: Target, options: StackOptions, toolbox: Toolbox,
        say: @escaping @Sendable (String) -> Void = { _ in }, show: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> Stack {
        let root = Discovery.root(of: FileManager.default.currentDirectoryPath)
        let folder = toolbox.home.stack.appendingPath(target.rawValue)
        let context = StackContext(
            target: target, repository: try await Discovery.repository(at: root), toolbox: toolbox, folder: folder,
            options: options, say: say, show: show)
        let all: [any Component] =
            target == .local ? [Emulator(), TerraformStack.workbench] : [TerraformStack.workbench]
        return Stack(context: context, components: all)
    }

    /// Brings everything up and reads it back.
    ///
    /// - Returns: each component with what was found true or false of it.
    /// - Throws: `HarnessError` where a component does not come up; what is up stays up, for `status` and `down`.
    public func up() async throws -> [(component: String, claims: [Claim], seconds: Double)] {
        try context.home.makeFolder(context.folder)
        let lock = try StackLock(folder: context.folder)
        defer { lock.release() }
        var journal = try Journal.read(context.folder)
        // A real account is never taken down unasked: there Terraform goes on from its state.
        let wasInterrupted = components.contains { [.starting, .stopping].contains(journal.state(of: $0.name)) }
        if wasInterrupted && context.target == .local {
            context.say("an earlier run was interrupted: taking down what it left")
            try await takeDown(&journal)
        }
        var results: [(component: String, claims: [Claim], seconds: Double)] = []
        for component in components {
            let start = ContinuousClock.now
            context.show("\(component.name): going up")
            // A component that is up already stays noted so: should this run be interrupted, nothing of it is in doubt.
            let isUp = await component.standing(context) != nil
            let changes = context.target == .local || context.options.isApproved
            if changes, journal.state(of: component.name) != .up || !isUp {
                try journal.note(component.name, .starting, in: context.folder)
            }
            let standing = try await component.up(context)
            try journal.note(component.name, .up, standing, in: context.folder)
            context.show("\(component.name): reading back")
            let claims = try await component.verify(context)
            results.append((component.name, claims, (ContinuousClock.now - start).seconds))
        }
        try writeEnvironment()
        return results
    }

    /// Takes everything down and makes sure that nothing is left.
    ///
    /// - Returns: whether there was anything.
    /// - Throws: `HarnessError` for a real account without approval, and where something cannot be removed.
    public func down() async throws -> Bool {
        if context.target == .aws {
            guard context.options.isApproved else {
                throw HarnessError(
                    "taking down the stack of a real account cannot be undone, and nothing was done",
                    remedy: "to do it: make down TARGET=aws BACKEND=FILE APPROVE=yes")
            }
            try context.home.makeFolder(context.folder)
        }
        guard FileManager.default.fileExists(atPath: context.folder) else { return false }
        let lock = try StackLock(folder: context.folder)
        defer { lock.release() }
        var journal = try Journal.read(context.folder)
        try await takeDown(&journal)
        try FileManager.default.removeItem(atPath: context.folder)
        return true
    }

    private func takeDown(_ journal: inout Journal) async throws {
        let wasWhole = components.allSatisfy { journal.state(of: $0.name) == .up }
        for component in components.reversed() {
            // The state of a real account's stack is remote: another machine may have brought it up.
            guard journal.state(of: component.name) != nil || context.target == .aws else { continue }
            context.show("\(component.name): coming down")
            if await isLost(component) {
                context.say("\(component.name): was in the emulator, which is gone")
                try? FileManager.default.removeItem(atPath: context.folder(of: component.name))
            } else {
                try journal.note(component.name, .stopping, in: context.folder)
                if component is Emulator { try await accountForRest(wasWhole: wasWhole) }
                try await component.down(context)
                context.say("\(component.name): down")
            }
            try journal.forget(component.name, in: context.folder)
        }
    }

    /// What lived in the emulator went with it.
    private func isLost(_ component: any Component) async -> Bool {
        guard context.target == .local, component.dependencies.contains("emulator") else { return false }
        return await Emulator().standing(context) == nil
    }

    /// What the emulator still holds once every stack is gone. After a whole `up` that must be nothing; an interrupted
    /// one can leave resources that no state file knows, and they end with the emulator.
    private func accountForRest(wasWhole: Bool) async throws {
        guard await Emulator().standing(context) != nil else { return }
        let left = try await AWSClient.with(context) { try await Inventory.resources($0) }
        guard !left.isEmpty else { return }
        let list = left.prefix(5).joined(separator: ", ") + (left.count > 5 ? " and \(left.count - 5) more" : "")
        guard wasWhole else {
            context.say("emulator: ends with \(left.count) resources that the interrupted run had not noted: \(list)")
            return
        }
        throw HarnessError(
            "\(left.count) resources are left after the stacks came down: \(list)",
            remedy: "see why Terraform did not remove them")
    }

    /// Where every component stands now, as seen and not as remembered.
    public func status() async throws -> [ComponentStatus] {
        let journal = try Journal.read(context.folder)
        var result: [ComponentStatus] = []
        for component in components {
            let seen = journal.state(of: component.name) == nil ? nil : await component.standing(context)
            let noted = journal.standing(of: component.name)
            switch (journal.state(of: component.name), seen) {
            case (nil, _): result.append(.init(component.name, "down"))
            case (.up, let seen?): result.append(.init(component.name, "up", seen.endpoint, seen.detail))
            case (.up, nil):
                result.append(.init(component.name, "lost", noted?.endpoint ?? "", "noted as up, but does not answer"))
            case (let state?, _):
                result.append(
                    .init(component.name, state.rawValue, noted?.endpoint ?? "", "an earlier run was interrupted"))
            }
        }
        return result
    }

    /// A file to source, so that the user's own AWS CLI meets the emulator.
    private func writeEnvironment() throws {
        guard context.target == .local else { return }
        let lines = context.awsEnvironment().sorted { $0.key < $1.key }.map { name, value in
            value.map { "export \(name)=\($0)" } ?? "unset \(name)"
        }
        try Data((lines.joined(separator: "\n") + "\n").utf8)
            .write(to: URL(fileURLWithPath: context.folder.appendingPath("env")), options: .atomic)
    }

    /// The file that `writeEnvironment` wrote, where there is one.
    public var environmentFile: String? {
        let file = context.folder.appendingPath("env")
        return FileManager.default.fileExists(atPath: file) ? file : nil
    }
}

/// A component as `harness status` shows it.
public struct ComponentStatus: Codable, Sendable {
    public let name: String
    /// `up`, `down`, `lost` (noted as up, but gone), `starting` or `stopping` (interrupted).
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
