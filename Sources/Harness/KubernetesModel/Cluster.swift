import CheckCore
import HarnessSupport

/// The contents of one cluster: the overlays of one environment in one top folder, or the plain manifests there.
package struct Cluster: Sendable {
    /// Empty where there are no overlays.
    package let environment: String
    package let objects: [KubeObject]

    package var suffix: String { environment.isEmpty ? "" : " in \(environment)" }
    package var namespaces: Set<String> {
        Set(objects.filter { $0.kind == "Namespace" }.map(\.name) + objects.compactMap(\.ownNamespace))
    }

    package func has(environments: [String]) -> Bool { environments.isEmpty || environments.contains(environment) }
}

extension ManifestSets {
    /// The clusters of a path's top folder, by environment.
    ///
    /// - Throws: `Skipped` if an overlay cannot be built; `Tool.Missing`.
    package func clusters(around path: String, _ context: CheckContext) async throws -> [Cluster] {
        var byEnvironment: [String: ManifestSet] = [:]
        for subject in subjects where (subject.path + "/").topFolder == path.topFolder {
            let environment = Self.environment(of: subject.path) ?? ""
            // Every overlay of an environment sees the whole environment, except for variants of itself.
            let scene = try await scene(subject, context)
            if scene.cluster.count > byEnvironment[environment]?.cluster.count ?? -1 {
                byEnvironment[environment] = scene
            }
        }
        // Manifests outside overlays belong to every environment.
        if byEnvironment.count > 1 { byEnvironment[""] = nil }
        return byEnvironment.sorted { $0.key < $1.key }.map {
            Cluster(environment: $0.key, objects: $0.value.cluster)
        }
    }

    /// Every source file of the clusters of this top folder.
    package func files(around path: String) -> [String] {
        Set(subjects.filter { ($0.path + "/").topFolder == path.topFolder }.flatMap(\.inputs)).sorted()
    }
}
