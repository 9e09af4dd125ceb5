import Foundation
import HarnessSupport

/// Removes the resources of a Terraform state that the provider is slow to let go of, through the API of the emulator.
///
/// The emulator removes them at once. The provider waits half a minute before it looks for the first time. Where the
/// service answers that it knows no such resource, the provider's own removal ends without a wait. Source:
/// hashicorp/terraform-provider-aws@v5.100.0 internal/service/rds/{cluster,cluster_instance}.go (DBClusterNotFoundFault,
/// DBInstanceNotFoundFault), internal/service/opensearch/domain.go (ResourceNotFoundException)
struct QuickRemoval {
    struct Kind {
        let type: String
        let attribute: String
        let service: String
        let operation: String
        let parameter: String
        var parameters: [String: JSONValue] = [:]
    }

    /// A cluster goes after its instances.
    private static let kinds = [
        Kind(
            type: "aws_rds_cluster_instance", attribute: "identifier", service: "rds", operation: "DeleteDBInstance",
            parameter: "DBInstanceIdentifier"),
        Kind(
            type: "aws_rds_cluster", attribute: "cluster_identifier", service: "rds", operation: "DeleteDBCluster",
            parameter: "DBClusterIdentifier", parameters: ["SkipFinalSnapshot": .bool(true)]),
        Kind(
            type: "aws_opensearch_domain", attribute: "domain_name", service: "opensearch", operation: "DeleteDomain",
            parameter: "DomainName"),
    ]

    let found: [(kind: Kind, name: String)]

    /// - Parameter state: a state file of Terraform, in version 4 of its format.
    init(state: String) {
        let text = (try? String(contentsOfFile: state, encoding: .utf8)) ?? ""
        let resources = JSONValue(parsing: text)?["resources"].items ?? []
        var found: [(kind: Kind, name: String)] = []
        for kind in Self.kinds {
            for resource in resources where resource["type"]?.string == kind.type {
                let names = resource["instances"].items.compactMap { $0["attributes", kind.attribute]?.string }
                found += names.map { (kind, $0) }
            }
        }
        self.found = found
    }

    /// A refusal is left to Terraform, which says why.
    func run(_ context: StackContext) async throws {
        guard !found.isEmpty else { return }
        try await AWSClient.with(context) { [found] aws in
            for (kind, name) in found {
                var parameters = kind.parameters
                parameters[kind.parameter] = .string(name)
                do {
                    try await aws.call(kind.service, kind.operation, .object(parameters))
                } catch is AWSClient.Refusal {}
            }
        }
    }
}
