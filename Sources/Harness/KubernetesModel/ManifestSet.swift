import CheckCore
import HarnessSupport

/// The input of a rule on manifests: objects that are applied together, and all objects of the same cluster.
package struct ManifestSet: Sendable {
    /// An overlay's kustomization, or a folder of plain manifests.
    package let path: String
    private let own: ObjectIndex
    /// Those of this scene among them.
    private let index: ObjectIndex
    package let repository: Repository

    init(path: String, own: ObjectIndex, cluster: ObjectIndex, repository: Repository) {
        (self.path, self.own, self.index, self.repository) = (path, own, cluster, repository)
    }

    package var objects: [KubeObject] { own.objects }
    package var workloads: [Workload] { own.workloads }
    package var cluster: [KubeObject] { index.objects }
    package var clusterWorkloads: [Workload] { index.workloads }

    package func workloads(in namespace: String, selectedBy selector: LabelSelector) -> [Workload] {
        own.workloads(in: namespace, selectedBy: selector)
    }

    package func clusterWorkloads(in namespace: String, selectedBy selector: LabelSelector) -> [Workload] {
        index.workloads(in: namespace, selectedBy: selector)
    }

    /// `production` of `overlays/production` and of `overlays/production/models`.
    package var environment: String? { ManifestSets.environment(of: path) }

    /// For messages about what several overlays share.
    package var suffix: String { environment.map { " in \($0)" } ?? "" }

    /// The certainty that an object is missing. An object of a kind outside the repository may be created by hand or by
    /// a controller, and a Secret should be.
    package func severity(withoutA kind: String, in namespace: String?) -> Severity {
        kind != "Secret" && all(kind).contains { namespace == nil || $0.namespace == namespace }
            ? .error : .warning
    }

    /// Those of the cluster.
    package func all(_ kind: String) -> [KubeObject] { index.all(kind) }

    package func find(_ kind: String, _ name: String, in namespace: String?) -> KubeObject? {
        index.all(kind, name).first { namespace == nil || $0.namespace == namespace }
    }
}

/// The scenes of a repository.
package struct ManifestSets: Sendable {
    package let repository: Repository

    package init(repository: Repository) {
        self.repository = repository
    }

    /// One for each overlay, and one for each folder of manifests outside kustomizations.
    ///
    /// Computed once in a run for all rules.
    package var subjects: [Subject] { repository.once("sceneSubjects") { found } }

    private var found: [Subject] {
        let compared = compared
        let all = repository.kustomizations
        let overlays = all.overlays
        let fromOverlays = overlays.map { overlay in
            Subject(
                path: overlay.path,
                inputs: Set(neighbours(of: overlay, among: overlays).flatMap { all.files(of: $0) } + compared).sorted())
        }
        let plain = repository.plainManifests
        let fromFolders = Dictionary(grouping: plain, by: \.parentPath).keys.sorted().map { folder in
            Subject(path: folder, inputs: plain.filter { $0.topFolder == (folder + "/").topFolder } + compared)
        }
        return fromOverlays + fromFolders
    }

    /// The same, each with its own files alone: for rules that judge an object without its neighbours.
    package var subjectsAlone: [Subject] {
        let all = repository.kustomizations
        let folders = Dictionary(grouping: repository.plainManifests, by: \.parentPath)
        return all.overlays.map { Subject(path: $0.path, inputs: all.files(of: $0)) }
            + folders.sorted { $0.key < $1.key }.map { Subject(path: $0.key, inputs: $0.value) }
    }

    /// The objects of one of `subjectsAlone`.
    ///
    /// - Throws: `Skipped` where the overlay cannot be built; `Tool.Missing`.
    package func objects(_ subject: Subject, _ context: CheckContext) async throws -> [KubeObject] {
        guard let overlay = repository.kustomizations.overlays.first(where: { $0.path == subject.path }) else {
            return subject.inputs.flatMap { repository.objects(in: $0) }
        }
        switch try await repository.renderings.rendering(of: overlay, in: context) {
        case .objects(let objects, _): return objects
        case .refused: throw Skipped("\(overlay.path) does not build; see kustomize")
        }
    }

    /// - Throws: `Skipped` where an overlay cannot be built; `Tool.Missing`.
    package func scene(_ subject: Subject, _ context: CheckContext) async throws -> ManifestSet {
        let overlays = repository.kustomizations.overlays
        guard let overlay = overlays.first(where: { $0.path == subject.path }) else {
            let all = repository.plainObjects(below: (subject.path + "/").topFolder)
            let own = subject.inputs.filter { $0.parentPath == subject.path }.flatMap { all.byFile[$0] ?? [] }
            return ManifestSet(path: subject.path, own: ObjectIndex(own), cluster: all.index, repository: repository)
        }
        var own: [KubeObject] = []
        var others: [KubeObject] = []
        for neighbour in neighbours(of: overlay, among: overlays) {
            switch try await repository.renderings.rendering(of: neighbour, in: context) {
            case .objects(let objects, _):
                if neighbour.path == overlay.path { own = objects } else { others += objects }
            case .refused: throw Skipped("\(neighbour.path) does not build; see kustomize")
            }
        }
        // An overlay and its variants, such as a canary, contain the same objects: the overlay's own objects count.
        var seen = Set(own.map(\.identity))
        let cluster = own + others.filter { seen.insert($0.identity).inserted }
        return ManifestSet(
            path: subject.path, own: ObjectIndex(own), cluster: ObjectIndex(cluster), repository: repository)
    }

    /// The overlays of one cluster: those of the same name in one top folder, and those there that have no name.
    private func neighbours(of overlay: Kustomization, among all: [Kustomization]) -> [Kustomization] {
        guard let name = Self.environment(of: overlay.path) else {
            return all.filter { $0.path == overlay.path }
        }
        return all.filter { $0.path.topFolder == overlay.path.topFolder }.filter {
            [name, nil].contains(Self.environment(of: $0.path))
        }
    }

    package static func environment(of path: String) -> String? {
        let folders = path.split(separator: "/").dropLast()
        guard let overlays = folders.lastIndex(of: "overlays"), overlays + 1 < folders.endIndex else { return nil }
        return String(folders[overlays + 1])
    }

    /// The data that rules compare manifests with: images of the repository, allowed connections, and endpoints of
    /// third-party programs.
    private var compared: [String] {
        repository.artifacts(of: .containerfile).map(\.path) + EndpointTable.files(in: repository)
            + ReachabilityTable.files(in: repository) + repository.exporterTables
    }
}

extension Repository {
    /// Manifests that are applied directly, without test samples.
    var plainManifests: [String] {
        let all = kustomizations
        return artifacts(of: .kubernetes).map(\.path).filter { path in
            !all.included.contains(path) && !all.partial.contains(path)
                && !path.split(separator: "/").dropLast().contains { $0 == "tests" || $0 == "testdata" }
        }
    }

    /// What the plain manifests of a top folder hold, by file: read once, though every rule asks for every folder.
    func plainObjects(below top: String) -> PlainObjects {
        once("plainObjects of \(top)") {
            let files = plainManifests.filter { $0.topFolder == top }.map { ($0, objects(in: $0)) }
            return PlainObjects(
                byFile: Dictionary(uniqueKeysWithValues: files), index: ObjectIndex(files.flatMap(\.1)))
        }
    }
}

/// What the plain manifests of a top folder hold.
struct PlainObjects: Sendable {
    let byFile: [String: [KubeObject]]
    let index: ObjectIndex
}
