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
    package func problem(in repository: Repository) -> (rule: String, message: String, remedy: String)? {
        guard repository.contains(path) else {
            return ("script", "calls \(path), which is not there", "correct the path")
        }
        if FileManager.default.isExecutableFile(atPath: repository.absolute(path)) { return nil }
        return ("executable", "calls \(path), which is not executable", "chmod +x \(path)")
    }
}
