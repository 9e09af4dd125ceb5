import Foundation

/// An image of one of the applications, built from this repository and kept by its content.
struct ApplicationImage: Sendable {
    /// As the overlay `local` names it.
    let name: String
    /// Its Containerfile, which names the base.
    let containerfile: String
    /// The files that it is made from: while they are unchanged, so is the image.
    let inputs: @Sendable (Repository) -> [String]
    /// Builds it under `tag`; `base` where another base is to be used than the Containerfile names.
    let build: @Sendable (_ order: Order) async throws -> Void

    struct Order: Sendable {
        let context: StackContext
        let docker: DockerClient
        let tag: String
        let base: String?
        /// An empty folder, removed afterwards.
        let scratch: String

        /// Runs a program of the repository with this engine's docker first on its PATH.
        func run(_ program: String, _ arguments: [String]) async throws {
            let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
            var environment = docker.environment
            environment["PATH"] = "\(docker.program.parentPath):\(path)"
            let output = try await Command(
                program, arguments, environment: environment, folder: context.repository.root
            ).run()
            guard output.isSuccess else {
                throw HarnessError("\(program.lastPathPart): \(output.lastLine)")
            }
        }
    }

    /// Has the image in the engine: kept from the last time, else from the cache, else built.
    ///
    /// - Returns: its name in the engine, which ends with what it is made from.
    func obtain(_ docker: DockerClient, _ context: StackContext) async throws -> String {
        let content = try content(context.repository)
        let tag = "\(Self.prefix(context))/\(name):\(content)"
        if (try? await docker("image", "inspect", tag)) != nil { return tag }
        let cache = context.home.cache.appendingPath("images")
        let archive = cache.appendingPath("\(name)-\(content).tar")
        if FileManager.default.fileExists(atPath: archive) {
            context.show("loading the image \(name)")
            let loaded = try await docker("load", "--quiet", "--input", archive)
            guard let id = loaded.split(separator: " ").last else { throw HarnessError("docker load: \(loaded)") }
            try await docker("tag", String(id), tag)
            return tag
        }
        context.say("\(Applications.name): building the image \(name)")
        try await context.home.withScratch("image") { scratch in
            let base = try await BaseImage(containerfile).obtain(docker, context)
            context.show("building the image \(name)")
            try await build(Order(context: context, docker: docker, tag: tag, base: base, scratch: scratch))
            let id = try await docker("image", "inspect", "--format", "{{.Id}}", tag)
            try context.home.makeFolder(cache)
            let fresh = scratch.appendingPath("image.tar")
            try await docker("save", "--output", fresh, id)
            // One is kept of each: the others were of content that has changed.
            for old in try FileManager.default.contentsOfDirectory(atPath: cache) where old.hasPrefix("\(name)-") {
                try? FileManager.default.removeItem(atPath: cache.appendingPath(old))
            }
            try FileManager.default.moveItem(atPath: fresh, toPath: archive)
        }
        return tag
    }

    private func content(_ repository: Repository) throws -> String {
        var bytes: [UInt8] = []
        let paths = inputs(repository).sorted()
        guard !paths.isEmpty else {
            throw HarnessError("nothing to build the image \(name) from", remedy: "run harness inside the repository")
        }
        for path in paths {
            guard let sum = Digest(file: repository.absolute(path)) else { throw HarnessError("\(path) cannot be read") }
            bytes += Array("\(path) \(sum.hex)\n".utf8)
        }
        return Digest.of(bytes).short
    }

    /// What the names of a stack's images begin with.
    static func prefix(_ context: StackContext) -> String { "harness-\(context.id)" }
}

extension ApplicationImage {
    static let all = [claimsModel, report]

    private static let model = "sagemaker/claims-model"

    static let claimsModel = ApplicationImage(
        name: "claims-model", containerfile: "\(model)/Containerfile",
        inputs: { repository in
            let unused = ["bench", "tests", "examples"].map { "\(model)/\($0)" }
            return repository.artifacts.map(\.path).filter { path in
                path.isWithin(model) && path.pathExtension != "md" && !unused.contains { path.isWithin($0) }
            }
        },
        build: { order in
            let scripts = order.context.repository.absolute("\(model)/scripts")
            let trained = order.scratch.appendingPath("model")
            order.context.show("training the claims model")
            try await order.run(scripts.appendingPath("train.sh"), ["--out", trained])
            order.context.show("building the image claims-model")
            try await order.run(
                scripts.appendingPath("build-image.sh"),
                ["--tag", order.tag, "--model", trained] + (order.base.map { ["--base", $0] } ?? []))
        })

    private static let site = "k8s/apps/report/image"

    /// Its content is what `harness check` finds in this repository, so any change of a file makes it anew.
    static let report = ApplicationImage(
        name: "report", containerfile: "\(site)/Containerfile",
        inputs: { $0.artifacts.map(\.path) },
        build: { order in
            let context = order.context
            let folder = order.scratch.appendingPath("context")
            try FileManager.default.copyItem(atPath: context.repository.absolute(site), toPath: folder)
            try context.home.makeFolder(folder.appendingPath("site"))
            context.show("checking this repository for the report")
            let report = try await Runner(repository: context.repository, toolbox: context.toolbox).run()
            try Data(try ReportFormat.html.render(report).utf8)
                .write(to: URL(fileURLWithPath: folder.appendingPath("site/index.html")))
            context.show("building the image report")
            try await order.docker.call(
                ["build", "--quiet", "--network", "host", "--tag", order.tag]
                    + (order.base.map { ["--build-arg", "BASE_IMAGE=\($0)"] } ?? []) + [
                        "--file", folder.appendingPath("Containerfile"), folder,
                    ])
        })
}
