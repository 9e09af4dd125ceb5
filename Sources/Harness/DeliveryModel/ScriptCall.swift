import CheckCore
import Foundation
import HarnessSupport

/// A repository script that a pipeline step runs.
package struct ScriptCall: Hashable, Sendable {
    package let path: String
    /// The first argument if it is a plain word, for example the environment of a deployment.
    package let argument: String?
    package let line: Int

    /// The part that two pipelines must have in common.
    package var title: String { argument.map { "\(path) \($0)" } ?? path }

    /// - Parameters:
    ///   - folder: the working directory, from the repository's root.
    ///   - line: the first line of the text.
    package static func all(in text: String, folder: String, line: Int) -> [ScriptCall] {
        // Files outside the repository are unknown.
        if folder.hasPrefix("/") { return [] }
        var isContinued = false
        return text.lines.enumerated().flatMap { offset, content -> [ScriptCall] in
            // Arguments follow a continued line.
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

    /// The problem that prevents a run; `nil` if none.
    ///
    /// - Parameter text: all commands of the job, which may fetch, unpack or build the script.
    package func problem(in repository: Repository, amid text: String) -> (
        rule: String, message: String, remedy: String
    )? {
        guard repository.contains(path) else {
            if isMade(by: text, in: repository) { return nil }
            return ("script", "calls \(path), which does not exist", "correct the path")
        }
        if FileManager.default.isExecutableFile(atPath: repository.absolute(path)) { return nil }
        return ("executable", "calls \(path), which is not executable", "chmod +x \(path)")
    }

    /// Whether the text may create the file: it names the file other than to call it, or it fetches, unpacks or builds
    /// something and the file is a program or is in a folder that the repository lacks.
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
