import TestSupport
import Testing

@testable import BuiltInRules
@testable import CheckCore
@testable import DeliveryModel
@testable import KubernetesModel
@testable import Submission

@Suite("The location of a finding")
struct FindingPlaceTests {
    @Test("is the object's own behind a prefix and a suffix, and not another's of its kind")
    func renamed() async throws {
        func service(_ name: String) -> String {
            "apiVersion: v1\nkind: Service\nmetadata: {name: \(name)}\nspec: {}\n"
        }
        let files = [
            "base/kustomization.yaml": "resources: [a.yaml, b.yaml]\n",
            "base/a.yaml": service("legacy"), "base/b.yaml": service("cache"),
            "over/kustomization.yaml": "resources: [../base]\nnamePrefix: acme-\nnameSuffix: -v1\n",
        ]
        try await withScratch { folder in
            try write(files, to: folder)
            let repository = try await Discovery.repository(at: folder)
            let all = repository.kustomizations
            let sources = ManifestSources(of: try #require(all.byFolder["over"]), among: all, in: repository)
            for (name, file) in [("legacy", "base/a.yaml"), ("cache", "base/b.yaml")] {
                let place = sources.place(of: [.key("spec")], kind: "Service", name: "acme-\(name)-v1", namespace: "")
                #expect(place?.0 == file && place?.1 == 4)
            }
        }
    }

    @Test("is the line of a script that names the variable")
    func script() async throws {
        let text = "pool: ours\nvariables:\n  python: 3.11\nsteps:\n  - bash: |\n      echo\n      echo $(pyhon)\n"
        try await withScratch { folder in
            try write(["azure-pipelines.yml": text], to: folder)
            let scene = PipelineContext.of("azure-pipelines.yml", in: try await Discovery.repository(at: folder))
            #expect(PipelineNames().problems(in: scene).map(\.line) == [7])
        }
    }
}
