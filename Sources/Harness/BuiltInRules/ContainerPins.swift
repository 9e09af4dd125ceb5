import CheckCore
import HarnessSupport

/// Checks that images pin their base images by digest and their Python packages by hash.
struct ContainerPins: Check {
    let name = "container-pins"
    let summary = "image builds pin base images by digest and Python packages by hash"

    func subjects(in repository: Repository) -> [Subject] {
        repository.artifacts(of: .containerfile).map { Subject(file: $0.path) }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        subjects.flatMap { subject -> [Finding] in
            let lines = context.repository.text(of: subject.path)?.lines ?? []
            return bases(lines).map { line, base in
                Finding(
                    rule: "\(name)/base", severity: .warning, path: subject.path, line: line,
                    message: "the base image \(base) is not pinned by digest",
                    remedy: "add its digest: \(base)@sha256:…")
            }
                + unhashed(lines).map { line in
                    Finding(
                        rule: "\(name)/hashes", severity: .warning, path: subject.path, line: line,
                        message: "packages are installed without hashes", remedy: "use pip install --require-hashes"
                    )
                }
        }
    }

    /// Base images without a digest, in `FROM` and in the arguments that `FROM` refers to.
    private func bases(_ lines: [Substring]) -> [(Int, String)] {
        var stages: Set<String> = ["scratch"]
        var found: [(Int, String)] = []
        for (index, line) in lines.enumerated() {
            let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
            var base: String?
            if words.first == "FROM", let image = words.dropFirst().first(where: { !$0.hasPrefix("--") }) {
                base = image.contains("$") || stages.contains(image) ? nil : image
                if words.count > 2, words[words.count - 2].lowercased() == "as" {
                    stages.insert(words[words.count - 1])
                }
            } else if words.first == "ARG", stages.count == 1, words.count > 1,
                let value = words[1].split(separator: "=", maxSplits: 1).dropFirst().first,
                value.contains(":") || words[1].contains("IMAGE")
            {
                base = String(value)
            }
            if let base, !base.contains("@sha256:") { found.append((index + 1, base)) }
        }
        return found
    }

    /// First lines of instructions that install a requirements file without `--require-hashes`.
    private func unhashed(_ lines: [Substring]) -> [Int] {
        var found: [Int] = []
        var instruction = ""
        var start = 1
        for (index, line) in lines.enumerated() {
            if instruction.isEmpty { start = index + 1 }
            instruction += line + " "
            if line.hasSuffix("\\") { continue }
            if instruction.contains(/pip3? install/), instruction.contains(/\s(--requirement|-r)\s/),
                !instruction.contains("--require-hashes")
            {
                found.append(start)
            }
            instruction = ""
        }
        return found
    }

    var explanations: [String: String] {
        [
            "base":
                "The base image is named by a tag, and a tag can move. A digest makes each build start from the same bytes.",
            "hashes":
                "Packages are installed without hashes. A changed or replaced package would enter the image unnoticed. Source: https://pip.pypa.io/en/stable/topics/secure-installs/",
        ]
    }

    var examples: [Example] {
        let digest = "@sha256:" + String(repeating: "0", count: 64)
        func file(_ text: String) -> [String: String] { ["Containerfile": text] }
        return [
            .sound("a base by its digest", file("FROM debian:12\(digest) AS a\nFROM a\n")),
            .sound(
                "an argument with a digest, and one without a value", file("ARG B=a:1\(digest)\nARG C\nFROM ${B}\n")),
            .sound(
                "hashes", file("FROM scratch\nRUN pip install \\\n  --require-hashes --requirement a.txt\n")),
            .broken("a base by its tag", file("FROM debian:12\n"), triggers: "base"),
            .broken("an argument by its tag", file("ARG B=debian:12\nFROM ${B}\n"), triggers: "base"),
            .broken("no hashes", file("FROM scratch\nRUN pip install \\\n  -r a.txt\n"), triggers: "hashes"),
        ]
    }
}
