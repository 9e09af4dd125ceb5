import Foundation
import HarnessSupport
import Tooling

/// SageMaker on the emulator, and the model life cycle that runs on it with real containers.
///
/// One component, because the life cycle proves the stack: Terraform's resources, then the steps from training to
/// rollback on them.
struct ModelHosting: Component {
    private let stack = TerraformStack.modelHosting

    var name: String { stack.name }
    /// The applications provide the engine and the model's image.
    var dependencies: [String] { stack.dependencies + [Applications.name] }
    /// The applications remove the containers of the story together with the engine.
    var teardownDependencies: [String] { stack.dependencies }
    var code: [String] { stack.code + ["sagemaker"] }

    func up(_ context: StackContext) async throws -> ComponentDetail { try await stack.up(context) }

    func verify(_ context: StackContext) async throws -> [Assertion] {
        let claims = try await stack.verify(context)
        guard context.target == .local else { return claims }
        return claims + (try await ModelLifecycleRun(context).claims(of: try await stack.outputs(context)))
    }

    func down(_ context: StackContext) async throws {
        if context.target == .local { try await takeBack(context) }
        try await stack.down(context)
    }

    func standing(_ context: StackContext) async -> ComponentDetail? { await stack.standing(context) }

    /// The workflow, not Terraform, creates model packages, and SageMaker deletes only an empty group.
    private func takeBack(_ context: StackContext) async throws {
        guard let group = try? await stack.outputs(context)["model_package_group_name"]?.string else { return }
        try await AWSClient.with(context) { aws in
            let listed = try await aws.call(
                "sagemaker", "ListModelPackages", ["ModelPackageGroupName": .string(group)])
            for package in listed["ModelPackageSummaryList"].items {
                try await aws.call(
                    "sagemaker", "DeleteModelPackage", ["ModelPackageName": package["ModelPackageArn"] ?? .null])
            }
        }
    }
}
