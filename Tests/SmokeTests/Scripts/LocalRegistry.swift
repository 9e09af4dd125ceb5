import CheckCore
import Foundation
import TestSupport

@testable import HarnessSupport
@testable import Tooling

/// Debian's docker-registry on a port of this machine.
struct LocalRegistry {
    let address: String
    private let folder: String
    private let skopeo: String
    private let process = Process()

    init(_ program: String, _ skopeo: String, folder: String) async throws {
        self.folder = folder
        self.skopeo = skopeo
        address = "127.0.0.1:\(freePort())"
        try write(
            [
                "registry.yml": """
                version: 0.1
                storage: {filesystem: {rootdirectory: \(folder)/storage}}
                http: {addr: "\(address)"}
                """,
                ".config/containers/policy.json": #"{"default": [{"type": "insecureAcceptAnything"}]}"#,
            ], to: folder)
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["serve", "\(folder)/registry.yml"]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        for attempt in 0... {
            if try await Command("/usr/bin/curl", ["--silent", "--fail", "http://\(address)/v2/"]).run().isSuccess {
                break
            }
            guard attempt < 100 else { throw HarnessError("docker-registry does not answer at \(address)") }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    func stop() {
        process.terminate()
        process.waitUntilExit()
    }

    /// Pushes an index of two platforms whose images have one layer each, and returns the index's digest.
    func push(_ name: String, tag: String, layer: String) async throws -> String {
        var manifests: [String] = []
        for platform in ["amd64", "arm64"] {
            let layer = Array("\(layer) \(platform)".utf8)
            let config = Array(#"{"architecture": "\#(platform)", "os": "linux", "rootfs": {"type": "layers"}}"#.utf8)
            let type = "application/vnd.docker"
            let manifest = """
                {"schemaVersion": 2, "mediaType": "\(type).distribution.manifest.v2+json",
                "config": {"mediaType": "\(type).container.image.v1+json", "size": \(config.count),
                "digest": "sha256:\(Digest.of(config).hex)"},
                "layers": [{"mediaType": "\(type).image.rootfs.diff.tar.gzip", "size": \(layer.count),
                "digest": "sha256:\(Digest.of(layer).hex)"}]}
                """
            let image = "\(folder)/image-\(platform)"
            try write(
                [
                    "version": "Directory Transport Version: 1.1\n", "manifest.json": manifest,
                    Digest.of(config).hex: String(decoding: config, as: UTF8.self),
                    Digest.of(layer).hex: String(decoding: layer, as: UTF8.self),
                ], to: image)
            try await call(
                "copy", "--preserve-digests", "--dest-tls-verify=false", "dir:\(image)",
                "docker://\(address)/\(name):\(tag)-\(platform)")
            manifests.append(
                """
                {"mediaType": "\(type).distribution.manifest.v2+json", "size": \(manifest.utf8.count),
                "digest": "sha256:\(Digest.of(Array(manifest.utf8)).hex)",
                "platform": {"architecture": "\(platform)", "os": "linux"}}
                """)
        }
        let type = "application/vnd.docker.distribution.manifest.list.v2+json"
        let index =
            #"{"schemaVersion": 2, "mediaType": "\#(type)", "manifests": [\#(manifests.joined(separator: ","))]}"#
        let output = try await Command(
            "/usr/bin/curl",
            [
                "--silent", "--show-error", "--fail", "--request", "PUT", "--header", "Content-Type: \(type)",
                "--data-binary", index, "http://\(address)/v2/\(name)/manifests/\(tag)",
            ]
        ).run()
        guard output.isSuccess else { throw HarnessError("\(tag) was not pushed: \(output.lastLine)") }
        return "sha256:" + Digest.of(Array(index.utf8)).hex
    }

    func digest(_ name: String, _ tag: String) async throws -> String {
        let text = try await call("inspect", "--raw", "--tls-verify=false", "docker://\(address)/\(name):\(tag)")
        return "sha256:" + Digest.of(Array(text.utf8)).hex
    }

    @discardableResult
    private func call(_ arguments: String...) async throws -> String {
        let output = try await Command(skopeo, arguments, environment: ["HOME": folder]).run()
        guard output.isSuccess else { throw HarnessError("skopeo \(arguments): \(output.lastLine)") }
        return output.stdout
    }
}
