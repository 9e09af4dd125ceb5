import Foundation
import HarnessSupport
import Tooling

extension Emulator {
    /// moto with our corrections, the emulator for Terraform stacks and permissions.
    static let moto = Emulator(
        name: "emulator", product: "moto \(Pins.version(of: "moto", in: Pins.check) ?? "")", tool: .moto, offset: 0,
        mark: "Moto/emulator.py", health: "/moto-api/",
        // As isolated as with -I, but with the modules beside it; nothing is written into the build.
        arguments: {
            ["-EsB", try motoProgram(), "-H", "127.0.0.1", "-p", "\($0)"]
        },
        environment: { context, _, _ in
            // Without it, functions are stored but do not run.
            let functions = try? await context.toolbox.path(of: .lambdaEmulator)
            return ["MOTO_IAM_LOAD_MANAGED_POLICIES": "true", "LAMBDA_EMULATOR": functions]
        },
        account: "123456789012")

    /// Returns the path of the program that starts moto with our corrections.
    ///
    /// - Throws: `HarnessError` if the build is incomplete.
    package static func motoProgram() throws -> String {
        try Resource.path("emulator", "py", in: "Moto", of: .module)
    }
}
