/// The paths that a service of this repository answers: the rows of the table `## Endpoints` in the README beside its
/// Containerfile.
struct EndpointTable: Sendable {
    let file: String
    let paths: [(path: String, line: Int)]

    /// `nil` where there is no such table.
    init?(beside containerfile: String, in repository: Repository) {
        for file in Self.candidates(containerfile) where repository.contains(file) {
            guard let text = repository.text(of: file) else { continue }
            var isInside = false
            var paths: [(String, Int)] = []
            for (index, line) in text.lines.enumerated() {
                if line.hasPrefix("#") { isInside = line.drop { $0 == "#" || $0 == " " }.hasPrefix("Endpoints") }
                guard isInside, line.hasPrefix("|") else { continue }
                paths += line.matches(of: /(\/[A-Za-z0-9_.\/-]*)[`\s,?]/).map { (String($0.1), index + 1) }
            }
            guard !paths.isEmpty else { continue }
            self.file = file
            self.paths = paths
            return
        }
        return nil
    }

    static func files(in repository: Repository) -> [String] {
        repository.artifacts(of: .containerfile).flatMap { candidates($0.path) }.filter(repository.contains)
    }

    private static func candidates(_ containerfile: String) -> [String] {
        let folder = containerfile.parentPath
        return [folder.appendingPath("README.md"), folder.parentPath.appendingPath("README.md")]
    }
}
