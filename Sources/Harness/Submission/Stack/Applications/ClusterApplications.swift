import CheckCore
import Foundation
import HarnessSupport
import Tooling

/// The applications on a Kubernetes cluster, deployed and deleted by the repository's own scripts.
struct ClusterApplications: Component {
    let name = Applications.name
    let dependencies: [String] = []
    let place: StackOptions.Place

    /// The cluster of the applications, recorded before anything is created there.
    private struct Record: Codable {
        let place: StackOptions.Place
        let context: String
    }

    private static func file(_ context: StackContext) -> String {
        context.folder(of: Applications.name).appendingPath("cluster.json")
    }

    private static func record(_ context: StackContext) -> Record? {
        FileManager.default.contents(atPath: file(context)).flatMap { try? JSONDecoder().decode(Record.self, from: $0) }
    }

    /// The cluster where the applications are fully or partly up; `nil` if none.
    static func recorded(_ context: StackContext) -> StackOptions.Place? { record(context)?.place }

    func up(_ context: StackContext) async throws -> ComponentDetail {
        let record: Record
        if let noted = Self.record(context) {
            record = noted
        } else {
            record = Record(place: place, context: try await chooseContext(context))
        }
        try context.home.makeFolder(context.folder(of: name))
        try JSONEncoder().encode(record).write(to: URL(fileURLWithPath: Self.file(context)), options: .atomic)
        if place == .kind { try await fill(context, record) }
        context.say("\(name): deploying to the cluster of the context \(record.context)")
        try await run("k8s/deploy.sh", ["--overlay", "local", "--context", record.context], context)
        try await forward(context, record)
        return ComponentDetail(endpoint: address(context), detail: "on the cluster \(record.context)")
    }

    func verify(_ context: StackContext) async throws -> [Assertion] {
        guard let record = Self.record(context) else { throw HarnessError("\(name): no cluster on record") }
        var accepted = "all accepted"
        do {
            try await run(
                "k8s/deploy.sh", ["--overlay", "local", "--context", record.context, "--dry-run"], context)
        } catch let error as HarnessError { accepted = error.message }
        let visits = VisitVerification(
            address: address(context), plainAddress: "http://localhost:\(context.options.port + 3)",
            redirect: "https://localhost/service/b/v2/", authority: authority(context),
            example: SuppliedClaims.example(context),
            supplied: try await SuppliedClaims.result { try await SuppliedClaims.record(context) })
        return await [
            Assertion(
                id: "server-side-dry-run", "the API server accepts every object", accepted == "all accepted",
                seen: accepted)
        ] + visits.all()
    }

    func down(_ context: StackContext) async throws {
        try await process(context).stop(patience: .seconds(5))
        if let record = Self.record(context) {
            switch record.place {
            case .kind: try await kind(["delete", "cluster", "--name", clusterName(context)], context)
            default: try await run("k8s/delete.sh", ["--overlay", "local", "--context", record.context], context)
            }
        }
        try FileManager.default.removeIfPresent(context.folder(of: name))
    }

    func standing(_ context: StackContext) async -> ComponentDetail? {
        guard let record = Self.record(context), await process(context).running() != nil,
            await HTTP.visit(address(context) + "/", authority: authority(context)) != nil
        else { return nil }
        return ComponentDetail(endpoint: address(context), detail: "on the cluster \(record.context)")
    }

    // MARK: The cluster

    private func clusterName(_ context: StackContext) -> String { "harness-\(context.id)" }

    private func chooseContext(_ context: StackContext) async throws -> String {
        if place == .kind {
            guard Toolbox.onPath("kind") != nil else {
                throw HarnessError("CLUSTER=kind: kind is not on the PATH", remedy: "install it from kind.sigs.k8s.io")
            }
            return "kind-\(clusterName(context))"
        }
        let kubectl = try await context.toolbox.path(of: .kubectl)
        let current = try await Command(kubectl, ["config", "current-context"]).run()
        guard current.isSuccess else {
            throw HarnessError(
                "CLUSTER=current: the kubeconfig has no current context",
                remedy: "kubectl config use-context NAME, or leave CLUSTER out")
        }
        return current.stdout.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Creates the cluster if it is missing, and loads the images.
    private func fill(_ context: StackContext, _ record: Record) async throws {
        let clusters = try await Command("kind", ["get", "clusters"]).run().stdout.split(separator: "\n").map(
            String.init)
        if !clusters.contains(clusterName(context)) {
            context.show("creating the cluster \(clusterName(context))")
            try await kind(["create", "cluster", "--name", clusterName(context), "--wait", "180s"], context)
        }
        let docker = try await DockerEngine.obtain(context).client
        for image in ApplicationImage.all {
            let tag = try await image.obtain(docker, context)
            // The overlay names it so.
            try await docker("tag", tag, "\(image.name):local")
            try await kind(["load", "docker-image", "\(image.name):local", "--name", clusterName(context)], context)
        }
    }

    private func kind(_ arguments: [String], _ context: StackContext) async throws {
        let kubeconfig = context.folder(of: name).appendingPath("kubeconfig")
        let all = arguments[0] == "load" ? arguments : arguments + ["--kubeconfig", kubeconfig]
        let output = try await Command("kind", all).run()
        guard output.isSuccess else { throw HarnessError("kind \(arguments[0]): \(output.lastLine)") }
    }

    /// Environment of kubectl and the scripts: the stack's own cluster is not in the user's kubeconfig.
    private func environment(_ context: StackContext) -> [String: String?] {
        place == .kind ? ["KUBECONFIG": context.folder(of: name).appendingPath("kubeconfig")] : [:]
    }

    private func run(_ script: String, _ arguments: [String], _ context: StackContext) async throws {
        let output = try await Command(
            context.repository.absolute(script), arguments, environment: environment(context),
            folder: context.repository.root
        ).run()
        guard output.isSuccess else { throw HarnessError("\(script): \(output.lastLine)") }
    }

    // MARK: Access to the gateway

    private func address(_ context: StackContext) -> String { "https://localhost:\(context.options.port + 2)" }
    private func authority(_ context: StackContext) -> String { context.folder(of: name).appendingPath("ca.pem") }

    private func process(_ context: StackContext) -> ProcessFile {
        ProcessFile(path: context.folder(of: name).appendingPath("forward.pid"), mark: "port-forward")
    }

    /// Forwards the gateway to this machine, and stores its certificate.
    private func forward(_ context: StackContext, _ record: Record) async throws {
        let kubectl = try await context.toolbox.path(of: .kubectl)
        let secret = try await Command(
            kubectl,
            [
                "--context", record.context, "get", "secret", "public-tls", "--namespace", "gateway", "--output",
                #"jsonpath={.data.tls\.crt}"#,
            ], environment: environment(context)
        ).run()
        guard let certificate = Data(base64Encoded: secret.stdout), !certificate.isEmpty else {
            throw HarnessError("cannot read the gateway's certificate: \(secret.lastLine)")
        }
        try certificate.write(to: URL(fileURLWithPath: authority(context)))
        if await standing(context) != nil { return }
        try await process(context).stop(patience: .seconds(5))
        let log = context.folder(of: name).appendingPath("forward.log")
        try await process(context).launch(
            kubectl,
            [
                "--context", record.context, "port-forward", "--namespace", "gateway", "service/traefik",
                "\(context.options.port + 2):443", "\(context.options.port + 3):80",
            ], environment: environment(context), log: log)
        let end = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < end {
            try await Task.sleep(for: .milliseconds(200))
            if await standing(context) != nil { return }
        }
        throw HarnessError("the gateway does not answer at \(address(context))", remedy: "see \(log)")
    }
}
