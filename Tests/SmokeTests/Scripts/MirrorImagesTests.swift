import Foundation
import TestSupport
import Testing

@testable import HarnessSupport
@testable import KubernetesModel
@testable import Submission
@testable import Tooling

@Suite("k8s/mirror-images.sh and the images of the overlays on EKS", .timeLimit(.minutes(60)))
struct MirrorImagesTests {
    private static let registry = "111122223333.dkr.ecr.eu-west-1.amazonaws.com"
    private static let script = RecordedScript(path: "k8s/mirror-images.sh", programs: ["skopeo", "aws", "sha256sum"])
    private static let digest = "sha256:" + String(repeating: "1", count: 64)
    /// Images that this repository builds, by the repository that they go to.
    private static let own = ClusterImages.places.map(\.0) + ["mlops/torch-efa"]

    @Test("refuses another registry, a missing value, an unknown argument, and lists that it cannot read")
    func misuse() async throws {
        for registry in ["ghcr.io", "\(Self.registry)/claims", "127.0.0.1", "evil.example.\(Self.registry)"] {
            try await Self.script.refuses(["--registry", registry], "--registry '\(registry)' is not a registry")
        }
        try await Self.script.refuses([], "--registry '' is not a registry")
        try await Self.script.refuses(["--registry"], "--registry needs a value")
        try await Self.script.refuses(["--force"], "unknown argument --force")
        try await Self.script.refuses(
            ["--registry", Self.registry, "--list", "/none"], "list /none not found", code: 1)
        for (line, message) in [
            ("quay.io/a/b", "has neither a tag nor a digest"), ("quay.io/a/b@sha256:1", "is not HOST/NAME:TAG"),
            ("nginx:1", "is not HOST/NAME:TAG"), ("# none", "names no image"),
        ] {
            try await withScratch { folder in
                try write(["list": "\(line)\n"], to: folder)
                try await Self.script.refuses(
                    ["--registry", Self.registry, "--list", "\(folder)/list"], message, code: 1)
            }
        }
    }

    @Test("reads a last line without an end")
    func lastLine() async throws {
        try await withScratch { folder in
            try write(["list": "quay.io/a/b:1\nquay.io/a/c:2"], to: folder)
            let result = try await Self.script(
                "--registry", Self.registry, "--list", "\(folder)/list", "--dry-run")
            #expect(result.err.contains("would copy quay.io/a/c:2 to"), "\(result.err)")
        }
    }

    @Test("`make up` prints image changes that the overlays of EKS know")
    func edits() throws {
        for (repository, _) in ClusterImages.places {
            let edit = ClusterImages.edit(of: repository, "\(Self.registry)/\(repository)@\(Self.digest)")
            let overlay = try String(
                contentsOfFile: "\(Project.root)/\(edit.folder)/kustomization.yaml", encoding: .utf8)
            let name = try #require(edit.command.split(separator: " ").last?.split(separator: "=").first)
            #expect(overlay.contains("  - name: \(name)\n"))
        }
    }

    @Test("a dry run names every image of the list and calls nothing")
    func dryRun() async throws {
        let result = try await Self.script("--registry", Self.registry, "--dry-run")
        #expect(result.code == 0 && result.out == "" && result.calls == [])
        #expect(try result.err.split(separator: "\n").count == Self.listed().count)
        #expect(
            result.err.contains(
                "would copy ghcr.io/nginx/nginx-gateway-fabric:2.6.7 to \(Self.registry)/nginx/nginx-gateway-fabric:2.6.7\n"
            ))
    }

    @Test("keeps the password of ECR out of the file of the user, and says why it cannot sign in")
    func signIn() async throws {
        let denied = Self.script.answering("[[ $* != *get-login-password* ]] || exit 254")
        try await denied.refuses(["--registry", Self.registry], "cannot sign in to \(Self.registry)", code: 1)
        let calls = try await denied.run(["--registry", Self.registry]).calls
        #expect(calls.contains("aws ecr get-login-password --region eu-west-1"))
        let login = try #require(calls.first { $0.hasPrefix("skopeo login --authfile /") })
        #expect(login.hasSuffix("--username AWS --password-stdin \(Self.registry)"))
    }

    @Test("copies an image by its digest to a registry, once, and refuses a tag that moved", .heavy)
    func copies() async throws {
        guard DebianPackage.canUnpack else {
            try skip("docker-registry and skopeo are unpacked from Debian's packages")
        }
        var programs: [String] = []
        for name in ["docker-registry", "skopeo"] {
            programs.append(
                try await DebianPackage(name: name, home: Project.home).install { print($0) } + "/usr/bin/" + name)
        }
        let skopeo = programs[1]
        try await withScratch { folder in
            let source = try await LocalRegistry(programs[0], skopeo, folder: "\(folder)/source")
            defer { source.stop() }
            let target = try await LocalRegistry(programs[0], skopeo, folder: "\(folder)/target")
            defer { target.stop() }
            let image = "\(source.address)/quay/prometheus"
            let first = try await source.push("quay/prometheus", tag: "v3", layer: "one")
            try write(
                [
                    "list": "\(image):v3@\(first)\n\(image)@\(first)\n",
                    "moved": "\(image):v3\n", "other": "\(image)@\(Self.digest)\n",
                    "home/.config/containers/policy.json": #"{"default": [{"type": "insecureAcceptAnything"}]}"#,
                ], to: folder)
            func run(_ list: String) async throws -> Command.Output {
                try await Command(
                    "\(Project.root)/k8s/mirror-images.sh",
                    ["--registry", target.address, "--list", "\(folder)/\(list)"],
                    environment: [
                        "HOME": "\(folder)/home", "PATH": skopeo.parentPath + ":/usr/bin:/bin",
                    ]
                ).run()
            }
            let line = "\(target.address)/quay/prometheus@\(first)\n"
            let copied = try await run("list")
            #expect(copied.isSuccess && copied.stdout == line + line, "\(copied.stderr)")
            #expect(copied.stderr.split(separator: "\n").count == 2)
            // Without a tag, ECR's lifecycle policy would delete it.
            let short = first.dropFirst("sha256:".count).prefix(12)
            for tag in ["v3", String(short)] { #expect(try await target.digest("quay/prometheus", tag) == first) }
            let again = try await run("list")
            #expect(again.isSuccess && again.stdout == line + line && again.stderr == "")

            let missing = try await run("other")
            #expect(missing.stderr.contains("\(image)@\(Self.digest) cannot be copied"))
            let second = try await source.push("quay/prometheus", tag: "v3", layer: "two")
            let moved = try await run("moved")
            #expect(moved.exitCode == 1 && moved.stderr.contains("is \(first), not \(second)"), "\(moved.stderr)")
            #expect(try await target.digest("quay/prometheus", "v3") == first)
        }
    }

    @Test("each image of an overlay of EKS is in ECR, has a repository in the stack, and is built here or listed")
    func overlays() async throws {
        let variables = try String(
            contentsOfFile: "\(Project.root)/terraform/stacks/cluster/variables.tf", encoding: .utf8)
        let listed = try Self.listed()
        let kubectl = try await Toolbox(home: Project.home) { print($0) }.path(of: .kubectl)
        let folders = ["admission", "apps/claims", "apps/report", "gateway", "observability", "scheduling"]
        var names: Set<String> = []
        for folder in folders {
            let path = "\(Project.root)/k8s/\(folder)/overlays/eks"
            let built = try await Command(kubectl, ["kustomize", path]).run()
            #expect(built.isSuccess, "\(built.stderr)")
            // NginxProxy names an image's name and tag apart.
            for line in built.stdout.matches(of: /\b(?:image|repository): *([^ \n]+\/[^ \n]+)/) {
                let image = String(line.1)
                #expect(image.hasPrefix("\(Self.registry)/"), "\(folder): a node on EKS cannot pull \(image)")
                names.insert(ImageReference(String(image.dropFirst(Self.registry.count + 1))).repository)
            }
        }
        #expect(names.count == 11)
        for name in names where !Self.own.contains(name) {
            #expect(listed.contains(name), "k8s/images.txt lacks a line for \(name)")
        }
        for name in names.union(listed) {
            #expect(variables.contains("\"\(name)\""), "terraform/stacks/cluster has no repository \(name)")
        }
    }

    @Test("the list has the versions that deploy.sh installs")
    func versions() throws {
        let deploy = try String(contentsOfFile: "\(Project.root)/k8s/deploy.sh", encoding: .utf8)
        let installed = try Self.lines().filter { $0.contains(/\/(istio|jetstack|nginx)\//) }
        #expect(installed.count == 11)
        for image in installed {
            let version = try #require(image.wholeMatch(of: /[^:]+:v?([0-9.]+).*/)).1
            #expect(deploy.contains(version), "deploy.sh does not install \(image)")
        }
    }

    private static func lines() throws -> [String] {
        try String(contentsOfFile: "\(Project.root)/k8s/images.txt", encoding: .utf8).split(separator: "\n")
            .filter { !$0.hasPrefix("#") }.map(String.init)
    }

    /// The names behind the hosts of the list.
    private static func listed() throws -> [String] {
        try lines().map { ImageReference(String($0.drop { $0 != "/" }.dropFirst())).repository }
    }
}
