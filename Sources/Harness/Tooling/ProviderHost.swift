import Foundation
import HarnessSupport
import Subprocess

/// Keeps one process of each Terraform provider running while checks use it.
///
/// Terraform starts a provider again for every command and for every `run` of a test. The AWS provider needs more
/// than half a second for that and Terraform as long to hash it; a module with 12 runs was tested in 10.7 s that way,
/// and in 1.8 s with the provider kept running.
package actor ProviderHost {
    private let home: HarnessHome
    private var started: [String: Task<Running?, Never>] = [:]

    private struct Running: Sendable {
        /// The provider's entry in `TF_REATTACH_PROVIDERS`.
        let entry: String
        let process: Task<Void, Never>
        /// Ends the process once it is finished. Cancelling the task instead would kill the guardian, and so keep it
        /// from ending the provider.
        let stop: AsyncStream<Never>.Continuation
    }

    init(home: HarnessHome) { self.home = home }

    /// The value of `TF_REATTACH_PROVIDERS` for these providers. `nil` if a provider is not installed in a version that
    /// every constraint accepts; Terraform then starts its own.
    package func reattachment(for providers: [String: [String]]) async -> String? {
        var entries: [String] = []
        for (source, constraints) in providers.sorted(by: { $0.key < $1.key }) {
            guard let executable = executable(of: source, satisfying: constraints) else { continue }
            let task = started[executable] ?? Task { await Self.start(executable, source: source) }
            started[executable] = task
            guard let running = await task.value else { continue }
            entries.append(running.entry)
        }
        return entries.isEmpty ? nil : "{\(entries.joined(separator: ","))}"
    }

    /// Stops every provider and waits for its end.
    func shutDown() async {
        for task in started.values {
            guard let running = await task.value else { continue }
            running.stop.finish()
            await running.process.value
        }
        started = [:]
    }

    /// The newest unpacked provider that the constraints accept.
    private func executable(of source: String, satisfying constraints: [String]) -> String? {
        let address = source.split(separator: "/").count == 2 ? "registry.terraform.io/\(source)" : source
        let roots = TerraformEnvironment.mirrors() + [home.downloads.appendingPath("terraform-providers")]
        let files = FileManager.default
        for root in roots {
            let folder = root.appendingPath(address)
            let versions = files.names(in: folder).sorted {
                $0.compare($1, options: .numeric) == .orderedDescending
            }
            for version in versions where constraints.allSatisfy({ VersionConstraint($0)?.accepts(version) ?? false }) {
                let platform = folder.appendingPath(version).appendingPath(TerraformRelease.platform)
                let names = files.names(in: platform)
                if let name = names.first(where: { $0.hasPrefix("terraform-provider-") }) {
                    return platform.appendingPath(name)
                }
            }
        }
        return nil
    }

    /// A shell between the harness and the provider ends the provider when its input closes, and that happens however
    /// the harness ends.
    private static let guardian = """
        folder=$(mktemp -d "${TMPDIR:-/tmp}/harness-provider.XXXXXX") || exit 1
        TMPDIR=$folder "$@" </dev/null &
        cat >/dev/null
        kill $! && wait $!
        rm -rf "$folder"
        """

    private static func start(_ executable: String, source: String) async -> Running? {
        let (lines, ready) = AsyncStream.makeStream(of: String?.self)
        let (stopped, stop) = AsyncStream.makeStream(of: Never.self)
        let process = Task<Void, Never> {
            var options = PlatformOptions()
            options.processGroupID = 0
            _ = try? await Subprocess.run(
                .path("/bin/sh"), arguments: ["-c", guardian, "guardian", executable, "-debug"],
                environment: .inherit.updating(["AWS_CA_BUNDLE": nil, "TF_REATTACH_PROVIDERS": nil]),
                platformOptions: options, input: .inputWriter, output: .sequence, error: .discarded
            ) { execution in
                // Reads the output to its end, so that the provider never blocks.
                let output = execution.standardOutput
                async let reading: Void = { for try await line in output.strings() { ready.yield(line) } }()
                for await _ in stopped {}
                try? await execution.standardInputWriter.finish()
                _ = try? await reading
            }
            ready.finish()
        }
        let patience = Task {
            try await Task.sleep(for: .seconds(60))
            ready.yield(nil)
        }
        defer { patience.cancel() }
        for await line in lines {
            guard let line else { break }
            guard let start = line.range(of: "TF_REATTACH_PROVIDERS='{"), let end = line.lastIndex(of: "}") else {
                continue
            }
            let entry = line[start.upperBound..<end]
            return Running(entry: String(entry), process: process, stop: stop)
        }
        stop.finish()
        await process.value
        return nil
    }
}
