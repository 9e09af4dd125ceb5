import CheckCore

/// A part of the stack with operations to bring it up, verify it and take it down.
protocol Component: Sendable {
    var name: String { get }
    /// Names of the components that must be up before this one.
    var dependencies: [String] { get }
    /// Names of the components that must stay up while this one is taken down; its dependencies by default.
    var teardownDependencies: [String] { get }
    /// Its source files and folders in the repository.
    var code: [String] { get }

    /// Checks that its ports are free before anything starts: a used port would leave a partial stack.
    ///
    /// - Throws: `HarnessError` if another process listens on a port.
    func checkPorts(_ context: StackContext) async throws
    /// Brings the component up; does nothing if it is up.
    ///
    /// - Throws: `Skipped` if the component is not possible on this machine and the others can continue.
    func up(_ context: StackContext) async throws -> ComponentDetail
    /// Verifies the component through its users' interface.
    func verify(_ context: StackContext) async throws -> [Assertion]
    /// Takes the component down, also if it is only partly up, and verifies that nothing is left.
    func down(_ context: StackContext) async throws
    /// Returns the component's state; `nil` if it does not exist.
    func standing(_ context: StackContext) async -> ComponentDetail?
}

extension Component {
    var teardownDependencies: [String] { dependencies }
    var code: [String] { [] }
    func checkPorts(_ context: StackContext) async throws {}
}

/// A component's endpoint and details.
struct ComponentDetail: Codable, Sendable {
    let endpoint: String
    let detail: String
}

/// An assertion about a component, with the observed value.
public struct Assertion: Sendable {
    /// The id of an assertion in the catalogue, and its text.
    struct Name: Sendable {
        /// Id in kebab case, unique in the component's files; an assertion about several objects has one id.
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
    /// The observed value, or the skip reason.
    public let seen: String

    private init(_ name: Name, _ verdict: Verdict, _ seen: String) {
        id = name.id
        text = name.text
        self.verdict = verdict
        self.seen = seen
    }

    init(_ name: Name, _ holds: Bool, seen: String) { self.init(name, holds ? .passed : .failed, seen) }

    /// Passes if both values are equal.
    init<Value: Equatable>(_ name: Name, is value: Value?, _ wanted: Value) {
        self.init(name, value == wanted, seen: value.map { Self.text($0) } ?? "nothing")
    }

    /// An assertion that this target cannot verify: never a pass.
    init(_ name: Name, skipped reason: String) { self.init(name, .skipped, reason) }

    init(id: String, _ text: String, _ holds: Bool, seen: String) { self.init(Name(id: id, text), holds, seen: seen) }

    init<Value: Equatable>(id: String, _ text: String, is value: Value?, _ wanted: Value) {
        self.init(Name(id: id, text), is: value, wanted)
    }

    init(id: String, _ text: String, skipped reason: String) { self.init(Name(id: id, text), skipped: reason) }

    private static func text(_ value: some Equatable) -> String {
        guard let values = value as? [Any] else { return "\(value)" }
        let texts = values.map { "\($0)" }
        // Equal values of several machines appear once.
        if let first = texts.first, texts.count > 2, texts.allSatisfy({ $0 == first }) {
            return "\(first) (\(texts.count)×)"
        }
        return texts.joined(separator: ", ")
    }
}
