import Foundation
import HarnessSupport
import Tooling

extension Emulator {
    /// moto, with our corrections: what Terraform's stacks and the permissions are tried on.
    static let moto = Emulator(
        name: "emulator", product: "moto \(Pins.version(of: "moto", in: Pins.check) ?? "")", tool: .moto, offset: 0,
        mark: "Moto/emulator.py", health: "/moto-api/",
        // As isolated as with -I, but with the modules beside it; nothing is written into the build.
        arguments: {
            ["-EsB", try motoScript(), "-H", "127.0.0.1", "-p", "\($0)"]
        },
        environment: { context, _, _ in
            // Where there is none, functions are stored and do not run.
            let functions = try? await context.toolbox.path(of: .lambdaEmulator)
            return ["MOTO_IAM_LOAD_MANAGED_POLICIES": "true", "LAMBDA_EMULATOR": functions]
        },
        account: "123456789012")

    static func motoScript() throws -> String { try Resource.path("emulator", "py", in: "Moto", of: .module) }
}
