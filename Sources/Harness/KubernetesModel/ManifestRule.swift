import CheckCore

/// A rule of the harness about the objects of a cluster.
package protocol ManifestRule: Check {
    func findings(in scene: ManifestSet) -> [Finding]
}

extension ManifestRule {
    // A scene that cannot be built skips only itself.
    package var isBatched: Bool { false }

    package func subjects(in repository: Repository) -> [Subject] { ManifestSets(repository: repository).subjects }

    package func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        var findings: [Finding] = []
        for subject in subjects {
            let scene = try await ManifestSets(repository: context.repository).scene(subject, context)
            findings += self.findings(in: scene)
        }
        return findings
    }
}
