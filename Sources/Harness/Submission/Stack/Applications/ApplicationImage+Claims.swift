import CheckCore
import HarnessSupport
import Tooling

extension ApplicationImage {
    private static let folder = "sagemaker/claims-model"

    /// Version 2 of the claims model: trained, exported and packed by its own scripts.
    static let claimsModel = ApplicationImage(
        name: "claims",
        inputs: { repository in
            let others = ["bench", "tests", "examples"].map { "\(folder)/\($0)" }
            return repository.artifacts.map(\.path).filter { path in
                path.isWithin(folder) && path.pathExtension != "md" && !others.contains { path.isWithin($0) }
            }
        },
        build: { order in
            let context = order.context
            let scripts = RepositoryScript(context: context, docker: order.docker)
            let lock = try Pins.Lock(file: context.repository.absolute("\(folder)/requirements/train.txt"))
            let environment = try await PythonEnvironment(name: "claims", lock: lock, home: context.home)
                .install(announce: context.say)
            let model = order.scratch.appendingPath("model")
            context.show("training the claims model")
            try await scripts.run(
                "\(folder)/scripts/train.sh", ["--out", model],
                environment: ["CLAIMS_TRAIN_PYTHON": environment.appendingPath("bin/python")])
            var arguments = ["--tag", order.tag, "--model", model, "--network", "host"]
            if let base = try await BaseImage.obtain(for: "\(folder)/Containerfile", order.docker, context) {
                arguments += ["--base", base.name, "--python", base.python]
                if base.python != "3.7" {
                    context.say("\(Applications.name): the claims model runs on Python \(base.python), not 3.7, here")
                }
            }
            context.show("building the image claims-model")
            try await scripts.run("\(folder)/scripts/build-image.sh", arguments)
        })

    /// The model of version 1. Until it has an image of its own, the present one serves both versions.
    static let claimsModelV1 = ApplicationImage(
        name: "claims-v1", inputs: claimsModel.inputs,
        build: { order in
            try await order.docker("tag", try await claimsModel.obtain(order.docker, order.context), order.tag)
        }, isKept: false)
}
