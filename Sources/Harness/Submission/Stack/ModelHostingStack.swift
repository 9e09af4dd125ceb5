import HarnessSupport

extension TerraformStack {
    /// The stack to train, register, serve and monitor a model: B16 to B18.
    static let modelHosting = TerraformStack(
        name: "model-hosting", dependencies: [Emulator.moto.name], path: "terraform/stacks/model-hosting",
        describe: { outputs in
            "endpoint \(outputs["endpoint_name"]?.string ?? "none"), "
                + "packages in \(outputs["model_package_group_name"]?.string ?? "?")"
        },
        claims: { outputs, aws in
            let claims = ModelHostingVerification(outputs: outputs, aws: aws)
            return try await claims.endpoint() + claims.registry() + claims.retraining() + claims.watching()
                + claims.buckets()
        })
}
