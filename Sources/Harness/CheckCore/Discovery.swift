import Foundation
import HarnessSupport
import Tooling

/// Finds the files to check: in git, tracked and untracked files that are not ignored; outside git, every file except
/// well-known build output.
public enum Discovery {
    /// Folders with copies and build output, which are skipped outside git.
    static let passedOver: Set<String> = [
        ".git", ".harness", ".build", ".terraform", ".venv", "__pycache__", "node_modules",
    ]

    /// The repository around the current folder.
    ///
    /// - Throws: as `repository(at:)`.
    public static func here() async throws -> Repository {
        try await repository(at: root(of: FileManager.default.currentDirectoryPath))
    }

    /// - Parameters:
    ///   - root: an absolute path of a folder: a git work tree's top or any folder outside git.
    ///   - most: the limit outside git; a folder with more files is probably not a repository.
    /// - Throws: `HarnessError` if git cannot list the folder, or if a folder outside git has too many files;
    ///   `CancellationError`.
    public static func repository(at root: String, most: Int = 100_000) async throws -> Repository {
        try repository(of: await listing(of: root, most: most))
    }

    /// The names of the files under check, before any of them is read.
    package struct Listing: Sendable {
        package let root: String
        /// Sorted.
        package let paths: [String]
        package let problems: [Finding]
    }

    /// - Throws: as `repository(at:)`.
    package static func listing(of root: String, most: Int = 100_000) async throws -> Listing {
        var problems: [Finding] = []
        let isWorkTree = FileManager.default.fileExists(atPath: root.appendingPath(".git"))
        let paths =
            isWorkTree
            ? try await trackedFiles(root: root, problems: &problems)
            : try walk(root: root, most: most, problems: &problems)
        return Listing(root: root, paths: Set(paths).sorted(), problems: problems)
    }

    /// - Throws: `CancellationError`.
    package static func repository(of listing: Listing) throws -> Repository {
        var problems = listing.problems
        let artifacts = try listing.paths.compactMap { path in
            try Task.checkCancellation()
            return classify(path, root: listing.root, problems: &problems)
        }
        return Repository(root: listing.root, artifacts: artifacts, problems: problems)
    }

    /// The root that `path` belongs to: see `WorkTree`.
    public static func root(of path: String) -> String { WorkTree.root(of: path) }

    private static func trackedFiles(root: String, problems: inout [Finding]) async throws -> [String] {
        let listing = try await Command(
            "git", ["-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            environment: ["LC_ALL": "C"]
        ).run()
        guard listing.isSuccess else {
            let reason = listing.stderr.split(separator: "\n").first.map(String.init) ?? "git ls-files failed"
            throw HarnessError(
                "git cannot list \(root): \(reason)", remedy: "run `git -C \(root) status` and fix what it says")
        }
        for line in listing.stderr.split(separator: "\n") where line.contains("could not open directory") {
            let folder = line.split(separator: "'").dropFirst().first.map(String.init) ?? "?"
            problems.append(unreadable(folder.hasSuffix("/") ? String(folder.dropLast()) : folder))
        }
        return listing.stdout.split(separator: "\0").map(String.init).filter { !$0.hasSuffix("/") }
    }

    private static func walk(root: String, most: Int, problems: inout [Finding]) throws -> [String] {
        var found: [String] = []
        var open = [""]
        while let folder = open.popLast() {
            try Task.checkCancellation()
            guard let names = try? FileManager.default.contentsOfDirectory(atPath: root.appendingPath(folder)) else {
                problems.append(unreadable(folder.isEmpty ? "." : folder))
                continue
            }
            for name in names where !passedOver.contains(name) {
                let path = folder.appendingPath(name)
                let type = try? FileManager.default.attributesOfItem(atPath: root.appendingPath(path))[.type]
                guard isUTF8(path) else {
                    problems.append(misnamed(path))
                    continue
                }
                switch type as? FileAttributeType {
                case .typeDirectory: open.append(path)
                case .typeRegular, .typeSymbolicLink: found.append(path)
                default: continue
                }
            }
            guard found.count + open.count <= most else {
                throw HarnessError(
                    "\(root) is in no git work tree and holds more than \(most) files and folders",
                    remedy: "go to the repository, or name a smaller folder")
            }
        }
        return found
    }

    private static func classify(_ path: String, root: String, problems: inout [Finding]) -> Artifact? {
        guard isUTF8(path) else {
            problems.append(misnamed(path))
            return nil
        }
        let absolute = root.appendingPath(path)
        let attributes = try? FileManager.default.attributesOfItem(atPath: absolute)
        switch attributes?[.type] as? FileAttributeType {
        case .typeSymbolicLink:
            // If the target is in the repository, it is a separate artifact.
            if !FileManager.default.fileExists(atPath: absolute) {
                problems.append(
                    Finding(
                        rule: "discovery/broken-link", severity: .error, path: path,
                        message: "this symbolic link leads nowhere or to itself",
                        remedy: "point it at an existing file, or remove it"))
            }
            return nil
        case .typeRegular:
            guard FileManager.default.isReadableFile(atPath: absolute) else {
                problems.append(unreadable(path))
                return nil
            }
            let artifact = Classifier.classify(path: path) {
                FileManager.default.contents(atPath: absolute).map { [UInt8]($0) }
            }
            if artifact.kind == .binary, ["yaml", "yml", "json"].contains(path.pathExtension) {
                problems.append(
                    Finding(
                        rule: "discovery/binary", severity: .warning, path: path,
                        message: "has bytes that are 0, as UTF-16 does: nothing in it was checked",
                        remedy: "save the file as UTF-8"))
            }
            return artifact
        default:
            return nil  // Tracked by git, but no longer there.
        }
    }

    /// Reading a name that is not UTF-8 loses its bytes, so the file cannot be opened.
    private static func isUTF8(_ path: String) -> Bool { !path.unicodeScalars.contains("\u{FFFD}") }

    private static func misnamed(_ path: String) -> Finding {
        Finding(
            rule: "discovery/name", severity: .error, path: path,
            message: "its name is not UTF-8, so nothing in it was checked", remedy: "rename it")
    }

    private static func unreadable(_ path: String) -> Finding {
        Finding(
            rule: "discovery/unreadable", severity: .error, path: path,
            message: "cannot be read, so nothing in it was checked",
            remedy: "grant this user read access (chmod u+rX), or leave it out through .gitignore")
    }
}
