import Foundation
import PackagePlugin

/// Adds the commit that the package is built from, for `--version`.
@main
struct VersionPlugin: BuildToolPlugin {
    /// The first argument is the file to write, the second the package's folder. A package without git has no commit.
    ///
    /// `safe.directory`: in a container, another user may own the checkout, and git would refuse to read it.
    private static let script = """
        commit="$(git -c safe.directory='*' -C "$2" rev-parse --short=12 HEAD 2>/dev/null || true)"
        echo "extension Version { static let commit = \\"$commit\\" }" >"$1"
        """

    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let package = context.package.directoryURL
        let output = context.pluginWorkDirectoryURL.appending(path: "Version+Commit.swift")
        // Git appends a line to it with each commit and checkout.
        let log = package.appending(path: ".git/logs/HEAD")
        let inputs =
            [package.appending(path: "Package.swift")]
            + (FileManager.default.fileExists(atPath: log.path) ? [log] : [])
        return [
            .buildCommand(
                displayName: "Commit of \(context.package.displayName)", executable: URL(filePath: "/bin/sh"),
                arguments: ["-c", Self.script, "commit", output.path, package.path], inputFiles: inputs,
                outputFiles: [output])
        ]
    }
}
