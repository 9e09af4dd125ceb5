/// The command that lists the findings of one rule, for readers of a summary.
public struct ListCommand: Sendable {
    let program: String
    let paths: [String]

    /// - Parameters:
    ///   - program: the command that started the check.
    ///   - paths: the paths on the command line.
    public init(program: String, paths: [String] = []) {
        self.program = program
        self.paths = paths
    }

    /// Quoted for a shell.
    func listing(_ rule: String) -> String {
        ([program, "--only", Self.quoted(rule)] + paths.map(Self.quoted)).joined(separator: " ").withoutControls
    }

    private static func quoted(_ word: String) -> String {
        word.wholeMatch(of: /[A-Za-z0-9_.\/@%+=:,-]+/) != nil
            ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }
}
