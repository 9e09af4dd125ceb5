import CheckCore
import CheckEngine

extension Checks {
    /// The checker's checks and, in this repository alone, its own rules.
    package static func all(for repository: Repository) -> [any Check] {
        repository.containsFolder("Sources/Harness/Submission") ? all + submission : all
    }

    /// Rules about this repository alone: its pages, its catalogue, and the figures that pages quote.
    package static let submission: [any Check] = [
        FigureSources(),
        RequirementsCatalogue(),
        SubmissionPages(),
    ]
}
