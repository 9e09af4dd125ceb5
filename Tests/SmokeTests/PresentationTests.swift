import Foundation
import TestSupport
import Testing

@testable import CheckCommands
@testable import HarnessSupport
@testable import Submission
@testable import Tooling

@Suite("The slides")
struct PresentationTests {
    private static let folder = "azure-devops/presentation"

    /// Builds a copy of the slides, changed by `change`, into a folder of its own.
    private static func build(
        in scratch: String, _ change: (String) -> String = { $0 }
    ) async throws -> HarnessProcess.Result {
        for path in [folder, "azure-devops/steps"] {
            let copy = "\(scratch)/project/\(path)"
            try FileManager.default.createDirectory(atPath: copy.parentPath, withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: "\(Project.root)/\(path)", toPath: copy)
        }
        let slides = "\(scratch)/project/\(folder)/slides.md"
        let text = try String(contentsOfFile: slides, encoding: .utf8)
        try write(["slides.md": change(text)], to: slides.parentPath)
        return try await HarnessProcess(
            ["--out", "\(scratch)/out"], executable: "\(scratch)/project/\(folder)/build.sh"
        ).run()
    }

    @Test("become a presentation whose pages all have notes with their time")
    func presentation() async throws {
        for program in ["pandoc", "soffice", "rsvg-convert"] {
            guard try await Command("sh", ["-c", "command -v \(program)"]).run().isSuccess else {
                try skip("\(program) is not on this machine")
            }
        }
        try await withScratch { scratch in
            let result = try await Self.build(in: scratch)
            try #require(result.code == 0, "\(result.stderr)")
            #expect(try Data(contentsOf: URL(fileURLWithPath: scratch + "/out/claims.pdf")).starts(with: "%PDF".utf8))
            let look = """
                import re, sys, zipfile
                deck = zipfile.ZipFile(sys.argv[1])
                names = deck.namelist()
                slides = [name for name in names if re.match(r"ppt/slides/slide\\d+.xml", name)]
                notes = [name for name in names if re.match(r"ppt/notesSlides/notesSlide\\d+.xml", name)]
                timed = [name for name in notes if re.search(r"[0-9.]+ min\\.", deck.read(name).decode())]
                print(len(slides), len(timed), len([name for name in names if name.endswith(".png")]))
                """
            let counts = try await Command("python3", ["-c", look, scratch + "/out/claims.pptx"]).run()
            let text = try String(contentsOfFile: "\(Project.root)/\(Self.folder)/slides.md", encoding: .utf8)
            let pages = text.lines.count { $0.hasPrefix("## ") }
            let pictures = text.lines.count { $0.hasPrefix("![") }
            #expect(counts.stdout == "\(pages + 1) \(pages) \(pictures)\n", "\(counts.stderr)")
        }
    }

    @Test(
        "are refused where the talk would take too long or too short",
        arguments: [(" min.", "0 min."), (" min.", " minutes.")])
    func time(_ before: String, _ after: String) async throws {
        try await withScratch { scratch in
            let result = try await Self.build(in: scratch) { $0.replacing(before, with: after) }
            #expect(result.code == 1)
            #expect(
                result.stderr.contains(/^build\.sh: the notes add up to [\d.]+ minutes; the talk takes 15 to 25\n$/))
            #expect(!FileManager.default.fileExists(atPath: scratch + "/out"))
        }
    }
}
