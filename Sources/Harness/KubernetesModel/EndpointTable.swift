import CheckCore
import HarnessSupport

/// The paths that a service of this repository answers. The source is the `location`s of nginx's configuration beside
/// the Containerfile, else the README's table with a first column Request or Path.
package struct EndpointTable: Sendable {
    package let file: String
    let paths: Set<String>

    /// `nil` if neither exists.
    package init?(beside containerfile: String, in repository: Repository) {
        for file in Self.candidates(containerfile, repository) {
            let lines = (repository.text(of: file) ?? "").lines
            let paths = file.hasSuffix(".conf") ? Self.locations(lines) : Self.rows(lines)
            guard !paths.isEmpty else { continue }
            self.file = file
            self.paths = paths
            return
        }
        return nil
    }

    package func answers(_ path: String) -> Bool { paths.contains(path) }

    /// Whether a path of the table is below this one.
    package func hasBelow(_ path: String) -> Bool {
        paths.contains { $0.hasPrefix(path.hasSuffix("/") ? path : path + "/") }
    }

    package var list: String { paths.sorted().joined(separator: ", ") }

    static func files(in repository: Repository) -> [String] {
        repository.artifacts(of: .containerfile).flatMap { candidates($0.path, repository) }
    }

    private static func candidates(_ containerfile: String, _ repository: Repository) -> [String] {
        let folder = containerfile.parentPath
        return ["nginx.conf", "README.md", "../README.md"].compactMap { folder.appendingPath($0).normalizedPath }
            .filter(repository.contains)
    }

    /// `location = /healthz {`
    private static func locations(_ lines: [Substring]) -> Set<String> {
        Set(lines.compactMap { $0.prefixMatch(of: /\s*location\s+(?:=\s*|\^~\s*)?(\/[^\s{]*)/).map { String($0.1) } })
    }

    /// `| `GET /healthz` | 200 |`
    private static func rows(_ lines: [Substring]) -> Set<String> {
        var isInside = false
        var paths: Set<String> = []
        for line in lines {
            guard line.hasPrefix("|") else {
                isInside = false
                continue
            }
            let first = line.dropFirst().prefix { $0 != "|" }
            if ["Request", "Path"].contains(first.split(separator: " ").first) { isInside = true }
            guard isInside else { continue }
            for match in first.matches(of: /`(?:[A-Z]+ )?(\/[^`?\s]*)`/) { paths.insert(String(match.1)) }
        }
        return paths
    }
}
