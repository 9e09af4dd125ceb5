/// A typical mistake. Each file in `Operators/` adds values to `MutationOperator.all`.
public struct MutationOperator: Sendable {
    public let name: String
    /// The mistake, as a clause: "a port is opened to every address".
    public let summary: String
    public let kinds: Set<MutationKind>
    /// The check or test that should notice the mistake, shown in the list of survivors.
    let caughtBy: String
    /// Whether a mutant may have invalid syntax. If not, such places are skipped.
    let breaksSyntax: Bool
    let edits: @Sendable (MutationSource) -> [Edit]

    /// Lines to replace.
    struct Edit: Hashable {
        let line: Int
        let count: Int
        let after: String?
    }

    init(
        _ name: String, _ summary: String, in kinds: Set<MutationKind>, caughtBy: String, breaksSyntax: Bool = false,
        edits: @escaping @Sendable (MutationSource) -> [Edit]
    ) {
        self.name = name
        self.summary = summary
        self.kinds = kinds
        self.caughtBy = caughtBy
        self.breaksSyntax = breaksSyntax
        self.edits = edits
    }

    /// Returns every possible mutant of this operator in the file, in line order.
    func mutants(of source: MutationSource) -> [Mutant] {
        guard kinds.contains(source.kind) else { return [] }
        var seen: Set<Edit> = []
        return edits(source).filter { seen.insert($0).inserted }.compactMap { edit in
            let before = source.lines[edit.line - 1..<edit.line - 1 + edit.count].joined(separator: "\n")
            guard edit.after != before else { return nil }
            let mutant = Mutant(
                kind: source.kind, mutation: name, path: source.path, line: edit.line, before: before,
                after: edit.after)
            return breaksSyntax || source.parses(with: mutant) ? mutant : nil
        }
    }

    public static let all: [MutationOperator] =
        encryption + ingress + conditions + accounts + actions + alarms + dependencies + safeguards
        + selectors + ports + probes + limits + users + tokens + verbs + peers + tags + keys + indentation
        + quoting + errorExit + exitCodes + arguments
        + containers + pipelines + alerts + gates
}
