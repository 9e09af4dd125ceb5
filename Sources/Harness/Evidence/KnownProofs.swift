/// The names that proofs can have in this repository.
struct KnownProofs: Sendable {
    private let checks = Set(Checks.all.map(\.name))
    private let components = Set(Stack.componentNames)
    /// The sentences of the tests, by file; each file with what its suites say first.
    private let tests: [String]
    private let claims: String
    private let breaks: String

    /// The sources that the names stand in.
    static func files(in repository: Repository) -> [String] {
        repository.artifacts(of: .swift).map(\.path).filter {
            $0.hasPrefix("Tests/") || $0.hasPrefix("Sources/Harness/Stack/")
        }
    }

    init(in repository: Repository) {
        let files = Self.files(in: repository)
        func text(_ prefix: String) -> [String] {
            files.filter { $0.hasPrefix(prefix) }.compactMap { repository.text(of: $0) }
        }
        tests = text("Tests/")
        claims = text("Sources/Harness/Stack/").joined()
        breaks = text("Tests/ArtifactTests/Break").joined()
    }

    /// What is wrong with a name; `nil` where it exists.
    func problem(of source: Proof.Source) -> String? {
        switch source {
        case .check(let name): checks.contains(name) ? nil : "there is no check `\(name)`"
        case .test(let suite, nil):
            tests.contains { $0.contains("@Suite(\"\(suite)\"") } ? nil : "no suite says `\(suite)`"
        case .test(let suite, let sentence?):
            tests.contains { $0.contains("@Suite(\"\(suite)\"") && $0.contains("\"\(sentence)\"") }
                ? nil : "no test of `\(suite)` says `\(sentence)`"
        case .breaking(let name):
            breaks.contains("\"\(name)\"") ? nil : "no broken artifact is named `\(name)`"
        case .claim(let component, let text):
            if !components.contains(component) {
                "the stack has no component \(component)"
            } else if let text, !claims.contains("\"\(text)\"") {
                "no claim says `\(text)`"
            } else {
                nil
            }
        case .mutants: nil
        }
    }
}
