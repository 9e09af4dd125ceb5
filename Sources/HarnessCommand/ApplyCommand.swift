import ArgumentParser
import CheckCommands
import Foundation
import HarnessSupport
import Submission
import Tooling

struct ApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Brings a Docker engine to what rendered manifests say: what kubectl apply does for a cluster.",
        discussion: """
            Reads manifests from standard input, pulls their images, replaces containers without a lost request, and \
            prints the gateway's address and the certificate to trust.

            Examples:
              kubectl kustomize k8s/gateway/overlays/local | harness apply --port 7000
              harness apply --show
              harness apply --delete
            """)

    @Option(help: "The gateway listens on this port plus two (HTTPS) and plus three (HTTP).")
    var port = 7000

    @Flag(help: "Take everything down that was applied.")
    var delete = false

    @Flag(help: "Change nothing; print what runs: a Deployment and its image a line, for each container.")
    var show = false

    func validate() throws {
        if show && delete { throw ValidationError("--show and --delete: choose one") }
        guard 1024...64_000 ~= port else {
            throw ValidationError("port \(port) is not allowed: use 1024 to 64000")
        }
    }

    func run() async throws {
        let (port, delete, show) = (port, delete, show)
        let input = delete || show ? Data() : FileHandle.standardInput.readDataToEndOfFile()
        try await stackVerb { progress in
            if !delete, !show, input.isEmpty {
                throw HarnessError("no manifests came in", remedy: "kubectl kustomize OVERLAY | harness apply")
            }
            let release = try Release(
                manifests: String(decoding: input, as: UTF8.self), port: port,
                toolbox: Toolbox(home: .standard()) { progress.say($0) }, say: { progress.say($0) },
                show: { progress.show($0) })
            if delete { return try await release.delete() }
            if show {
                let running = try await release.running()
                progress.finish()
                for container in running { print("\(container.workload) \(container.image)") }
                return
            }
            let place = try await release.apply()
            progress.finish()
            print("\(place.address) \(place.authority)")
        }
    }
}
