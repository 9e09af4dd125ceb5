import CheckCore
import HarnessSupport
import KubernetesModel

/// Checks the cost table in the README beside `clouds.yaml`: number of nodes times price.
struct CostTable: Check {
    let name = "k8s-costs"
    let summary = "the cost table matches the nodes and their list prices"

    func subjects(in repository: Repository) -> [Subject] {
        let files = ClusterFile.files(in: repository)
        return Dictionary(grouping: files, by: ClusterFile.cloudsPath).sorted { $0.key < $1.key }.map { clouds, files in
            let page = clouds.parentPath.appendingPath("README.md")
            return Subject(path: page, inputs: [page, clouds] + files)
        }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        try subjects.flatMap { subject -> [Finding] in
            let lines = (context.repository.text(of: subject.path) ?? "").lines
            return try subject.inputs.dropFirst(2).compactMap { path -> Finding? in
                let cost = ClusterCost(try ClusterFile(path, in: context.repository))
                guard !lines.contains(where: { $0 == cost.row }) else { return nil }
                let old = lines.firstIndex { $0.hasPrefix("| \(cost.cluster) |") }
                return Finding(
                    rule: "\(name)/row", path: subject.path, line: old.map { $0 + 1 },
                    message: "the cost row of \(cost.cluster) is out of date",
                    remedy: "write the row: \(cost.row)")
            }
        }
    }

    var explanations: [String: String] {
        [
            "row":
                "The cost table in the README differs from the costs that the nodes and prices give."
        ]
    }

    var examples: [Example] {
        let page =
            "| one | 2 × general small, 2 × spot small, 2 × gpu large | 2.50 | 1825 |  |\n"
        let sound = SampleCluster.files.merging(["README.md": page]) { $1 }
        return [
            .sound("a row that is right", sound),
            .broken(
                "an old price", sound.merging(["README.md": page.replacing("2.50", with: "2.40")]) { $1 },
                triggers: "row"),
            .broken("no row", SampleCluster.files, triggers: "row"),
        ]
    }
}
