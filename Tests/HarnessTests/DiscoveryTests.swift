import Foundation
import TestSupport
import Testing

@testable import CheckCore
@testable import HarnessSupport
@testable import Submission
@testable import Tooling

@Suite("Discovery")
struct DiscoveryTests {
    private static func git(_ arguments: String..., in folder: String) async throws {
        let identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"]
        let output = try await Command("git", ["-C", folder] + identity + arguments).run()
        try #require(output.isSuccess, "\(output.stderr)")
    }

    private static func paths(_ folder: String) async throws -> [String] {
        try await Discovery.repository(at: folder).artifacts.map(\.path)
    }

    @Test("lists tracked and untracked files, but not ignored or deleted ones")
    func workTree() async throws {
        try await withScratch { folder in
            try await Self.git("init", "-q", in: folder)
            try write([".gitignore": "*.log\nbuild/\n", "a.tf": "", "gone.tf": "", "sub/b.tf": ""], to: folder)
            try await Self.git("add", "-A", in: folder)
            try await Self.git("commit", "-qm", "one", in: folder)
            try write(["new.tf": "", "x.log": "", "build/c.tf": "", "sub/y.log": "", "forced.log": ""], to: folder)
            try await Self.git("add", "-f", "forced.log", in: folder)
            try FileManager.default.removeItem(atPath: folder + "/gone.tf")
            let repository = try await Discovery.repository(at: folder)
            #expect(repository.artifacts.map(\.path) == [".gitignore", "a.tf", "forced.log", "new.tf", "sub/b.tf"])
            #expect(repository.problems == [])
            #expect(Discovery.root(of: folder + "/sub/b.tf") == folder)
        }
    }

    @Test("lists a file with a merge conflict once")
    func conflict() async throws {
        try await withScratch { folder in
            try await Self.git("init", "-q", in: folder)
            for (branch, text) in [("main", "0"), ("one", "1"), ("two", "2")] {
                if branch != "main" { try await Self.git("checkout", "-q", "-b", branch, "main", in: folder) }
                try write(["a.tf": text], to: folder)
                try await Self.git("add", "a.tf", in: folder)
                try await Self.git("commit", "-qm", branch, in: folder)
            }
            _ = try await Command("git", ["-C", folder, "merge", "-q", "one"]).run()
            #expect(try await Self.paths(folder) == ["a.tf"])
        }
    }

    @Test("outside git lists every file but build output")
    func plainFolder() async throws {
        try await withScratch { folder in
            try write(
                [
                    "a.tf": "", "sub/deep/b.sh": "", ".hidden": "", ".terraform/c.tf": "", "node_modules/d.json": "",
                    "sub/.venv/e.py": "", ".harness/f.json": "",
                ], to: folder)
            #expect(try await Self.paths(folder) == [".hidden", "a.tf", "sub/deep/b.sh"])
            #expect(Discovery.root(of: folder + "/a.tf") == folder)
            #expect(Discovery.root(of: folder) == folder)
        }
    }

    @Test("reports why git refuses a folder")
    func brokenWorkTree() async throws {
        try await withScratch { folder in
            try write([".git": "gitdir: nowhere\n", "a.tf": ""], to: folder)
            let error = await #expect(throws: HarnessError.self) { try await Discovery.repository(at: folder) }
            #expect(error?.message.contains(folder) == true)
            #expect(error?.remedy != nil)
        }
    }

    @Test("reports broken and circular links, and follows no links", arguments: [false, true])
    func links(inGit: Bool) async throws {
        try await withScratch { folder in
            if inGit { try await Self.git("init", "-q", in: folder) }
            try write(["sub/a.tf": ""], to: folder)
            let links = ["loop": "loop", "one": "two", "two": "one", "gone": "missing", "up": ".", "fine": "sub/a.tf"]
            for (name, target) in links {
                try FileManager.default.createSymbolicLink(
                    atPath: folder + "/" + name, withDestinationPath: target)
            }
            try FileManager.default.createSymbolicLink(
                atPath: folder + "/sub/parent", withDestinationPath: "..")
            let repository = try await Discovery.repository(at: folder)
            #expect(repository.artifacts.map(\.path) == ["sub/a.tf"])
            #expect(Set(repository.problems.map(\.path)) == ["loop", "one", "two", "gone"])
            #expect(Set(repository.problems.map(\.rule)) == ["discovery/broken-link"])
        }
    }

    @Test("keeps file names unchanged", arguments: [false, true])
    func names(inGit: Bool) async throws {
        try await withScratch { folder in
            if inGit { try await Self.git("init", "-q", in: folder) }
            let names = [
                "a b/c d.tf", "größe/日本.sh", "new\nline.yaml", "-dash.sh", "quote'\"\\.json", " lead.md",
                "tab\there.py",
                "*.tf", "e\u{301}.md", "🚀.yml", "a\r\nb.txt",
            ]
            try write(Dictionary(uniqueKeysWithValues: names.map { ($0, "") }), to: folder)
            let repository = try await Discovery.repository(at: folder)
            #expect(Set(repository.artifacts.map(\.path)) == Set(names))
            #expect(repository.artifacts.count == names.count)
            #expect(repository.problems == [])
        }
    }

    @Test("reports a file whose name is not UTF-8 without reading it", arguments: [false, true])
    func misnamed(inGit: Bool) async throws {
        try await withScratch { folder in
            if inGit { try await Self.git("init", "-q", in: folder) }
            try write(["a.tf": ""], to: folder)
            let name = Array((folder + "/b").utf8CString.dropLast()) + [CChar(bitPattern: 0xFF), 0]
            let file = open(name, O_CREAT | O_WRONLY, 0o644)
            guard file >= 0 else { try skip("this file system takes no such name") }
            close(file)
            let repository = try await Discovery.repository(at: folder)
            #expect(repository.artifacts.map(\.path) == ["a.tf"])
            #expect(repository.problems.map(\.rule) == ["discovery/name"])
            #expect(repository.problems.map(\.severity) == [.error])
        }
    }

    @Test("skips pipes and sockets", .timeLimit(.minutes(60)))
    func pipes() async throws {
        try await withScratch { folder in
            mkfifo(folder + "/pipe.yaml", 0o644)
            try write(["a.yaml": ""], to: folder)
            #expect(try await Self.paths(folder) == ["a.yaml"])
        }
    }

    @Test("reports unreadable folders and files, and the check fails", arguments: [false, true])
    func unreadable(inGit: Bool) async throws {
        try await withScratch { folder in
            let project = folder + "/project"
            try write(["a.json": "{}\n", "closed/b.json": "{}\n", "secret.json": "{}\n"], to: project)
            if inGit { try await Self.git("init", "-q", in: project) }
            for name in ["closed", "secret.json"] { chmod(project + "/" + name, 0) }
            defer { chmod(project + "/closed", 0o755) }
            try FileManager.default.createDirectory(atPath: folder + "/home", withIntermediateDirectories: true)
            chmod(folder + "/home", 0o777)
            let result = try await HarnessProcess(
                ["check", project, "--format", "json"], in: folder,
                environment: [
                    "PATH": try linkTools(["git"], into: folder + "/bin"), "HARNESS_HOME": folder + "/home",
                    "HOME": folder + "/home", "LC_ALL": nil, "LANG": "de_DE.UTF-8",
                    "LANGUAGE": "de",
                    // The work tree belongs to another user, which git refuses unless told otherwise.
                    "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*",
                ],
                user: getuid() == 0 ? 65_534 : nil, executable: try Self.executableForAnyone(beside: folder)
            ).run()
            #expect(result.code == 1, "\(result.stderr)")
            let report = try JSONDecoder().decode(FoundFindings.self, from: Data(result.stdout.utf8))
            #expect(Set(report.findings.map(\.path)) == ["closed", "secret.json"])
            #expect(Set(report.findings.map(\.rule)) == ["discovery/unreadable"])
        }
    }

    private struct FoundFindings: Decodable { let findings: [Finding] }

    /// The executable, or a copy of it where it lies in a folder that only its owner may enter.
    private static func executableForAnyone(beside folder: String) throws -> String {
        let files = FileManager.default
        var parent = URL(fileURLWithPath: Project.executable)
        repeat {
            parent.deleteLastPathComponent()
            let mode = try files.attributesOfItem(atPath: parent.path)[.posixPermissions] as? Int ?? 0
            guard mode & 0o001 == 0 else { continue }
            let build = URL(fileURLWithPath: Project.executable).deletingLastPathComponent().path
            for name in try files.contentsOfDirectory(atPath: build)
            where name == "harness" || name.hasSuffix(".resources") || name.hasSuffix(".bundle") {
                try files.copyItem(atPath: build + "/" + name, toPath: folder + "/" + name)
            }
            return folder + "/harness"
        } while parent.path != "/"
        return Project.executable
    }
}
