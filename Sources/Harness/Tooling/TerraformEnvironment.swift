import Foundation
import HarnessSupport

/// The environment of Terraform calls: a separate CLI configuration, no user credentials, and no state or plugin folder
/// in the repository.
package struct TerraformEnvironment: Sendable {
    package let home: HarnessHome

    package init(home: HarnessHome) {
        self.home = home
    }

    /// The variables for a call with its working data in `data`.
    ///
    /// - Throws: `HarnessError` when `.harness` cannot be written.
    package func variables(data: String) throws -> [String: String?] {
        [
            "TF_CLI_CONFIG_FILE": try configuration(), "TF_DATA_DIR": data, "TF_IN_AUTOMATION": "1", "TF_INPUT": "0",
            "TF_LOG": nil, "TF_CLI_ARGS": nil, "TF_WORKSPACE": nil, "CHECKPOINT_DISABLE": "1",
            // With the provider's large schema, less frequent garbage collection saves a quarter of the processor time,
            // and uses up to 450 MB instead of 310 MB.
            "GOGC": "400",
            // This variable names a CA file for the registries. It breaks the provider if the endpoint is plain HTTP.
            "AWS_CA_BUNDLE": nil,
        ]
    }

    /// Removes variables that could direct a check to a real account.
    package static let withoutAccount: [String: String?] = [
        "AWS_ACCESS_KEY_ID": nil, "AWS_SECRET_ACCESS_KEY": nil, "AWS_SESSION_TOKEN": nil, "AWS_PROFILE": nil,
        "AWS_EC2_METADATA_DISABLED": "true", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_CONFIG_FILE": "/dev/null",
    ]

    /// Writes the CLI configuration: mirrors on this machine first, then the registry for what they lack.
    private func configuration() throws -> String {
        let mirrors = Self.mirrors()
        var text = "# Written by the harness.\nprovider_installation {\n"
        for mirror in mirrors {
            text +=
                "  filesystem_mirror {\n    path    = \"\(mirror)\"\n    include = \(Self.list(Self.providers(in: mirror)))\n  }\n"
        }
        text += "  direct {\n    exclude = \(Self.list(Set(mirrors.flatMap(Self.providers)).sorted()))\n  }\n}\n"
        if mirrors.isEmpty {
            let cache = home.downloads.appendingPath("terraform-providers")
            try home.makeFolder(cache)
            text += "plugin_cache_dir = \"\(cache)\"\nplugin_cache_may_break_dependency_lock_file = true\n"
        }
        let file = home.tools.appendingPath("terraform.tfrc")
        if (try? String(contentsOfFile: file, encoding: .utf8)) != text {
            try home.makeFolder(home.tools)
            try Data(text.utf8).write(to: URL(fileURLWithPath: file), options: .atomic)
        }
        return file
    }

    /// Folders that hold `registry.terraform.io/`: the named one, Terraform's implied mirrors, and any in the usual places.
    static func mirrors() -> [String] {
        let variables = ProcessInfo.processInfo.environment
        let userHome = variables["HOME"] ?? "/"
        var candidates = [variables["HARNESS_TF_MIRROR"]].compactMap(\.self)
        candidates += [
            userHome.appendingPath(".terraform.d/plugins"), userHome.appendingPath(".local/share/terraform/plugins"),
            "/usr/local/share/terraform/plugins", "/usr/share/terraform/plugins",
        ]
        for parent in ["/opt", "/usr/share", "/usr/local/share"] {
            let names = FileManager.default.names(in: parent)
            candidates += names.sorted().map { parent.appendingPath($0) }
        }
        var seen: Set<String> = []
        return candidates.filter { candidate in
            FileManager.default.fileExists(atPath: candidate.appendingPath("registry.terraform.io"))
                && seen.insert(candidate).inserted
        }
    }

    /// The full addresses of the providers that a mirror holds.
    private static func providers(in mirror: String) -> [String] {
        let registry = mirror.appendingPath("registry.terraform.io")
        let files = FileManager.default
        return files.names(in: registry).flatMap { namespace in
            files.names(in: registry.appendingPath(namespace)).map {
                "registry.terraform.io/\(namespace)/\($0)"
            }
        }.sorted()
    }

    private static func list(_ items: [String]) -> String {
        "[" + items.map { "\"\($0)\"" }.joined(separator: ", ") + "]"
    }
}
