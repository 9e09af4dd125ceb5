import CheckCore
import HarnessSupport
import Tooling

extension ApplicationImage {
    private static let folder = "sagemaker/claims-model"

    /// Version 2 of the claims model, trained on the supplied claims; if they are missing, on generated claims.
    static let claimsModel = ApplicationImage(
        name: "claims", inputs: claimsInputs,
        build: { order in
            let context = order.context
            let scripts = RepositoryScript(context: context, docker: order.docker)
            let lock = try Pins.Lock(file: context.repository.absolute("\(folder)/requirements/train.txt"))
            let environment = try await PythonEnvironment(name: "claims", lock: lock, home: context.home)
                .install(announce: context.say)
            let model = order.scratch.appendingPath("model")
            var variables = ["CLAIMS_TRAIN_PYTHON": environment.appendingPath("bin/python")]
            var arguments = ["--out", model]
            do { variables["CLAIMS_SUPPLIED"] = try await SuppliedClaims.obtain(context) } catch is Skipped {
                arguments += ["--generated", "8000"]
            }
            context.show("training the claims model")
            try await scripts.run("\(folder)/scripts/train.sh", arguments, environment: variables)
            let base = try await BaseImage.obtain(for: "\(folder)/Containerfile", order.docker, context, on: ["3.11"])
            try await build(order, model: model, base)
        },
        variant: { context in
            do {
                _ = try await SuppliedClaims.obtain(context)
                return "supplied"
            } catch let skipped as Skipped {
                context.say(
                    "\(Applications.name): the claims model v2 is trained on generated claims: \(skipped.reason)")
                return "generated"
            }
        })

    /// Version 1: the supplied models on their original Python version.
    static let claimsModelV1 = ApplicationImage(
        name: "claims-v1", inputs: claimsInputs,
        build: { order in
            let supplied = try await SuppliedClaims.obtain(order.context)
            let base = try await BaseImage.obtain(
                for: "\(folder)/scripts/build-image.sh", order.docker, order.context, on: ["3.7"])
            try await build(order, model: supplied.appendingPath("model"), base)
        },
        variant: { context in
            _ = try await SuppliedClaims.obtain(context)
            return "supplied"
        })

    /// The image of the training, evaluation and monitoring jobs on SageMaker.
    static let claimsJobs = ApplicationImage(
        name: "claims-jobs",
        inputs: { repository in
            let pipeline = "sagemaker/pipeline"
            let folders = ["\(folder)/claims_model", "\(pipeline)/monitor", "\(pipeline)/steps"]
            let files = ["sagemaker/image.sh", "\(pipeline)/Containerfile", "\(pipeline)/requirements.txt"]
            return files
                + repository.artifacts.map(\.path).filter { path in folders.contains { path.isWithin($0) } }
        },
        build: { order in
            let base = try await BaseImage.obtain(
                for: "sagemaker/pipeline/Containerfile", order.docker, order.context, on: ["3.11"])
            var arguments = ["jobs", "--tag", order.tag, "--network", "host"]
            if let base { arguments += ["--from", base.name] }
            order.context.show("building the image of the pipeline's jobs")
            try await RepositoryScript(context: order.context, docker: order.docker)
                .run("sagemaker/image.sh", arguments)
        })

    private static func claimsInputs(_ repository: Repository) -> [String] {
        let others = ["tests", "examples"].map { "\(folder)/\($0)" }
        return repository.artifacts.map(\.path).filter { path in
            path.isWithin(folder) && path.pathExtension != "md" && !others.contains { path.isWithin($0) }
        }
    }

    private static func build(_ order: Order, model: String, _ base: BaseImage.Own?) async throws {
        var arguments = ["--tag", order.tag, "--model", model, "--network", "host"]
        if let base { arguments += ["--base", base.name, "--python", base.python] }
        order.context.show("building the image of the claims model")
        try await RepositoryScript(context: order.context, docker: order.docker)
            .run("\(folder)/scripts/build-image.sh", arguments)
    }
}
