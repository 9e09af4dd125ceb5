import TestSupport
import Testing

@testable import HarnessSupport
@testable import Submission

@Suite("k8s/push-image.sh and the images of a real account", .timeLimit(.minutes(60)))
struct PushImageTests {
    private static let registry = "111122223333.dkr.ecr.eu-west-1.amazonaws.com"
    private static let arguments = ["--image", "claims:1f0c", "--repository", "\(registry)/claims/report"]
    private static let digest = "sha256:" + String(repeating: "1", count: 64)

    /// - Parameter tagged: what the registry's list begins with: nothing until docker has pushed.
    private static func script(_ answer: String = "") -> RecordedScript {
        RecordedScript(
            path: "k8s/push-image.sh", programs: ["docker", "aws"],
            answer: answer + """

                case "$*" in
                  *Config.User*) echo 10001:10001 ;;
                  *list-images*) if grep -q '^docker push' "$CALLS"; then echo \(digest); fi ;;
                esac
                """)
    }

    @Test("signs in, pushes under the image's own tag, and prints the digest")
    func pushes() async throws {
        let result = try await Self.script().run(Self.arguments)
        #expect(result.code == 0 && result.out == "\(Self.registry)/claims/report@\(Self.digest)\n", "\(result.err)")
        let calls = result.calls.map { $0.split(separator: " ").prefix(3).joined(separator: " ") }
        #expect(calls.first == "docker image inspect" && calls.dropFirst().first == "aws ecr list-images")
        // A pipe's two ends start side by side.
        #expect(Set(calls[2...3]) == ["aws ecr get-login-password", "docker login --username"])
        #expect(calls[4...].elementsEqual(["docker tag claims:1f0c", "docker push --quiet", "aws ecr list-images"]))
        #expect(result.calls[5] == "docker push --quiet \(Self.registry)/claims/report:1f0c")
    }

    @Test("pushes no tag again that the registry has")
    func isThere() async throws {
        let result = try await Self.script("[[ \"$*\" != *list-images* ]] || { echo \(Self.digest); exit 0; }")
            .run(Self.arguments)
        #expect(result.code == 0 && result.out.hasSuffix("@\(Self.digest)\n"))
        #expect(!result.calls.contains { $0.hasPrefix("docker push") || $0.hasPrefix("docker login") })
    }

    @Test("a dry run signs in to nothing and pushes nothing")
    func dryRun() async throws {
        let result = try await Self.script().run(Self.arguments + ["--dry-run"])
        #expect(result.code == 0 && result.out == "" && result.calls.count == 1, "\(result.calls)")
        #expect(result.err == "push-image: would push claims:1f0c to \(Self.registry)/claims/report:1f0c\n")
    }

    @Test("refuses another registry, a missing value, and an unknown argument, before anything is called")
    func misuse() async throws {
        let script = Self.script()
        try await script.refuses(["--image", "a:1", "--repository", "ghcr.io/a"], "is not an ECR address")
        try await script.refuses(["--image", "a", "--repository", "\(Self.registry)/a"], "--image NAME:TAG is needed")
        try await script.refuses(["--image"], "--image needs a value")
        try await script.refuses(["--force"], "unknown argument --force")
    }

    @Test("refuses an image that runs as root, and a repository that is missing")
    func refusals() async throws {
        let root = Self.script("[[ \"$*\" != *Config.User* ]] || { echo 0; exit 0; }")
        try await root.refuses(Self.arguments, "claims:1f0c runs as root", code: 1)
        let missing = Self.script("[[ \"$*\" != *list-images* ]] || exit 254")
        try await missing.refuses(Self.arguments, "the repository claims/report cannot be read", code: 1)
    }

    @Test("images go up after the cluster, and each has a repository in the stack")
    func order() throws {
        let account = Stack.account.map(\.name)
        #expect(account.firstIndex(of: "cluster")! < account.firstIndex(of: "cluster-images")!)
        #expect(ClusterImages().dependencies == ["cluster"])
        let variables = try String(
            contentsOfFile: "\(Project.root)/terraform/stacks/cluster/variables.tf", encoding: .utf8)
        for (repository, _) in ClusterImages.places { #expect(variables.contains("\"\(repository)\"")) }
    }

    @Test("reads the versions that seeding printed, and refuses any other line")
    func seed() throws {
        let text = "image_tag = \"2.0.0-7ee40b54\"\njobs_tag  = \"jobs-1.0.0-1f0c5a3e\"\n"
        #expect(
            try ModelHostingOnAccount.parse(text) == [
                "image_tag": "2.0.0-7ee40b54", "jobs_tag": "jobs-1.0.0-1f0c5a3e",
            ])
        #expect(throws: HarnessError.self) { try ModelHostingOnAccount.parse("image_tag = latest\n") }
    }

    @Test("a script finds the given Python before the one beside the docker")
    func searchPath() throws {
        let folders = RepositoryScript.searchPath(
            docker: "/usr/bin/docker", programs: ["/tools/check/bin"], inherited: "/usr/bin:/bin"
        ).split(separator: ":")
        #expect(folders.first == "/tools/check/bin")
        #expect(folders[1] == "/usr/bin")
    }
}
