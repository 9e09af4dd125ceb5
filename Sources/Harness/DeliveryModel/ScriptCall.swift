import CheckCore
import Foundation
import HarnessSupport

/// A script of this repository that a step of a pipeline runs.
package struct ScriptCall: Hashable, Sendable {
    package let path: String
    /// Its first argument where that is a plain word, such as the environment that it deploys to.
    package let argument: String?
    package let line: Int

    /// What two pipelines must agree on.
    package var title: String { argument.map { "\(path) \($0)" } ?? path }

    /// - Parameters:
    ///   - folder: the working directory, from the repository's root.
    ///   - line: where the text begins.
    package static func all(in text: String, folder: String, line: Int) -> [ScriptCall] {
        // Outside the repository nothing is known.
        if folder.hasPrefix("/") { return [] }
        var isContinued = false
        return text.lines.enumerated().flatMap { offset, content -> [ScriptCall] in
            // Behind a line that goes on stand arguments.
            let command = isContinued ? "… \(content)" : String(content)
            isContinued = content.contains(/[^&|;(\s]\s*\\$/)
            if content.drop(while: \.isWhitespace).hasPrefix("#") { return [] }
            return command.matches(
                of:
                    /(?:^|[;&|('"]|\b(?:sudo|then|do|exec)\s(?:--?\S+\s)*)\s*((?:\.\/|\.\.\/)?(?:[A-Za-z0-9_.-]+\/)+[A-Za-z0-9_.-]+)(?:\s+([a-z]+))?/
            ).compactMap { match in
                guard let path = folder.appendingPath(String(match.1)).normalizedPath else { return nil }
                return ScriptCall(path: path, argument: match.2.map(String.init), line: line + offset)
            }
        }
    }

    /// What keeps it from running; `nil` where nothing does.
    ///
    /// - Parameter text: all that the same job runs, which may fetch, unpack or build what it calls.
    package func problem(in repository: Repository, amid text: String) -> (
        rule: String, message: String, remedy: String
    )? {
        guard repository.contains(path) else {
            if isMade(by: text, in: repository) { return nil }
            return ("script", "calls \(path), which is not there", "correct the path")
        }
        if FileManager.default.isExecutableFile(atPath: repository.absolute(path)) { return nil }
        return ("executable", "calls \(path), which is not executable", "chmod +x \(path)")
    }

    /// Whether the text may make the file: it names it other than to call it, or fetches, unpacks or builds something
    /// and the file is a program or lies in a folder that the repository lacks.
    private func isMade(by text: String, in repository: Repository) -> Bool {
        let name = path.lastPathPart
        let lines = text.lines.filter { !$0.drop(while: \.isWhitespace).hasPrefix("#") }
        let calls = lines.flatMap { Self.all(in: String($0), folder: "", line: 1) }
            .filter { $0.path.lastPathPart == name }.count
        let mentions = lines.map { $0.ranges(of: name).count }.reduce(0, +)
        // `chmod +x` is not a sign: it is written for files of the repository too.
        let chmods = lines.filter { $0.contains(/\bchmod\b/) && $0.contains(name) }.count
        if mentions - chmods > calls { return true }
        let isScript = ["sh", "bash", "py", "rb", "pl", "js", "ps1"].contains(path.pathExtension)
        let folder = path.parentPath
        let isKnownFolder =
            folder.isEmpty || repository.artifacts.contains { $0.path.isWithin(folder) && $0.path != folder }
        if isScript && isKnownFolder { return false }
        return text.contains(
            /\b(?:curl|wget|tar|unzip|clone|download|make|build|compile|install|setup|init|cargo|npm|yarn|pnpm|mvn|gradle|go|uv|pip|venv)\b/
        )
    }
}
