import Foundation
import TestSupport
import Testing

@testable import CheckCore
@testable import HarnessSupport
@testable import MutationTesting
@testable import Submission
@testable import Tooling

/// The pipeline's steps from the image on, in the workflow's order, on a clone of this repository with a remote of its
/// own. What trains and validates is run by the model platform's story.
@Suite("The steps of delivery", .heavy, .timeLimit(.minutes(60)))
struct DeliveryStepTests {
    static let image = "registry.example.com/mlops/therapy-pipeline"
    static let first = "sha256:" + String(repeating: "1", count: 64)
    static let second = "sha256:" + String(repeating: "2", count: 64)
    static let cosign =
        "#!/bin/sh\necho \"$@\" >>\"$COSIGN_CALLS\"\n[ \"$1\" != verify ] || [ ! -e \"$COSIGN_CALLS.refuse\" ]\n"

    @Test("bring a signed image to staging, and to production what is in staging")
    func promotion() async throws {
        try await withScratch { folder in
            let steps = try await Steps(in: folder)
            let first = "\(Self.image)@\(Self.first)"
            let second = "\(Self.image)@\(Self.second)"

            try await steps.refuses("deploy.sh", "production", first, with: "there is no branch staging yet")

            try await steps.succeeds("sign.sh", first)
            #expect(try steps.cosignCalls() == ["sign --yes --key test-key \(first)"])
            try await steps.succeeds("deploy.sh", "staging", first)
            let staged = try await steps.git("rev-parse", "staging")
            #expect(try await steps.digests("staging", "staging") == [Self.first, Self.first, Self.first])
            // A retraining says from which code, in production the same.
            let built = try await steps.git("rev-parse", "main")
            #expect(try await steps.commit("staging", "staging") == built)
            try await steps.refuses("deploy.sh", "production", first, with: "there is no branch production yet")
            try await steps.git("push", "--quiet", "origin", "main:production")
            // The second run changes nothing.
            try await steps.succeeds("deploy.sh", "staging", first)
            #expect(try await steps.git("rev-parse", "staging") == staged)

            try await steps.refuses("approve.sh", second, with: "staging runs \(Self.first)")
            try await steps.refuses("deploy.sh", "production", second, with: "staging runs \(Self.first)")
            try write(["cosign.refuse": ""], to: folder)
            #expect(try await steps.run("approve.sh", first).code != 0)
            try FileManager.default.removeItem(atPath: "\(folder)/cosign.refuse")
            try await steps.succeeds("approve.sh", first)
            #expect(try steps.cosignCalls().last == "verify --key test-key \(first)")

            try await steps.succeeds("deploy.sh", "production", first)
            try await steps.succeeds("deploy.sh", "production", first)
            let branch = "promote/\(staged.prefix(12))"
            #expect(try await steps.digests(branch, "production") == [Self.first, Self.first, Self.first])
            #expect(try await steps.commit(branch, "production") == built)
            // Production itself waits for the pull request, which has no conflict.
            #expect(try await steps.digests("production", "production") != [Self.first, Self.first, Self.first])
            try await steps.git("push", "--quiet", "origin", "origin-\(branch):production", fetching: branch)
            #expect(try await steps.digests("production", "production") == [Self.first, Self.first, Self.first])

            // A release of a model, on the environment's branch, outlives the next image.
            try await steps.git("checkout", "--quiet", "origin-staging", inClone: true, fetching: "staging")
            let models = "k8s/mlops-platform-demo/overlays/staging/models"
            let released = try await Command(
                "\(steps.clone)/k8s/mlops-platform-demo/model-deploy/release.sh", [models, "try", "2"],
                folder: steps.clone
            ).run()
            #expect(released.isSuccess, "\(released.stderr)")
            try await steps.git("commit", "--quiet", "--all", "--message", "try 2", inClone: true)
            try await steps.git("push", "--quiet", "origin", "HEAD:staging")
            try await steps.git("checkout", "--quiet", "main", inClone: true)

            // The next image goes the same way, forward only.
            try await steps.succeeds("deploy.sh", "staging", second)
            let state = try await steps.git("show", "staging:\(models)/release/kustomization.yaml")
            #expect(state.hasPrefix("# stable=1 canary=2 "), "\(state)")
            try await steps.succeeds("deploy.sh", "production", second)
            let next = "promote/\(try await steps.git("rev-parse", "staging").prefix(12))"
            #expect(try await steps.isAncestor("production", of: next))
            #expect(try await steps.git("status", "--porcelain", inClone: true).isEmpty)
            #expect(try await steps.git("worktree", "list", inClone: true).split(separator: "\n").count == 1)
        }
    }

    @Test("note the digest that the registry gave, and no other")
    func digest() async throws {
        try await withScratch { folder in
            var build = RecordedScript(path: "k8s/mlops-platform-demo/ci/build.sh")
            let file = folder + "/digest"
            let arguments = [
                "--base", "python@\(Self.first)", "--image", "registry.example.com/a:1", "--push", "--digest-file",
                file,
            ]
            build.answer = "[[ \"$*\" != 'image inspect'* ]] || echo registry.example.org/a@\(Self.first)"
            let refused = try await build.run(arguments)
            #expect(refused.code == 1)
            #expect(
                refused.err.contains("the registry gave no digest for 'registry.example.com/a:1'"), "\(refused.err)")
            #expect(!FileManager.default.fileExists(atPath: file))
            build.answer = "[[ \"$*\" != 'image inspect'* ]] || echo registry.example.com/a@\(Self.second)"
            let built = try await build.run(arguments)
            #expect(built.code == 0, "\(built.err)")
            #expect(try String(contentsOfFile: file, encoding: .utf8) == Self.second + "\n")
        }
    }

    @Test("refuse what is not meant, in one line")
    func refusals() async throws {
        try await withScratch { folder in
            let steps = try await Steps(in: folder)
            let zeros = "sha256:" + String(repeating: "0", count: 64)
            let cases: [(arguments: [String], message: String)] = [
                (["deploy.sh", "qa", "\(Self.image)@\(Self.first)"], "staging or production"),
                (["deploy.sh", "staging", Self.image], "IMAGE@DIGEST"),
                (["deploy.sh", "staging", "\(Self.image)@\(zeros)"], "the digest is zeros"),
                (["deploy.sh", "staging", "\(Self.image)@sha256:1"], "is not a digest"),
                (["deploy.sh", "staging", "nginx@\(Self.first)"], "is not a place of the image"),
                (["deploy.sh", "staging", "x|y/therapy-pipeline@\(Self.first)"], "is not a place of the image"),
                (["sign.sh", "\(Self.image):1.0"], "a tag may be another image tomorrow"),
                (["approve.sh"], "which image?"),
                (["build.sh", "--base", "debian:12", "--image", "a:1"], "is not named by digest"),
                (["build.sh", "--image", "a:1", "--push", "--digest-file", "d"], "the base '' is not named by digest"),
                (["build.sh", "--base", "a@\(Self.first)", "--image", "a"], "has no tag"),
                (["build.sh", "--base", "a@\(Self.first)", "--image", "a:1", "--push"], "go together"),
                (["train.sh"], "where to?"),
                (["train.sh", "--out", "a", "--days", "0"], "is not a number of days"),
                (["train.sh", "--out", folder], "is not empty"),
                (["validate.sh", folder], "there is no model.onnx"),
                (["validate.sh"], "which candidate?"),
            ]
            for item in cases {
                let result = try await steps.run(item.arguments)
                #expect(result.code == 1 || result.code == 2, "\(item.arguments)")
                #expect(result.stderr.contains(item.message), "\(item.arguments): \(result.stderr)")
                #expect(result.stderr.split(separator: "\n").count == 1)
            }
            for script in ["test", "train", "validate", "build", "sign", "deploy", "approve"] {
                let help = try await steps.run("\(script).sh", "--help")
                #expect(help.code == 0 && help.stdout.contains("Example"), "\(script).sh --help")
            }
        }
    }

    @Test("a digest that an overlay would not run is not committed")
    func wrongOverlay() async throws {
        try await withScratch { folder in
            let steps = try await Steps(in: folder)
            // An image of the same name from elsewhere, which the overlay's digest is not for.
            let file = "\(steps.clone)/k8s/mlops-platform-demo/model-deploy/servingruntime.yaml"
            let text = try String(contentsOfFile: file, encoding: .utf8)
            try text.replacing("registry.example.com", with: "registry.example.org")
                .write(toFile: file, atomically: true, encoding: .utf8)
            try await steps.git("commit", "--quiet", "--all", "--message", "broken", inClone: true)
            try await steps.refuses("deploy.sh", "staging", "\(Self.image)@\(Self.first)", with: "would run")
            #expect(try await steps.git("branch", "--list", "staging").isEmpty)
        }
    }
}

/// A clone of this repository, its bare remote, and the scripts in it.
private struct Steps {
    let folder: String
    let path: String
    var clone: String { "\(folder)/clone" }
    private var remote: String { "\(folder)/remote.git" }

    /// The files as they are here, committed or not.
    init(in folder: String) async throws {
        self.folder = folder
        let toolbox = Toolbox(home: Project.home)
        path = [
            "\(folder)/bin", try await toolbox.path(of: .kubectl).parentPath,
            ProcessInfo.processInfo.environment["PATH"] ?? "",
        ].joined(separator: ":")
        try write(["bin/cosign": DeliveryStepTests.cosign], to: folder)
        try FileManager.default.createDirectory(atPath: "\(folder)/clone/k8s", withIntermediateDirectories: true)
        // The overlays use the applications' components.
        for name in ["mlops-platform-demo", "components"] {
            try FileManager.default.copyItem(
                atPath: "\(Project.root)/k8s/\(name)", toPath: "\(clone)/k8s/\(name)")
        }
        for arguments in [
            ["init", "--quiet", "--bare", "--initial-branch", "main", remote],
            ["-C", clone, "init", "--quiet", "--initial-branch", "main"],
            ["-C", clone, "config", "user.name", "test"],
            ["-C", clone, "config", "user.email", "test@example.com"],
            ["-C", clone, "add", "--all"],
            ["-C", clone, "commit", "--quiet", "--message", "as it is here"],
            ["-C", clone, "remote", "add", "origin", remote],
            ["-C", clone, "push", "--quiet", "origin", "main"],
        ] {
            let output = try await Command("git", arguments).run()
            try #require(output.isSuccess, "\(output.stderr)")
        }
    }

    func run(_ arguments: String...) async throws -> HarnessProcess.Result { try await run(arguments) }

    func run(_ arguments: [String]) async throws -> HarnessProcess.Result {
        try await HarnessProcess(
            Array(arguments.dropFirst()), in: clone,
            environment: [
                "PATH": path, "COSIGN_KEY": "test-key", "COSIGN_CALLS": "\(folder)/cosign", "GH_TOKEN": nil,
                "CI_REMOTE": nil,
            ], executable: "\(clone)/k8s/mlops-platform-demo/ci/\(arguments[0])"
        ).run()
    }

    func succeeds(_ arguments: String...) async throws {
        let result = try await run(arguments)
        #expect(result.code == 0, "\(arguments): \(result.stderr)")
    }

    func refuses(_ arguments: String..., with message: String) async throws {
        let result = try await run(arguments)
        #expect(result.code == 1, "\(arguments): \(result.stdout)")
        #expect(result.stderr.contains(message), "\(arguments): \(result.stderr)")
    }

    func cosignCalls() throws -> [String] {
        try String(contentsOfFile: "\(folder)/cosign", encoding: .utf8).split(separator: "\n").map(String.init)
    }

    @discardableResult
    func git(_ arguments: String..., inClone: Bool = false, fetching branch: String? = nil) async throws -> String {
        if let branch {
            _ = try await Command("git", ["-C", clone, "fetch", "--quiet", "origin", "\(branch):origin-\(branch)"])
                .run()
        }
        let isWriting = inClone || arguments[0] == "push"
        let output = try await Command("git", ["-C", isWriting ? clone : remote] + arguments).run()
        try #require(output.isSuccess, "git \(arguments): \(output.stderr)")
        return output.stdout.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Those of the environment's overlays, as the branch has them.
    func digests(_ branch: String, _ environment: String) async throws -> [String] {
        var found: [String] = []
        for overlay in ["mlflow", "models", "drift"] {
            let text = try await git(
                "show", "\(branch):k8s/mlops-platform-demo/overlays/\(environment)/\(overlay)/kustomization.yaml")
            found += text.split(separator: "\n").compactMap { line in
                line.contains("digest: ") ? String(line.split(separator: " ").last ?? "") : nil
            }
        }
        return found
    }

    /// That a retraining in the environment trains from, as the branch has it.
    func commit(_ branch: String, _ environment: String) async throws -> String? {
        try await git("show", "\(branch):k8s/mlops-platform-demo/overlays/\(environment)/drift/kustomization.yaml")
            .firstMatch(of: /"code_commit": "([^"]*)"/).map { String($0.1) }
    }

    func isAncestor(_ branch: String, of other: String) async throws -> Bool {
        try await Command("git", ["-C", remote, "merge-base", "--is-ancestor", branch, other]).run().isSuccess
    }
}
