import CheckCore

/// A part of the stack that goes up, is verified and comes down.
protocol Component: Sendable {
    var name: String { get }
    /// Names of the components that must be up before this one.
    var dependencies: [String] { get }
    /// Names of the components that must still be up while this one comes down; those it depends on by default.
    var teardownDependencies: [String] { get }
    /// Files and folders of the repository that it is made from.
    var code: [String] { get }

    /// Looks whether its ports are free, before anything is begun: a port in use would leave half a stack.
    ///
    /// - Throws: `HarnessError` where something else listens on one.
    func checkPorts(_ context: StackContext) async throws
    /// Brings it up; does nothing where it is up already.
    ///
    /// - Throws: `Skipped` where it cannot be had on this machine, and the others can go on without it.
    func up(_ context: StackContext) async throws -> ComponentDetail
    /// Reads back what is there, through the interface that its users have.
    func verify(_ context: StackContext) async throws -> [Assertion]
    /// Takes it down, however far it came, and makes sure that nothing is left.
    func down(_ context: StackContext) async throws
    /// Looks whether it is really there; `nil` when it is not.
    func standing(_ context: StackContext) async -> ComponentDetail?
}

extension Component {
    var teardownDependencies: [String] { dependencies }
    var code: [String] { [] }
    func checkPorts(_ context: StackContext) async throws {}
}

/// Where a component is reached, and what there is to know of it.
struct ComponentDetail: Codable, Sendable {
    let endpoint: String
    let detail: String
}

/// One thing that must hold of a component, and what was seen.
public struct Assertion: Sendable {
    /// What the catalogue names an assertion by, and what people read.
    struct Name: Sendable {
        /// In kebab case, at one place of the component's files; an assertion about each of several things has one id.
        let id: String
        let text: String

        init(id: String, _ text: String) {
            self.id = id
            self.text = text
        }
    }

    public let id: String
    public let text: String
    public let verdict: Verdict
    /// What was read back; where it could not be judged, why.
    public let seen: String

    private init(_ name: Name, _ verdict: Verdict, _ seen: String) {
        id = name.id
        text = name.text
        self.verdict = verdict
        self.seen = seen
    }

    init(_ name: Name, _ holds: Bool, seen: String) { self.init(name, holds ? .passed : .failed, seen) }

    /// Holds where both are equal.
    init<Value: Equatable>(_ name: Name, is value: Value?, _ wanted: Value) {
        self.init(name, value == wanted, seen: value.map { Self.text($0) } ?? "nothing")
    }

    /// What this target cannot judge: never a pass.
    init(_ name: Name, skipped reason: String) { self.init(name, .skipped, reason) }

    init(id: String, _ text: String, _ holds: Bool, seen: String) { self.init(Name(id: id, text), holds, seen: seen) }

    init<Value: Equatable>(id: String, _ text: String, is value: Value?, _ wanted: Value) {
        self.init(Name(id: id, text), is: value, wanted)
    }

    init(id: String, _ text: String, skipped reason: String) { self.init(Name(id: id, text), skipped: reason) }

    private static func text(_ value: some Equatable) -> String {
        guard let values = value as? [Any] else { return "\(value)" }
        let texts = values.map { "\($0)" }
        // What a dozen machines have in common is said once.
        if let first = texts.first, texts.count > 2, texts.allSatisfy({ $0 == first }) {
            return "\(first) (\(texts.count)×)"
        }
        return texts.joined(separator: ", ")
    }
}
