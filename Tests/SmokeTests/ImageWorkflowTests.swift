import Foundation
import TestSupport
import Testing

@testable import DocumentModels
@testable import HarnessSupport
@testable import Tooling

/// The steps of `.github/workflows/image.yaml`, which are scripts, as its jobs run them.
@Suite("The steps of the image workflow", .heavy, .timeLimit(.minutes(60)))
struct ImageWorkflowTests {
    private static let module = "terraform/modules/golden-image"
    private static let arn = "arn:aws:imagebuilder:eu-west-1:111122223333"

    private static func publish(_ event: String) -> RecordedScript {
        var script = RecordedScript(path: module + "/ci/publish.sh", programs: ["aws"])
        script.system += ["python3"]
        script.environment = ["AWS_REGION": "eu-west-1", "GITHUB_EVENT_NAME": event]
        script.answer = """
            case "$*" in
              sts*) printf '111122223333\\tarn:aws:sts::111122223333:assumed-role/workstation-image-publish/GitHubActions\\n' ;;
              s3api*) while [ "$1" != --body ]; do shift; done; cp "$2" "$KEPT" ;;
              imagebuilder*) echo \(arn):image/workstation-image/1.0.7/3 ;;
            esac
            """
        return script
    }

    @Test("a merge hands the roles to the pipeline and starts it")
    func merge() async throws {
        try await withScratch { folder in
            var script = Self.publish("push")
            script.environment["KEPT"] = folder + "/ansible.json"
            let result = try await script("workstation-image")
            #expect(result.code == 0, "\(result.err)")
            #expect(result.out.contains("\(Self.arn):image/workstation-image/1.0.7/3 is being built"))
            #expect(result.calls.count == 3)
            #expect(
                result.calls[1].hasPrefix(
                    "aws s3api put-object --bucket workstation-image-source-111122223333-eu-west-1 --key ansible.json ")
            )
            #expect(
                result.calls[2].hasSuffix(
                    "--image-pipeline-arn \(Self.arn):image-pipeline/workstation-image"))
            // What Terraform writes at first has the same files.
            let source = try String(contentsOfFile: "\(Project.root)/\(Self.module)/source.tf", encoding: .utf8)
            let kinds = try #require(source.firstMatch(of: /\*\*\/\*\.\{([a-z0-9,]+)\}/)).1.split(separator: ",")
            let content = "\(Project.root)/\(Self.module)/ansible"
            let files = try FileManager.default.subpathsOfDirectory(atPath: content).filter {
                kinds.contains(Substring($0.pathExtension))
            }
            let handed =
                try JSONValue(
                    parsing: String(contentsOfFile: folder + "/ansible.json", encoding: .utf8))?.object ?? [:]
            #expect(handed.keys.sorted() == files.sorted())
            #expect(
                try handed["playbook.yml"]?.string == String(contentsOfFile: content + "/playbook.yml", encoding: .utf8)
            )
        }
    }

    @Test("a pull request publishes nothing", arguments: ["pull_request", "pull_request_target"])
    func pullRequest(event: String) async throws {
        let result = try await Self.publish(event)("workstation-image")
        #expect(result.code == 1 && result.calls == [])
        #expect(result.err == "publish.sh: a pull request must not publish an image: merge it first\n")
    }

    @Test("refuse what they cannot use, in one line")
    func refusals() async throws {
        try await Self.publish("push").refuses([], "name one image")
        try await Self.publish("push").refuses(["Image*"], "name one image")
        try await RecordedScript(path: Self.module + "/ci/apply.sh").refuses(["jenkins"], "'jenkins' is not a role")
        try await RecordedScript(path: Self.module + "/ci/apply.sh").refuses([], "name one role")
        try await RecordedScript(path: Self.module + "/ci/lint.sh").refuses(["all"], "unknown argument 'all'")
        for script in ["lint", "apply", "publish"] {
            let help = try await RecordedScript(path: "\(Self.module)/ci/\(script).sh")("--help")
            #expect(help.code == 0 && help.out.contains("Example"), "\(script).sh --help")
        }
    }

    @Test("lint and apply pass, and fail on a broken role")
    func check() async throws {
        guard geteuid() == 0 else { try skip("a chroot needs root") }
        guard Toolbox.onPath("debootstrap") != nil else { try skip("debootstrap is not on the PATH") }
        _ = try await Toolbox(home: Project.home).path(of: .ansible)
        let uv = Project.home.tools + "/uv-\(Pins.uv.digest)/bin"
        let path = "\(uv):\(ProcessInfo.processInfo.environment["PATH"] ?? "")"
        try await withScratch { folder in
            for part in [Self.module, "Sources/Harness/Tooling/Pins"] {
                try FileManager.default.createDirectory(
                    atPath: "\(folder)/\(part)".parentPath, withIntermediateDirectories: true)
                try FileManager.default.copyItem(atPath: "\(Project.root)/\(part)", toPath: "\(folder)/\(part)")
            }
            func run(_ script: String, _ arguments: String...) async throws -> HarnessProcess.Result {
                try await HarnessProcess(
                    arguments, in: folder, environment: ["PATH": path, "UV_CACHE_DIR": Project.home.downloads + "/uv"],
                    executable: "\(folder)/\(Self.module)/ci/\(script).sh"
                ).run()
            }
            let lint = try await run("lint")
            #expect(lint.code == 0 && lint.stdout.contains("no finding"), "\(lint.stdout)\(lint.stderr)")
            let apply = try await run("apply", "prometheus")
            guard !apply.stderr.contains("debootstrap:") else { try skip("\(apply.stderr)") }
            #expect(apply.code == 0 && apply.stdout.contains("prometheus is sound"), "\(apply.stdout)\(apply.stderr)")

            let file = "\(folder)/\(Self.module)/ansible/roles/workstation/tasks/users.yml"
            let text = try String(contentsOfFile: file, encoding: .utf8)
            try text.replacing("ansible.builtin.getent", with: "getent")
                .write(toFile: file, atomically: true, encoding: .utf8)
            #expect(try await run("lint").code != 0)
            try text.replacing("state: absent", with: "state: present")
                .write(toFile: file, atomically: true, encoding: .utf8)
            #expect(try await run("apply", "prometheus").code != 0)
        }
    }
}
