import CheckCore
import HarnessSupport

/// Chooses the mutants to try.
public struct MutantSample: Sendable {
    public var kinds: Set<MutationKind> = Set(MutationKind.allCases)
    public var operators: Set<String> = []
    public var seed: UInt64 = 1
    public var limit: Int?

    public init() {}

    /// Every possible mutant of the repository.
    func all(in repository: Repository) -> [Mutant] {
        let sources = repository.artifacts.compactMap { artifact -> MutationSource? in
            guard let kind = MutationKind(artifact, in: repository), kinds.contains(kind),
                let text = repository.text(of: artifact.path)
            else { return nil }
            return MutationSource(path: artifact.path, kind: kind, syntax: artifact.syntax, text: text)
        }
        return MutationOperator.all.filter { operators.isEmpty || operators.contains($0.name) }.flatMap { mutation in
            sources.flatMap(mutation.mutants)
        }
    }

    /// Takes mutants in turn from every operator of every kind, so that rare mistakes are tried as early as common
    /// ones.
    func drawn(from mutants: [Mutant]) -> [Mutant] {
        var generator = SeededGenerator(seed: seed)
        let groups = Dictionary(grouping: mutants) { "\($0.kind.rawValue) \($0.mutation)" }
            .sorted { $0.key < $1.key }.map { $0.value.shuffled(using: &generator) }
        let longest = groups.map(\.count).max() ?? 0
        let turns = (0..<longest).flatMap { turn in groups.compactMap { turn < $0.count ? $0[turn] : nil } }
        return limit.map { Array(turns.prefix($0)) } ?? turns
    }
}
