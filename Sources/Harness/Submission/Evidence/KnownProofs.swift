import CheckCore
import CheckEngine

/// The names that proofs can have in this repository.
struct KnownProofs: Sendable {
    private let checks = Set((Checks.all + Checks.submission).map(\.name))
    private let components = Set(Stack.componentNames)
    /// The sentences of the tests, by file; each file with what its suites say first.
    private let tests: [Source]
    private let claims: [Source]
    private let breaks: [Source]
    private let checkSources: [Source]

    private struct Source: Sendable {
        let path: String
        let text: String
    }

    /// The sources that the names stand in.
    static func files(in repository: Repository) -> [String] {
        repository.artifacts(of: .swift).map(\.path).filter {
            $0.hasPrefix("Tests/") || $0.hasPrefix("Sources/Harness/Submission/Stack/")
        }
    }

    init(in repository: Repository) {
        func sources(_ paths: [String]) -> [Source] {
            paths.compactMap { path in repository.text(of: path).map { Source(path: path, text: $0) } }
        }
        let files = Self.files(in: repository)
        tests = sources(files.filter { $0.hasPrefix("Tests/") })
        claims = sources(files.filter { $0.hasPrefix("Sources/Harness/Submission/Stack/") })
        breaks = tests.filter { $0.path.hasPrefix("Tests/ArtifactTests/Break") }
        checkSources = sources(
            repository.artifacts(of: .swift).map(\.path).filter {
                $0.hasPrefix("Sources/Harness/ToolChecks/") || $0.hasPrefix("Sources/Harness/BuiltInRules/")
                    || $0.hasPrefix("Sources/Harness/Submission/Rules/")
            })
    }

    /// What is wrong with a name; `nil` where it exists.
    func problem(of source: Proof.Source) -> String? {
        switch source {
        case .check(let name): checks.contains(name) ? nil : "there is no check `\(name)`"
        case .test(let suite, nil): place(of: source) == nil ? "no suite says `\(suite)`" : nil
        case .test(let suite, let sentence?):
            place(of: source) == nil ? "no test of `\(suite)` says `\(sentence)`" : nil
        case .breaking(let name): place(of: source) == nil ? "no broken artifact is named `\(name)`" : nil
        case .claim(let component, let text):
            if !components.contains(component) {
                "the stack has no component \(component)"
            } else if let text, place(of: source) == nil {
                "no claim says `\(text)`"
            } else {
                nil
            }
        case .mutants: nil
        }
    }

    /// The file that a proof is written in; `nil` where none says its name.
    func place(of source: Proof.Source) -> String? {
        func first(_ sources: [Source], _ texts: String...) -> String? {
            sources.first { source in texts.allSatisfy { source.text.contains($0) } }?.path
        }
        return switch source {
        case .check(let name): first(checkSources, "name = \"\(name)\"")
        case .test(let suite, nil): first(tests, "@Suite(\"\(suite)\"")
        case .test(let suite, let sentence?): first(tests, "@Suite(\"\(suite)\"", "\"\(sentence)\"")
        case .breaking(let name): first(breaks, "\"\(name)\"")
        case .claim(_, let text): text.flatMap { first(claims, "\"\($0)\"") }
        case .mutants: nil
        }
    }
}
