import CheckCore
import DocumentModels
import HarnessSupport

/// Mutants that change nothing that matters, declared one by one in `mutants.yaml` with the reason.
struct EquivalentMutants: Sendable {
    static let file = "mutants.yaml"

    private struct Entry: Sendable {
        let mutation: String
        let path: String
        /// The first changed line, without the blanks around it.
        let line: String
        /// The index among equal lines, counted from 1.
        let occurrence: Int
        let declaredAt: Int
    }
    private let entries: [Entry]

    /// - Throws: `HarnessError` for an entry that lacks a field or names a place that does not exist.
    init(in repository: Repository) throws {
        guard let bytes = repository.bytes(of: Self.file) else {
            entries = []
            return
        }
        let lists = try YAMLTree(bytes).documents.map { $0["equivalent"] ?? $0 }
        if let other = lists.first(where: { !$0.isSequence }) {
            throw HarnessError("\(Self.file):\(other.line) is not a list of mutants under `equivalent`")
        }
        entries = try lists.flatMap(\.elements).map { node in
            guard let mutation = node["operator"]?.text, let path = node["file"]?.text, let line = node["line"]?.text,
                let reason = node["reason"]?.text, reason.split(separator: " ").count > 2
            else {
                throw HarnessError(
                    "\(Self.file):\(node.line) needs operator, file, line (its text) and reason (a sentence)")
            }
            let entry = Entry(
                mutation: mutation, path: path, line: line, occurrence: node["occurrence"]?.int ?? 1,
                declaredAt: node.line)
            guard MutationOperator.all.contains(where: { $0.name == mutation }),
                let text = repository.text(of: path), Self.line(of: entry, in: text.lines) != nil
            else {
                throw HarnessError(
                    "\(Self.file):\(node.line) declares a mutant that does not exist: \(mutation) at `\(line)` in \(path)",
                    remedy: "correct it, or take it away")
            }
            return entry
        }
    }

    func contain(_ mutant: Mutant, in repository: Repository) -> Bool {
        entries.contains { entry in
            entry.mutation == mutant.mutation && entry.path == mutant.path
                && repository.text(of: mutant.path).flatMap { Self.line(of: entry, in: $0.lines) } == mutant.line
        }
    }

    private static func line(of entry: Entry, in lines: [Substring]) -> Int? {
        let places = lines.indices.filter { lines[$0].trimming(while: \.isWhitespace) == entry.line }
        return entry.occurrence >= 1 && entry.occurrence <= places.count ? places[entry.occurrence - 1] + 1 : nil
    }
}
