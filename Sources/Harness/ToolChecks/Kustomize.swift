import CheckCore
import DocumentModels
import KubernetesModel
import Tooling

/// Checks that every overlay builds with kubectl's kustomize.
struct Kustomize: Check {
    let name = "kustomize"
    let summary = "every overlay builds, and every file in it exists"
    let tools = [Tool.kubectl]
    let isBatched = false

    func subjects(in repository: Repository) -> [Subject] {
        let kustomizations = repository.kustomizations
        return kustomizations.overlays.map { Subject(path: $0.path, inputs: kustomizations.files(of: $0)) }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        let all = context.repository.kustomizations
        var findings: [Finding] = []
        for overlay in all.overlays where subjects.contains(where: { $0.path == overlay.path }) {
            let parts = all.closure(of: overlay)
            let absent = parts.flatMap { missingFiles($0, all, context.repository) }
            findings += absent
            switch try await context.repository.renderings.rendering(of: overlay, in: context) {
            case .objects(let objects, let warnings):
                findings += deprecated(warnings, parts) + targets(parts, objects, context.repository)
                findings += unusedImages(parts, objects, context.repository)
            case .refused(let text):
                // The build error of a missing file would repeat the finding.
                if absent.isEmpty { findings.append(refusal(text, overlay, parts, context.repository)) }
            }
        }
        return findings
    }

    private func missingFiles(_ part: Kustomization, _ all: Kustomizations, _ repository: Repository) -> [Finding] {
        part.entries.filter { $0.use != .remote }.compactMap { entry in
            if let path = entry.path, all.byFolder[path] != nil || repository.contains(path) { return nil }
            return Finding(
                rule: "\(name)/missing-file", path: part.path, line: entry.line,
                message: "\(entry.text) is neither a file nor a folder with a kustomization",
                remedy: "correct the path, or remove the entry")
        }
    }

    /// kustomize silently ignores a patch without a target. In a component the patch may target objects of other
    /// overlays.
    private func targets(_ parts: [Kustomization], _ built: [KubeObject], _ repository: Repository) -> [Finding] {
        let files = parts.flatMap(\.entries).filter { $0.use == .resource }.compactMap(\.path)
        let objects = built + files.flatMap { repository.objects(in: $0) }
        let whole = parts.filter { !$0.isComponent }
        return whole.flatMap { part in
            (part.root?["patches"]).elements.compactMap { patch -> Finding? in
                // All other names are patterns.
                guard let place = patch["target", "name"], place.text.contains(/^[a-z0-9.\-]+$/) else { return nil }
                let kind = patch["target", "kind"]?.text
                let isThere = objects.contains {
                    (kind == nil || $0.kind == kind) && "-\($0.name)-".contains("-\(place.text)-")
                }
                if isThere { return nil }
                return Finding(
                    rule: "\(name)/target", path: part.path, line: place.line,
                    message: "patch target \(kind ?? "object") \(place.text) not found; the patch has no effect",
                    remedy: "correct the target, or remove the patch")
            }
        }
    }

    /// kustomize silently ignores an image entry that no object uses. In a component the entry may apply to other
    /// overlays.
    ///
    /// Source: kustomize/api/filters/imagetag, which compares the name before the tag or digest.
    private func unusedImages(_ parts: [Kustomization], _ built: [KubeObject], _ repository: Repository) -> [Finding] {
        if parts.contains(where: { $0.entries.contains { $0.use == .remote } }) { return [] }
        let files = Set(parts.flatMap(\.entries).filter { $0.use != .remote }.compactMap(\.path))
        let texts = files.sorted().compactMap { repository.text(of: $0) }
        let renamed = Set(parts.flatMap { ($0.root?["images"]).elements.compactMap { $0["newName"]?.text } })
        let used = built.flatMap { $0.node.imageNames }
        return parts.filter { !$0.isComponent }.flatMap { part in
            (part.root?["images"]).elements.compactMap { image -> Finding? in
                guard let place = image["name"], place.text.contains(/^[\w.\-\/:]+$/), !renamed.contains(place.text),
                    !used.contains(place.text), !texts.contains(where: { $0.contains(place.text) })
                else { return nil }
                return Finding(
                    rule: "\(name)/image", path: part.path, line: place.line,
                    message: "no object has the image \(place.text): the entry has no effect",
                    remedy: "write the image name of the manifest, without tag or digest")
            }
        }
    }

    /// `# Warning: 'commonLabels' is deprecated. Please use 'labels' instead. …`
    private func deprecated(_ warnings: String, _ parts: [Kustomization]) -> [Finding] {
        warnings.split(separator: "\n").flatMap { line -> [Finding] in
            guard let match = line.firstMatch(of: /Warning: '(\w+)' is deprecated\.(.*?)(?:Run 'kustomize|$)/) else {
                return []
            }
            return parts.compactMap { part in
                part.root.entries.first { $0.key.text == match.1 }.map { entry in
                    Finding(
                        rule: "\(name)/deprecated", severity: .warning, path: part.path, line: entry.key.line,
                        message: "`\(match.1)` is deprecated",
                        remedy: match.2.trimmingPrefix(while: \.isWhitespace).description)
                }
            }
        }
    }

    /// Reports at the patch or entry that the message names, else at the overlay's first line.
    private func refusal(
        _ text: String, _ overlay: Kustomization, _ parts: [Kustomization], _ repository: Repository
    ) -> Finding {
        let message = Self.reason(text)
        var place = (overlay.path, 1)
        for part in parts {
            for entry in part.entries where text.contains("'\(entry.text)'") || text.contains("\"\(entry.text)\"") {
                place = (part.path, entry.line)
            }
        }
        // `no matches for Id Deployment.v1.apps/web.[noNs]; failed to find unique target for patch Deployment.v1.apps/web.[noNs]`
        if let match = text.firstMatch(of: /for patch (\w+)\.[\w.]+\/([\w-]+)\./) {
            for part in parts {
                for file in part.entries.filter({ $0.use == .patch }).compactMap(\.path) {
                    for object in repository.objects(in: file) where object.kind == match.1 && object.name == match.2 {
                        place = (file, object.node["metadata", "name"]?.line ?? 1)
                    }
                }
            }
        }
        // `invalid Kustomization: json: unknown field "resource"`
        if let match = text.firstMatch(of: /unknown field "(\w+)"/) {
            for part in parts {
                if let entry = part.root.entries.first(where: { $0.key.text == match.1 }) {
                    place = (part.path, entry.key.line)
                }
            }
        }
        return Finding(
            rule: "\(name)/build", path: place.0, line: place.1, message: "\(overlay.path) does not build: \(message)")
    }

    private static func reason(_ text: String) -> String {
        let line = text.split(separator: "\n").first { !$0.hasPrefix("#") && !$0.allSatisfy(\.isWhitespace) } ?? ""
        // klog's prefix and quotes around the message.
        if let match = line.firstMatch(of: /err="(.*)"$/) { return String(match.1).replacing("\\\"", with: "\"") }
        return String(line.trimmingPrefix("error: "))
    }

    var explanations: [String: String] {
        [
            "build":
                "The overlay does not build.",
            "deprecated":
                "The kustomization uses a field that a later kustomize removes.",
            "image":
                "No object has the image that the entry replaces, so the entry has no effect.",
            "missing-file":
                "The kustomization names a file or folder that does not exist.",
            "target":
                "No object matches the target of a patch, so the patch has no effect.",
        ]
    }

    var examples: [Example] {
        let map = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata: {x: \"1\"}\n"
        func files(_ kustomization: String, _ more: [String: String] = [:]) -> [String: String] {
            ["kustomization.yaml": kustomization, "a.yaml": map].merging(more) { $1 }
        }
        func patched(_ name: String) -> [String: String] {
            files(
                "resources: [a.yaml]\nnamePrefix: x-\npatches:\n  - target: {kind: ConfigMap, name: \(name)}\n    patch: '[{\"op\": \"replace\", \"path\": \"/data/x\", \"value\": \"b\"}]'\n"
            )
        }
        func images(_ name: String) -> [String: String] {
            [
                "kustomization.yaml": "resources: [pod.yaml]\nimages: [{name: \(name), newTag: \"2\"}]\n",
                "pod.yaml":
                    "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: \"registry.example.com/a/web:1\"}]}\n",
            ]
        }
        return [
            .sound("one resource", files("resources: [a.yaml]\n")),
            .sound(
                "an overlay of a base",
                [
                    "base/kustomization.yaml": "resources: [a.yaml]\n", "base/a.yaml": map,
                    "overlays/x/kustomization.yaml": "resources: [../../base]\nnamePrefix: x-\n",
                ]),
            .sound("a patch of an object by its own name", patched("a")),
            .broken("a patch of an object that does not exist", patched("aa"), triggers: "target"),
            .sound("an image of the base", images("registry.example.com/a/web")),
            .broken("an image that no object has", images("registry.example.com/web"), triggers: "image"),
            .broken("a resource that is not there", files("resources: [b.yaml]\n"), triggers: "missing-file"),
            .broken("a base that is not there", files("resources: [a.yaml, ../base]\n"), triggers: "missing-file"),
            .broken(
                "two kustomizations that include each other",
                [
                    "a/kustomization.yaml": "resources: [../b]\n",
                    "b/kustomization.yaml": "resources: [../a, c.yaml]\n",
                    "b/c.yaml": map,
                ], triggers: "build"),
            .broken("a kustomization that includes itself", files("resources: [., a.yaml]\n"), triggers: "build"),
            .broken("a misspelt field", files("resource: [a.yaml]\n"), triggers: "build"),
            .broken(
                "a patch without a target",
                files(
                    "resources: [a.yaml]\npatches: [{path: p.yaml}]\n",
                    ["p.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: b\ndata: {x: \"2\"}\n"]),
                triggers: "build"),
            .broken(
                "the same object twice", files("resources: [a.yaml, b.yaml]\n", ["b.yaml": map]), triggers: "build"),
            .broken(
                "a field that kustomize is about to drop", files("resources: [a.yaml]\ncommonLabels: {a: b}\n"),
                triggers: "deprecated"),
        ]
    }
}

extension YAMLNode {
    /// The names in every `image` field, without tag and digest.
    fileprivate var imageNames: [String] {
        let own = self["image"].map { [Self.imageName($0.text)] } ?? []
        return own + entries.flatMap { $0.value.imageNames } + elements.flatMap(\.imageNames)
    }

    private static func imageName(_ image: String) -> String {
        let name = image.prefix { $0 != "@" }
        guard let colon = name.lastIndex(of: ":"), !name[colon...].contains("/") else { return String(name) }
        return String(name[..<colon])
    }
}
