import CheckCore
import CheckEngine

extension Checks {
    /// Whether the repository is this one, which has additional rules.
    package static func isSubmission(_ repository: Repository) -> Bool {
        repository.containsFolder("Sources/Harness/Submission")
    }

    /// The checker's checks and, in this repository, its own rules.
    package static func all(for repository: Repository) -> [any Check] {
        isSubmission(repository) ? all + submission : all
    }

    /// Rules about this repository alone: its pages, its catalogue, its English, and the figures that pages quote.
    package static let submission: [any Check] = [
        FigureSources(),
        Prose(),
        ProofLinks(),
        RequirementsCatalogue(),
        SubmissionPages(),
    ]
}
