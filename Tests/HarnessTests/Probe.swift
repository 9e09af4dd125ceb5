import Synchronization

@testable import CheckCore

/// A check of the `.txt` files that keeps count of its calls.
final class Probe: Check {
    let name = "probe"
    let summary = "does what a test wants"
    let examples: [Example] = []
    let revision: Int
    let isBatched: Bool
    private let body: @Sendable ([Subject], CheckContext) async throws -> [Finding]
    private let calls = Mutex<[[String]]>([])

    init(
        revision: Int = 1, isBatched: Bool = false,
        _ body: @escaping @Sendable ([Subject], CheckContext) async throws -> [Finding] = { _, _ in [] }
    ) {
        (self.revision, self.isBatched, self.body) = (revision, isBatched, body)
    }

    func subjects(in repository: Repository) -> [Subject] {
        repository.artifacts.filter { $0.path.hasSuffix(".txt") }.map {
            Subject(path: $0.path, inputs: [$0.path, $0.path + ".conf"])
        }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        calls.withLock { $0.append(subjects.map(\.path)) }
        return try await body(subjects, context)
    }

    /// The subjects looked at since the last question, sorted.
    func seen() -> [String] {
        calls.withLock { calls in
            defer { calls = [] }
            return calls.flatMap(\.self).sorted()
        }
    }
}
