import ArgumentParser
import CheckCommands
import CheckCore
import Foundation
import HarnessSupport
import KubernetesModel
import Tooling

struct ScheduleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedule",
        abstract: "Shows which pods land on which nodes, and what is left when nodes are lost.",
        discussion: """
            Applies the filters of Kubernetes' scheduler to the pods of the rendered overlays and the nodes in \
            k8s/scheduling/clusters; nothing is called. Which of the possible nodes a pod gets is one choice of many.

            Examples:
              harness schedule
              harness schedule eks-production --scenario 'without spot'
              harness schedule eks-production --scenario 'general-eu-west-1a drained'
              harness schedule --format json | jq '.clusters[].scenarios'
            """)

    enum Format: String, CaseIterable, ExpressibleByArgument { case text, json }

    @Argument(help: "The cluster; all where none is named.")
    var cluster: String?

    @Option(help: "What happened: normal, peak, 'without TYPE', 'ZONE lost', 'NODE drained'.")
    var scenario = "normal"

    @Option(help: "How to show it.")
    var format: Format = .text

    private struct Document: Encodable {
        let notModelled: [String]
        let clusters: [ClusterReport]
    }

    func run() async throws {
        let (cluster, scenario, format) = (cluster, scenario, format)
        try await interruptible {
            let reports: [ClusterReport]
            do {
                try HarnessHome.standard().makeWritable()
                let toolbox = Toolbox(home: .standard()) { _ in }
                reports = try await ClusterReport.all(
                    in: try await Discovery.here(), toolbox: toolbox, cluster: cluster,
                    scenario: scenario)
                await toolbox.shutDown()
            } catch let error as HarnessError {
                throw fail(error)
            }
            switch format {
            case .json:
                print(try jsonText(Document(notModelled: ModelLimits.scheduling, clusters: reports)), terminator: "")
            case .text:
                print(ModelLimits.text(ModelLimits.scheduling))
                for report in reports { show(report, scenario) }
            }
            if reports.contains(where: { !$0.pending.isEmpty && scenario == "normal" }) { throw ExitCode(1) }
        }
    }
}

private func show(_ report: ClusterReport, _ scenario: String) {
    print("\(report.cluster), \(scenario)")
    print(table(report.nodeTable))
    for pod in report.pending { print("pending: \(pod.pod): \(pod.why)") }
    print()
    print(table(report.scenarioTable))
    print()
}
