import KubernetesModel
import Reporting

/// The tables that `harness access`, `reach`, `schedule` and `cost` print.
extension EvidencePage {
    var access: String {
        intro("access", "Computed from roles and bindings and compared with", "k8s/access.yaml", ModelLimits.access)
            + folded("Access by subject", clusters.access)
    }

    var reach: String {
        intro(
            "reach", "Computed from network policies and mesh identities and compared with", "k8s/reachability.yaml",
            ModelLimits.network)
            + folded("Allowed connections", clusters.reach)
    }

    var schedule: String {
        let clouds = clusters.clusters.map { report in
            let normal = report.scenarios.first
            return """
                <details>
                <summary><span class="name">\(escaped(report.cluster))</span><span class="does">\
                \(normal?.nodes ?? 0) nodes, \(normal?.pods ?? 0) pods, \(report.pending.count) pending</span></summary>
                \(plain("Scenarios of \(report.cluster)", report.scenarioTable, numbers: [1, 2, 3]))
                \(plain("Nodes of \(report.cluster)", report.nodeTable, numbers: [2, 3]))</details>

                """
        }
        return intro(
            "schedule", "Computed with the filters of the Kubernetes scheduler, on the nodes in",
            "k8s/scheduling/clusters",
            ModelLimits.scheduling)
            + clouds.joined()
    }

    var cost: String {
        let most = clusters.costs.map { $0.always + $0.passing }.max() ?? 1
        let rows = clusters.costs.map { cost in
            [
                escaped(cost.cluster), ClusterCost.dollars(cost.always), bar(cost.always / most),
                ClusterCost.dollars(cost.always * 730, 0), cost.passing == 0 ? "" : ClusterCost.dollars(cost.passing),
            ]
        }
        return intro("cost", "Nodes times list prices; sources in", "k8s/scheduling/clouds.yaml")
            + table(
                "Dollars by cluster",
                head: [
                    "Cluster", "Dollars per hour", "", "Month of 730 hours",
                    "Extra per hour, during training or serving",
                ],
                numbers: [1, 3, 4], rows)
            + folded("Every line", ClusterCost.table(of: clusters.costs), numbers: [2, 3, 4])
    }

    private func intro(_ verb: String, _ text: String, _ path: String, _ limits: [String] = []) -> String {
        if let reason = clusters.skipped.first(where: { $0.verb == verb })?.reason {
            return "<p><span class=\"skipped\">skipped</span> \(prose(reason))</p>\n"
        }
        let missing = limits.isEmpty ? "" : " Not modelled: \(prose(limits.joined(separator: "; ")))."
        return "<p>\(escaped(text)) \(link(path)); <code>harness \(verb)</code> prints it.\(missing)</p>\n"
    }

    private func folded(_ title: String, _ rows: [[String]], numbers: Set<Int> = []) -> String {
        guard rows.count > 1 else { return "" }
        return """
            <details>
            <summary><span class="ask">\(escaped(title)): \(rows.count - 1) lines</span></summary>
            \(plain(title, rows, numbers: numbers))</details>

            """
    }

    /// Parses a text table whose first row is the head in capitals.
    private func plain(_ name: String, _ rows: [[String]], numbers: Set<Int> = []) -> String {
        let head = (rows.first ?? []).map { String($0.prefix(1)) + $0.dropFirst().lowercased() }
        return table(name, head: head.map(escaped), numbers: numbers, rows.dropFirst().map { $0.map(escaped) })
    }
}
