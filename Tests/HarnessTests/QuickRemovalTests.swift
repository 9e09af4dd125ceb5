import Foundation
import TestSupport
import Testing

@testable import Submission

@Suite("The quick removal")
struct QuickRemovalTests {
    @Test("finds databases and log domains in a Terraform state, instances before their cluster")
    func order() async throws {
        let state = """
            {"version": 4, "resources": [
              {"mode": "managed", "type": "aws_opensearch_domain", "instances": [{"attributes": {"domain_name": "logs"}}]},
              {"mode": "managed", "type": "aws_rds_cluster",
               "instances": [{"attributes": {"cluster_identifier": "orders"}}]},
              {"mode": "managed", "type": "aws_s3_bucket", "instances": [{"attributes": {"bucket": "b"}}]},
              {"mode": "managed", "type": "aws_rds_cluster_instance",
               "instances": [{"attributes": {"identifier": "orders-a"}}, {"attributes": {"identifier": "orders-b"}}]}
            ]}
            """
        try await withScratch { folder in
            try state.write(toFile: folder + "/terraform.tfstate", atomically: true, encoding: .utf8)
            let found = QuickRemoval(state: folder + "/terraform.tfstate").found
            #expect(found.map(\.name) == ["orders-a", "orders-b", "orders", "logs"])
        }
    }

    @Test("finds nothing where no state is kept")
    func none() { #expect(QuickRemoval(state: "/nonexistent/terraform.tfstate").found.isEmpty) }
}
