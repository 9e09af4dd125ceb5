import Foundation
import HarnessSupport
import Tooling

extension TerraformStack {
    /// The S3 processor: B15.
    static let processor = TerraformStack(
        name: "processor", dependencies: [Emulator.moto.name, "processor-package"], path: "terraform/stacks/processor",
        values: { context in
            let package = ProcessorPackage.file(context)
            // Coming down on another machine than it went up on: Terraform wants a file, and does not look into it.
            if !FileManager.default.fileExists(atPath: package) {
                try context.home.makeFolder(package.parentPath)
                try Data().write(to: URL(fileURLWithPath: package))
            }
            return ["package": package, "architecture": architecture]
        },
        describe: { "s3://\($0["input_bucket_name"]?.string ?? "?")/incoming/" },
        claims: { outputs, aws in
            let claims = ProcessorVerification(outputs: outputs, aws: aws)
            return try await claims.function() + claims.trigger() + claims.role() + claims.failures()
                + claims.buckets() + claims.processing() + claims.inventory() + claims.backfill()
        })

    private static var architecture: String {
        #if arch(arm64)
            "arm64"
        #else
            "x86_64"
        #endif
    }
}
