import CheckCore
import CheckEngine
import HarnessSupport

/// The proofs of this repository and their source lines, by the names that the catalogue uses.
struct KnownProofs: Sendable {
    struct Place: Hashable, Sendable {
        let path: String
        let line: Int
    }

    /// A mistake in the ids themselves.
    struct Problem: Sendable {
        let place: Place
        let message: String
        let remedy: String
    }

    private static let stack = "Sources/Harness/Submission/Stack/"
    private static let checkFolders = ["ToolChecks/", "BuiltInRules/", "Submission/Rules/"].map {
        "Sources/Harness/" + $0
    }

    private let checks = Set((Checks.all + Checks.submission).map(\.name))
    private let components = Set(Stack.componentNames)
    private var places: [Proof.Source: Place] = [:]
    /// The identifier by which Swift Testing selects a suite or a test.
    private var selectors: [Proof.Source: String] = [:]
    private(set) var problems: [Problem] = []

    /// The sources that the names are in.
    static func files(in repository: Repository) -> [String] {
        repository.artifacts(of: .swift).map(\.path).filter { path in
            (["Tests/", stack] + checkFolders).contains(where: path.hasPrefix)
        }
    }

    init(in repository: Repository) {
        let swift = repository.artifacts(of: .swift).map(\.path).sorted()
        func lines(_ path: String) -> [Substring] { repository.text(of: path)?.lines ?? [] }
        for path in swift where Self.checkFolders.contains(where: path.hasPrefix) { findChecks(path, lines(path)) }
        let tests = swift.filter { $0.hasPrefix("Tests/") }.map { ($0, lines($0)) }
        // A suite goes on in extensions of its type, in other files.
        let suites = tests.reduce(into: [:]) { $0.merge(Self.suites($1.1)) { first, _ in first } }
        for (path, lines) in tests { findTests(path, lines, suites) }
        // Unit tests name breaks of their own examples.
        for (path, lines) in tests where !path.hasPrefix("Tests/HarnessTests/") { findBreaks(path, lines) }
        findAssertions(swift.filter { $0.hasPrefix(Self.stack) }.map { ($0, lines($0)) })
    }

    // MARK: Questions

    /// Returns the problem of a name; `nil` if the name exists.
    func problem(of source: Proof.Source) -> String? {
        if places[source] != nil { return nil }
        switch source {
        case .check(let name): return checks.contains(name) ? nil : "unknown check `\(name)`"
        case .test(let suite, nil): return "no suite is named `\(suite)`"
        case .test(let suite, let sentence?): return "no test of `\(suite)` is named `\(sentence)`"
        case .breaking(let component, let id):
            return missing("break", id, of: component) { .breaking(component: $0, id: id) }
        case .assertion(let component, let id):
            guard components.contains(component) else { return "unknown component `\(component)`" }
            return missing("assertion", id, of: component) { .assertion(component: $0, id: id) }
        case .mutants: return nil
        }
    }

    private func missing(
        _ kind: String, _ id: String?, of component: String, _ source: (String) -> Proof.Source
    ) -> String {
        guard let id else { return "`\(component)` has no \(kind)" }
        let owners = Set(places.keys.compactMap(\.component)).filter { places[source($0)] != nil }.sorted()
        return owners.isEmpty
            ? "no \(kind) has the id `\(id)`"
            : "`\(id)` is \(kind == "assertion" ? "an" : "a") \(kind) of \(owners.joined(separator: ", ")), not of \(component)"
    }

    /// Returns the source of a proof; for a whole component, the source of its first assertion.
    func place(of source: Proof.Source) -> Place? { places[source] }

    /// The ids of a component's breaks, as `COMPONENT/ID`.
    func breaks(of component: String) -> [String] {
        places.keys.compactMap { source in
            guard case .breaking(component, let id?) = source else { return nil }
            return "\(component)/\(id)"
        }.sorted()
    }

    /// `Type/` for a suite, `Type/function(` for a test of it.
    func selector(of source: Proof.Source) -> String? { selectors[source] }

    // MARK: Reading the sources

    private mutating func note(_ source: Proof.Source, _ place: Place) {
        if places[source] == nil { places[source] = place }
    }

    private mutating func findChecks(_ path: String, _ lines: [Substring]) {
        for (index, line) in lines.enumerated() {
            guard let name = Self.literal(after: "let name = \"", in: line) else { continue }
            note(.check(name), Place(path: path, line: index + 1))
        }
    }

    /// The suites' types with the names in their `@Suite` attributes.
    private static func suites(_ lines: [Substring]) -> [String: String] {
        var result: [String: String] = [:]
        var sentence: String?
        for line in lines {
            sentence = literal(after: "@Suite(\"", in: line) ?? sentence
            guard let said = sentence, let type = line.firstMatch(of: /^ *(?:struct|enum|final class|actor) (\w+)/)
            else {
                continue
            }
            result[String(type.1)] = said
            sentence = nil
        }
        return result
    }

    private mutating func findTests(_ path: String, _ lines: [Substring], _ suites: [String: String]) {
        var type: String?
        for (index, line) in lines.enumerated() {
            let place = Place(path: path, line: index + 1)
            if let declared = line.firstMatch(of: /^ *(?:struct|enum|final class|actor|extension) (\w+)/) {
                let name = String(declared.1)
                // A type within a suite is none itself.
                if suites[name] == nil, line.hasPrefix(" ") { continue }
                type = name
                if let suite = suites[name], !line.hasPrefix("extension") {
                    note(.test(suite: suite, sentence: nil), place)
                    selectors[.test(suite: suite, sentence: nil)] = "\(name)/"
                }
            }
            guard let start = line.firstRange(of: "@Test("), let type, let suite = suites[type] else { continue }
            // A long sentence has a line of its own.
            let rest =
                line[start.upperBound...].isEmpty ? lines[min(index + 1, lines.count - 1)] : line[start.upperBound...]
            guard let text = Self.literal(after: "\"", in: rest.drop { $0 == " " }, isFirst: true) else { continue }
            let source = Proof.Source.test(suite: suite, sentence: text)
            note(source, place)
            let function = lines[index...].lazy.compactMap { $0.firstMatch(of: /func (\w+)\(/) }.first
            if selectors[source] == nil, let function { selectors[source] = "\(type)/\(function.1)\\(" }
        }
    }

    private mutating func findBreaks(_ path: String, _ lines: [Substring]) {
        for (index, line) in lines.enumerated() {
            for name in Self.ids(in: line) {
                let parts = name.split(separator: "/").map(String.init)
                guard parts.count == 2 else { continue }
                add(.breaking(component: parts[0], id: parts[1]), name, Place(path: path, line: index + 1))
                note(.breaking(component: parts[0], id: nil), Place(path: path, line: index + 1))
            }
        }
    }

    private mutating func findAssertions(_ files: [(path: String, lines: [Substring])]) {
        var owned: Set<String> = []
        for (component, types) in Stack.verifications {
            let names = types.map { "\($0)".split(separator: " ").last.map(String.init) ?? "" }
            for (path, lines) in files where names.contains(Self.type(of: path)) {
                owned.insert(path)
                for (index, line) in lines.enumerated() {
                    for id in Self.ids(in: line) {
                        let place = Place(path: path, line: index + 1)
                        add(.assertion(component: component, id: id), "\(component)/\(id)", place)
                        note(.assertion(component: component, id: nil), place)
                        if id.wholeMatch(of: /[a-z0-9]+(-[a-z0-9]+)*/) == nil {
                            problems.append(
                                Problem(
                                    place: place, message: "the id `\(id)` is not in kebab case",
                                    remedy: "use a-z, 0-9 and -"))
                        }
                    }
                }
            }
        }
        for (path, lines) in files where !owned.contains(path) {
            guard let index = lines.firstIndex(where: { !Self.ids(in: $0).isEmpty }) else { continue }
            problems.append(
                Problem(
                    place: Place(path: path, line: index + 1), message: "no component uses the assertions of this file",
                    remedy: "add \(Self.type(of: path)).self to Stack.verifications"))
        }
    }

    /// Records an id; a second place with the same id is a problem.
    private mutating func add(_ source: Proof.Source, _ name: String, _ place: Place) {
        if let first = places[source], first != place {
            problems.append(
                Problem(
                    place: place, message: "duplicate id `\(name)`: also at \(first.path):\(first.line)",
                    remedy: "change one of the ids"))
        }
        note(source, place)
    }

    /// `PlatformVerification` of `…/PlatformVerification+Fleet.swift`.
    private static func type(of path: String) -> String {
        String(path.lastPathPart.prefix { $0 != "+" && $0 != "." })
    }

    private static func ids(in line: Substring) -> [String] {
        guard line.contains("id: \"") else { return [] }
        return line.matches(of: /\bid: "([^"\\]+)"/).map { String($0.1) }
    }

    /// The text of a string literal.
    private static func literal(after mark: String, in line: Substring, isFirst: Bool = false) -> String? {
        guard let start = line.firstRange(of: mark), !isFirst || start.lowerBound == line.startIndex,
            let end = line[start.upperBound...].firstIndex(of: "\"")
        else { return nil }
        return String(line[start.upperBound..<end])
    }
}

extension Proof.Source {
    fileprivate var component: String? {
        switch self {
        case .breaking(let component, _), .assertion(let component, _): component
        default: nil
        }
    }
}
