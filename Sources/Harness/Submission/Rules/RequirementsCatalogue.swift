import CheckCore
import HarnessSupport

/// `requirements.yaml` is complete, and every name in it exists.
struct RequirementsCatalogue: Check {
    let name = "requirements"
    let summary = "every ask has artifacts with proofs or a blocker, and all names in it exist"

    func subjects(in repository: Repository) -> [Subject] {
        guard let catalogue = repository.bytes(of: Catalogue.file).flatMap({ try? Catalogue($0) }) else { return [] }
        // One file represents its folder: only existence matters.
        let named = catalogue.asks.flatMap(\.artifacts).map { artifact in
            repository.artifacts.first { $0.path.isWithin(artifact.path) }?.path ?? artifact.path
        }
        let inputs = [Catalogue.file] + named + KnownProofs.files(in: repository)
        return [Subject(path: Catalogue.file, inputs: Set(inputs).sorted())]
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        let repository = context.repository
        guard let bytes = repository.bytes(of: Catalogue.file), let catalogue = try? Catalogue(bytes) else {
            return []  // `yaml` says where it does not parse.
        }
        let names = KnownProofs(in: repository)
        var findings = catalogue.problems.map {
            Finding(rule: "\(name)/field", path: Catalogue.file, line: $0.line, message: $0.message, remedy: $0.remedy)
        }
        func add(_ rule: String, _ line: Int, _ message: String, _ remedy: String) {
            findings.append(
                Finding(rule: "\(name)/\(rule)", path: Catalogue.file, line: line, message: message, remedy: remedy))
        }
        let ids = catalogue.asks.map(\.id)
        for id in Catalogue.ids where !ids.contains(id) {
            add("absent", 1, "\(id) is not in the catalogue", "add it, with its proofs or its blocker")
        }
        for (index, ask) in catalogue.asks.enumerated() {
            if !Catalogue.ids.contains(ask.id) {
                add("unknown", ask.line, "unknown ask \(ask.id)", "correct the id")
            }
            if ids[..<index].contains(ask.id) { add("twice", ask.line, "duplicate ask \(ask.id)", "keep one") }
            if ask.text.isEmpty { add("field", ask.line, "\(ask.id) has no text", "write `ask`") }
            if ask.proofs.isEmpty && ask.blocker == nil && ask.missing == nil {
                add(
                    "unproved", ask.line, "\(ask.id) has neither a proof nor a blocker",
                    "add its proofs, or say under `missing` what is missing")
            }
            if ask.artifacts.isEmpty && !ask.proofs.isEmpty {
                add("unproved", ask.line, "\(ask.id) has proofs but no artifacts", "name its artifacts")
            }
            for artifact in ask.artifacts
            where !repository.contains(artifact.path) && !repository.containsFolder(artifact.path) {
                add("artifact", artifact.line, "\(artifact.path) not found", "correct the path")
            }
            for proof in ask.proofs {
                if proof.level == .refused, case .assertion = proof.source {
                    add(
                        "level", proof.line, "\(proof.name) does not show that a break is detected",
                        "name a break, a test of a rejected case, or mutants")
                }
                if let problem = names.problem(of: proof.source) {
                    add("proof", proof.line, problem, "name it as its source does")
                }
            }
        }
        return findings
            + names.problems.map {
                Finding(
                    rule: "\(name)/id", path: $0.place.path, line: $0.place.line, message: $0.message,
                    remedy: $0.remedy)
            }
    }

    var examples: [Example] {
        /// Every ask with a `missing` field, except the given ones.
        func files(_ entries: String..., without: String? = nil, more: [String: String] = [:]) -> [String: String] {
            let given = entries.compactMap { $0.firstMatch(of: /id: (\w+)/).map { String($0.1) } }
            let rest = Catalogue.ids.filter { !given.contains($0) && $0 != without }.map {
                "  - {id: \($0), ask: something, missing: all of it}"
            }
            let text = "asks:\n" + (rest + entries.map { "  - \($0)" }).joined(separator: "\n") + "\n"
            return ["requirements.yaml": text, "a.sh": "true\n"].merging(more) { $1 }
        }
        let test = [
            "Tests/ATests.swift": "@Suite(\"A script\")\nstruct A {\n    @Test(\"ends\")\n    func a() {}\n}\n",
            "Tests/A+Start.swift":
                "extension A {\n    @Test(\n        \"starts\", arguments: [1])\n    func b() {}\n}\n",
        ]
        let stack = "Sources/Harness/Submission/Stack/"
        let ids = [
            "\(stack)WorkbenchVerification.swift": "Assertion(id: \"imdsv2\")\n",
            "\(stack)ClusterVerification.swift": "Assertion(id: \"no-ssh\")\n",
            "Tests/Break.swift": "Break(id: \"claims/no-memory-limit\")\nBreak(id: \"report/root\")\n",
        ]
        return [
            .sound("asks that nothing answers yet, said so", files()),
            .sound("a check", files("{id: A1, ask: b, artifacts: [a.sh], checked: [shellcheck]}")),
            .sound(
                "a test by its sentences",
                files("{id: A1, ask: b, artifacts: [a.sh], ran: [{test: A script, says: ends}]}", more: test)),
            .sound(
                "a test in an extension of its suite, in another file",
                files("{id: A1, ask: b, artifacts: [a.sh], ran: [{test: A script, says: starts}]}", more: test)),
            .sound(
                "an assertion, a break, and all of a component",
                files(
                    "{id: A1, ask: b, artifacts: [a.sh], ran: [{assertion: workbench/imdsv2}, {assertion: cluster}], "
                        + "refused: [{break: claims/no-memory-limit}, {break: claims}]}", more: ids)),
            .sound(
                "a blocker",
                files("{id: A1, ask: b, blocker: {reason: no account, tried: an emulator, around: a plan}}")),
            .broken("an id that is not there", files(without: "A1"), triggers: "absent"),
            .broken("an id that does not exist", files("{id: Z1, ask: b, missing: c}"), triggers: "unknown"),
            .broken(
                "an id twice", files("{id: A1, ask: b, missing: c}", "{id: A1, ask: b, missing: c}"), triggers: "twice"),
            .broken("neither proof nor blocker", files("{id: A1, ask: b, artifacts: [a.sh]}"), triggers: "unproved"),
            .broken(
                "an artifact that does not exist", files("{id: A1, ask: b, artifacts: [b.sh], checked: [shellcheck]}"),
                triggers: "artifact"),
            .broken(
                "a check that does not exist", files("{id: A1, ask: b, artifacts: [a.sh], checked: [shelcheck]}"),
                triggers: "proof"),
            .broken(
                "a sentence that no test says",
                files("{id: A1, ask: b, artifacts: [a.sh], ran: [{test: A script, says: begins}]}", more: test),
                triggers: "proof"),
            .broken(
                "an unknown component",
                files("{id: A1, ask: b, artifacts: [a.sh], ran: [{assertion: nothing}]}"), triggers: "proof"),
            .broken(
                "an unknown assertion",
                files("{id: A1, ask: b, artifacts: [a.sh], ran: [{assertion: workbench/imdsv3}]}", more: ids),
                triggers: "proof"),
            .broken(
                "an assertion of another component",
                files("{id: A1, ask: b, artifacts: [a.sh], ran: [{assertion: cluster/imdsv2}]}", more: ids),
                triggers: "proof"),
            .broken(
                "an unknown break",
                files("{id: A1, ask: b, artifacts: [a.sh], refused: [{break: claims/no-limit}]}", more: ids),
                triggers: "proof"),
            .broken(
                "a break of another component",
                files("{id: A1, ask: b, artifacts: [a.sh], refused: [{break: report/no-memory-limit}]}", more: ids),
                triggers: "proof"),
            .broken(
                "an assertion as proof that a break is noticed",
                files("{id: A1, ask: b, artifacts: [a.sh], refused: [{assertion: workbench/imdsv2}]}", more: ids),
                triggers: "level"),
            .broken(
                "an id twice in a component",
                files(more: [
                    "\(stack)WorkbenchVerification+B.swift": "Assertion(id: \"imdsv2\")\n",
                    "\(stack)WorkbenchVerification.swift": "↓Assertion(id: \"imdsv2\")\n",
                ]), triggers: "id"),
            .broken(
                "an id that is not in kebab case",
                files(more: ["\(stack)WorkbenchVerification.swift": "↓Assertion(id: \"IMDSv2\")\n"]), triggers: "id"),
            .broken(
                "assertions that no component has",
                files(more: ["\(stack)NewVerification.swift": "↓Assertion(id: \"a\")\n"]), triggers: "id"),
            .broken(
                "a blocker without a way around", files("{id: A1, ask: b, blocker: {reason: no account}}"),
                triggers: "field", "unproved"),
        ]
    }
}
