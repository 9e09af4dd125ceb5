import Foundation
import TestSupport
import Testing

@testable import BuiltInRules
@testable import CheckCommands
@testable import HarnessSupport
@testable import Submission
@testable import Tooling

@Suite("scripts/submission.sh")
struct SubmissionTests {
    private static let script = "scripts/submission.sh"
    private static let archives = ["submission.zip"] + "abcde".map { "submission-\($0).zip" }

    private static func git(_ arguments: String..., in folder: String) async throws {
        let identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"]
        let output = try await Command("git", ["-C", folder] + identity + arguments).run()
        try #require(output.isSuccess, "\(output.stderr)")
    }

    private static func pack(_ project: String, to out: String, zone: String = "UTC") async throws
        -> HarnessProcess.Result
    {
        try await HarnessProcess(
            ["--out", out], environment: ["TZ": zone], executable: "\(project)/\(script)"
        ).run()
    }

    /// The names in an archive, without the folder that all of them are in.
    private static func names(_ archive: String) async throws -> Set<String> {
        let list = try await Command(
            "python3",
            ["-c", "import sys, zipfile; print('\\n'.join(zipfile.ZipFile(sys.argv[1]).namelist()))", archive]
        ).run()
        try #require(list.isSuccess, "\(list.stderr)")
        return Set(
            list.stdout.split(separator: "\n").map(String.init).filter { !$0.hasSuffix("/") }.map {
                $0.split(separator: "/").dropFirst().joined(separator: "/")
            })
    }

    /// A repository with the real catalogue, a file for each artifact that it names, and more that is not committed.
    private static func withProject(
        _ body: (_ project: String, _ out: String, _ asks: [Catalogue.Ask]) async throws -> Void
    )
        async throws
    {
        let catalogue = try String(contentsOfFile: "\(Project.root)/\(Catalogue.file)", encoding: .utf8)
        let asks = try Catalogue(Array(catalogue.utf8)).asks
        try await withScratch { folder in
            let project = folder + "/a project"
            var files = [".gitignore": "ignored\n", "LICENSE": "l\n", "unnamed/file": "u\n"]
            for path in asks.flatMap(\.artifacts).map(\.path) {
                files[
                    path.lastPathPart.contains(".")
                        || ["Jenkinsfile", "Containerfile", "Makefile"]
                            .contains(path.lastPathPart)
                        ? path : path + "/file"] = path
            }
            files[Catalogue.file] = catalogue
            files[script] = try String(contentsOfFile: "\(Project.root)/\(script)", encoding: .utf8)
            try write(Dictionary(uniqueKeysWithValues: files.map { ("a project/\($0)", $1) }), to: folder)
            for out in ["one", "two"] {
                try FileManager.default.createDirectory(atPath: "\(folder)/\(out)", withIntermediateDirectories: true)
            }
            try await git("init", "-q", in: project)
            try await git("add", "-A", in: project)
            try await git("commit", "-q", "-m", "all", in: project)
            try await body(project, folder, asks)
        }
    }

    @Test("gives the same bytes twice, whatever the time zone, and only what is committed")
    func repeats() async throws {
        try await Self.withProject { project, out, _ in
            let first = try await Self.pack(project, to: out + "/one")
            #expect(first.code == 0 && first.stderr == "", "\(first.stderr)")
            let committed = try await Self.names(out + "/one/submission.zip")
            try write(["ignored": "", "k8s/new": "", "LICENSE": "changed\n"], to: project)
            let second = try await Self.pack(project, to: out + "/two", zone: "Asia/Tokyo")
            #expect(second.code == 0 && second.stdout == first.stdout)
            #expect(second.stderr == "submission.sh: what is not committed is not in it\n")
            for archive in Self.archives {
                let bytes = try ["one", "two"].map {
                    try Data(contentsOf: URL(fileURLWithPath: "\(out)/\($0)/\(archive)"))
                }
                #expect(bytes[0] == bytes[1], "\(archive)")
                #expect(try await Self.names("\(out)/two/\(archive)").isSubset(of: committed), "\(archive)")
            }
            #expect(committed.contains("unnamed/file") && !committed.contains("k8s/new"))
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: out + "/two").sorted() == Self.archives.sorted())
        }
    }

    @Test("gives each exercise its artifacts and the pages, and not the rest")
    func exercises() async throws {
        try await Self.withProject { project, out, asks in
            let result = try await Self.pack(project, to: out + "/one")
            #expect(result.code == 0, "\(result.stderr)")
            for letter in ["A", "B", "C", "D", "E"] {
                let names = try await Self.names("\(out)/one/submission-\(letter.lowercased()).zip")
                for path in asks.filter({ $0.id.hasPrefix(letter) }).flatMap(\.artifacts).map(\.path) {
                    #expect(names.contains(path) || names.contains(path + "/file"), "\(letter) \(path)")
                }
                for page in ["README.md", "SUBMISSION.md", "LICENSE", "docs/processor.md"] {
                    #expect(names.contains(page))
                }
                #expect(!names.contains("unnamed/file"))
            }
        }
    }

    @Test("refuses in one line, and leaves nothing")
    func refuses() async throws {
        try await Self.withProject { project, out, _ in
            let nowhere = try await Self.pack(project, to: out + "/none")
            #expect(nowhere.code == 2 && nowhere.stderr == "submission.sh: there is no folder \(out)/none\n")
            try write([Catalogue.file: "asks:\n  - id: A1\n    artifacts: [LICENSE]\n"], to: project)
            try await Self.git("commit", "-aqm", "less", in: project)
            let less = try await Self.pack(project, to: out + "/one")
            #expect(less.code == 1)
            #expect(less.stderr == "submission.sh: requirements.yaml names no artifact of exercise B\n")
            #expect(try FileManager.default.contentsOfDirectory(atPath: out + "/one") == [])
        }
    }
}
