import CheckCore
import DocumentModels
import Foundation

extension Repository {
    /// Every kustomization, parsed once.
    package var kustomizations: Kustomizations { once("kustomizations") { Kustomizations(in: self) } }

    /// The rendered objects of each overlay, built once.
    package var renderings: RenderedOverlays { once("renderings") { RenderedOverlays() } }

    /// Sets the renderings, unless some were requested already.
    package func keep(_ renderings: RenderedOverlays) { _ = once("renderings") { renderings } }

    /// Files with custom resource definitions: the repository's own, and those that its settings name.
    package var ownDefinitions: [String] { once("ownDefinitions", findDefinitions) }

    private func findDefinitions() -> [String] {
        let word = Array("CustomResourceDefinition".utf8)
        let own = artifacts(of: .kubernetes).map(\.path).filter { path in
            (FileManager.default.contents(atPath: absolute(path))?.range(of: Data(word))) != nil
        }
        return own + definitions.filter { !own.contains($0) }
    }

    package func objects(in path: String) -> [KubeObject] {
        guard let tree = yaml(path) else { return [] }
        return KubeObject.all(in: tree, path: path)
    }

    /// Tables of the metrics that third-party programs export.
    package var exporterTables: [String] { artifacts.map(\.path).filter { $0.lastPathPart == "exporters.yaml" } }
}
