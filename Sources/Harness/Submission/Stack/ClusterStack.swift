import HarnessSupport

extension TerraformStack {
    /// The Kubernetes cluster on AWS that the manifests' overlay `eks` is for: A6, C3.
    static let cluster = TerraformStack(
        name: "cluster", dependencies: [Emulator.moto.name], path: "terraform/stacks/cluster",
        describe: { "EKS \($0["cluster_name"]?.string ?? "?"), nodes of four types" },
        claims: { outputs, aws in
            let claims = ClusterClaims(outputs: outputs, aws: aws)
            return try await NetworkClaims(outputs: outputs, aws: aws).all() + claims.controlPlane() + claims.nodes()
                + claims.templates() + claims.roles() + claims.addOnsAndAccess()
        })
}
