import CheckCore
import Foundation
import HarnessSupport
import TestSupport
import Testing
import Tooling

@testable import CheckCommands
@testable import DeliveryModel

/// `harness diff` on this repository: what changes behaviour is reported, and what does not is not.
@Suite("harness diff", .heavy, .timeLimit(.minutes(60)))
struct BehaviourTests {
    struct Edit: Sendable, CustomStringConvertible {
        let description: String
        let path: String
        let old: String
        let new: String
        /// What the report says; empty for a refactoring.
        var aspect = ""
        var subject = ""
    }

    private static func edit(
        _ name: String, _ path: String, _ old: String, _ new: String, _ aspect: String = "", _ subject: String = ""
    ) -> Edit { Edit(description: name, path: path, old: old, new: new, aspect: aspect, subject: subject) }

    private static let rbac = "k8s/mlops-platform-demo/rbac/mlops-rbac.yaml"
    private static let rollout = "terraform/modules/image-rollout/roles.tf"
    private static let production = "k8s/scheduling/clusters/eks-production.yaml"

    static let planted = [
        edit(
            "a verb more", rbac, "resources: [httproutes]\n    verbs: [get,",
            "resources: [httproutes]\n    verbs: [delete, get,",
            "access", "group mlops:data-scientists: httproutes"),
        edit(
            "a secret more", "k8s/cluster/platform-admin.yaml", "[nodes]", "[nodes, secrets]", "access",
            "admins: secrets"),
        edit(
            "a right for everybody", "k8s/cluster/platform-admin.yaml", "name: platform:admins",
            "name: system:authenticated", "access", "group system:authenticated"),
        edit(
            "a right without a name", "k8s/gateway/components/traefik/roles.yaml", "    resourceNames: [traefik]\n", "",
            "access", "gatewayclasses.gateway.networking.k8s.io/status everywhere"),
        edit(
            "a role of the cluster's own", "k8s/cluster/platform-admin.yaml",
            "  kind: ClusterRole\n  name: platform-admin",
            "  kind: ClusterRole\n  name: cluster-admin", "access", "ClusterRole cluster-admin"),
        edit(
            "another caller", "k8s/components/network-policies/from-gateway.yaml", "metadata.name: gateway",
            "metadata.name: monitoring", "reach", "to claims/claims"),
        edit(
            "an open way out", "k8s/components/network-policies/deny-all.yaml", "[Ingress, Egress]", "[Ingress]",
            "reach",
            "claims/claims-v1 to "),
        edit(
            "another port in the mesh", "k8s/components/service-mesh/allow-gateway.yaml", "8080", "9090", "reach",
            "to claims/claims"),
        edit(
            "a caller less in the mesh", "k8s/components/mesh-monitoring/allow-prometheus.yaml", "sa/prometheus",
            "sa/nobody",
            "reach", "to claims/claims"),
        edit(
            "fewer nodes to choose from", "k8s/components/zones/kustomization.yaml", "[general, spot]", "[general]",
            "placement", "claims"),
        edit(
            "pods too large for a node", "k8s/apps/claims/version/deployment.yaml", "cpu: 100m", "cpu: 1900m",
            "placement",
            "claims"),
        edit(
            "a pod more", "k8s/mlops-platform-demo/mlflow/mlflow-deployment.yaml", "replicas: 2", "replicas: 3",
            "placement",
            "mlflow"),
        edit(
            "no spot nodes", "k8s/components/spot-nodes/kustomization.yaml", "value: spot", "value: never", "placement",
            "claims"),
        edit(
            "a node less", production,
            "type: general, instance: m7i.large, zones: [eu-west-1a, eu-west-1b, eu-west-1c]",
            "type: general, instance: m7i.large, zones: [eu-west-1a, eu-west-1b]", "cost", "eks-production: in all"),
        edit("another instance", production, "g6.12xlarge", "g6.xlarge", "cost", "eks-production: training g6.xlarge"),
        edit(
            "another price", "k8s/scheduling/clouds.yaml", "price: 0.1008", "price: 0.2", "cost",
            "eks-production: in all"),
        edit(
            "rules that are left out", "k8s/observability/rules/kustomization.yaml", "  - gateway.yaml\n", "", "alerts",
            "GatewayDown"),
        edit("a later alert", "k8s/observability/rules/claims.yaml", "for: 1m", "for: 10m", "alerts", "ClaimsDown"),
        edit(
            "an alarm less", "terraform/modules/image-rollout/notify.tf",
            #""aws_cloudwatch_metric_alarm" "dead_letters""#, #""aws_cloudwatch_dashboard" "dead_letters""#, "alerts",
            "aws_cloudwatch_metric_alarm.dead_letters"),
        edit("a wider action", rollout, "\"ec2:DescribeImages\"", "\"ec2:*\"", "iam", "Allow ec2:*"),
        edit(
            "a wider resource", rollout, "[local.parameter_arn, \"${local.parameter_arn}:good\"]", "\"*\"", "iam",
            "Allow ssm:PutParameter"),
        edit(
            "a condition less", rollout, "        Condition = local.of_the_fleet\n", "", "iam", "CreateLaunchTemplate"),
        edit(
            "another role in Azure", "terraform/stacks/azure/main.tf", "\"AcrPull\"", "\"Owner\"", "iam",
            "azurerm_role_assignment.verify"),
    ]

    static let refactorings = [
        edit(
            "another order of verbs", rbac, "verbs: [get, list, watch]", "verbs: [watch, list, get]"),
        edit(
            "a list in block style", "k8s/components/network-policies/deny-all.yaml", "policyTypes: [Ingress, Egress]",
            "policyTypes:\n    - Egress\n    - Ingress"),
        edit("another name for a role", "k8s/cluster/platform-admin.yaml", "name: platform-admin", "name: keeper"),
        edit(
            "an expression over two lines", "k8s/observability/rules/claims.yaml",
            #"expr: absent(up{job="claims"} == 1)"#,
            "expr: >-\n            absent(up{job=\"claims\"}\n            == 1)"),
        edit(
            "another order of actions, with a comment", rollout,
            #"["ssm:GetParameter", "ssm:LabelParameterVersion", "ssm:PutParameter"]"#,
            "[\n          # Reads.\n          \"ssm:PutParameter\",\n          \"ssm:GetParameter\",\n          \"ssm:LabelParameterVersion\",\n        ]"
        ),
        edit(
            "a patch that says what is so", "k8s/apps/claims/overlays/production/kustomization.yaml", "images:\n",
            "replicas:\n  - {name: claims-v1, count: 2}\nimages:\n"),
    ]

    @Test("reports a change in behaviour", arguments: TestDepth.cases(planted, few: 3))
    func reports(_ edit: Edit) async throws {
        let changes = try await Self.changes(by: edit)
        #expect(
            changes.contains { $0.aspect == edit.aspect && $0.subject.contains(edit.subject) },
            "\(changes.map { "\($0.aspect) \($0.subject): \($0.before ?? "-") → \($0.after ?? "-")" }.prefix(10))")
    }

    @Test("reports no refactoring", arguments: TestDepth.cases(refactorings, few: 2))
    func isQuiet(_ edit: Edit) async throws {
        #expect(try await Self.changes(by: edit) == [])
    }

    /// What differs in a copy of the repository's manifests and Terraform.
    private static func changes(by edit: Edit) async throws -> [Behaviour.Change] {
        let toolbox = Toolbox(home: .standard())
        let cache = HarnessHome.standard().cache + "/behaviour"
        try HarnessHome.standard().makeFolder(cache)
        return try await withScratch { folder in
            let all = try await Discovery.repository(at: Project.root)
            for path in all.artifacts.map(\.path) where path.hasPrefix("k8s/") || path.hasPrefix("terraform/") {
                try FileManager.default.createDirectory(
                    atPath: folder + "/" + path.parentPath, withIntermediateDirectories: true)
                try FileManager.default.copyItem(atPath: all.absolute(path), toPath: folder + "/" + path)
            }
            func behaviour() async throws -> Behaviour {
                try await Behaviour(of: try await Discovery.repository(at: folder), toolbox: toolbox, cache: cache)
            }
            let before = try await behaviour()
            #expect(before.gaps == [])
            let file = folder + "/" + edit.path
            let text = try String(contentsOfFile: file, encoding: .utf8)
            try #require(text.contains(edit.old), "\(edit.path) has no \(edit.old)")
            let isOnce = !edit.aspect.isEmpty
            let changed =
                isOnce
                ? text.replacing(edit.old, with: edit.new, maxReplacements: 1)
                : text.replacing(edit.old, with: edit.new)
            try changed.write(toFile: file, atomically: false, encoding: .utf8)
            return try await behaviour().changes(since: before)
        }
    }
}
