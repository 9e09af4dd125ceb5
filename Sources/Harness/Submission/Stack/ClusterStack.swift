import HarnessSupport

extension TerraformStack {
    /// The Kubernetes cluster on AWS for the overlay `eks`: A6, C3.
    static let cluster = TerraformStack(
        name: "cluster", dependencies: [Emulator.moto.name], path: "terraform/stacks/cluster",
        overrides: ["terraform/modules/kubernetes-cluster/emulator_override.tf": withoutAddOns],
        describe: { "EKS \($0["cluster_name"]?.string ?? "?"), nodes of two types" },
        claims: { outputs, aws in
            let claims = ClusterVerification(outputs: outputs, aws: aws)
            return try await NetworkVerification(outputs: outputs, aws: aws).all() + claims.controlPlane()
                + claims.nodes()
                + claims.templates() + claims.roles() + claims.karpenter() + claims.addOnsAndAccess()
        })

    /// moto 5.2.5 does not support add-ons, access entries and Pod Identity associations.
    private static let withoutAddOns = [
        ("aws_eks_addon", "before_nodes"), ("aws_eks_addon", "after_nodes"), ("aws_eks_access_entry", "this"),
        ("aws_eks_access_policy_association", "this"), ("aws_eks_pod_identity_association", "pod"),
    ].map { "resource \"\($0)\" \"\($1)\" {\n  for_each = {}\n}\n" }.joined()
}
