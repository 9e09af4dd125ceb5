import Foundation
import PackagePlugin

/// Adds the SHA-256 sum of a module's sources to the module, for the keys of cached results.
@main
struct SourceDigestPlugin: BuildToolPlugin {
    /// The first argument is the file to write, the second the constant's name, the others are the sources.
    private static let script = """
        output="$1" name="$2"
        shift 2
        if command -v sha256sum >/dev/null; then sum=sha256sum; else sum='shasum -a 256'; fi
        digest="$(cat "$@" | $sum | cut -d ' ' -f 1)"
        case "$name" in harnessSupport) import= ;; *) import='import HarnessSupport;' ;; esac
        echo "$import extension SourceDigest { package static let $name = \\"$digest\\" }" >"$output"
        """

    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        guard let module = target as? SwiftSourceModuleTarget else { return [] }
        let output = context.pluginWorkDirectoryURL.appending(path: "SourceDigest+\(module.moduleName).swift")
        // The manifest pins the packages that the module is built with.
        let manifest = context.package.directoryURL.appending(path: "Package.swift")
        let inputs = [manifest] + module.sourceFiles(withSuffix: "swift").map(\.url).sorted { $0.path < $1.path }
        let name = module.moduleName.prefix(1).lowercased() + module.moduleName.dropFirst()
        return [
            .buildCommand(
                displayName: "Digest of \(module.moduleName)", executable: URL(filePath: "/bin/sh"),
                arguments: ["-c", Self.script, "digest", output.path, name] + inputs.map(\.path), inputFiles: inputs,
                outputFiles: [output])
        ]
    }
}
