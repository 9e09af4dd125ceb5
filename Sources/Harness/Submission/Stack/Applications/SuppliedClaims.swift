import CheckCore
import Foundation
import HarnessSupport
import Tooling

/// The claims and models that the exercise supplies: fetched on first use, never part of the repository.
enum SuppliedClaims {
    /// Returns the folder with `claims.csv`, `example.json` (the first claim) and `model`.
    ///
    /// - Throws: `Skipped` where neither the address nor `$HARNESS_ASSETS` has the files.
    static func obtain(_ context: StackContext) async throws -> String {
        let folder = context.home.downloads.appendingPath("claims-supplied")
        let script = context.repository.absolute("sagemaker/claims-model/scripts/supplied.sh")
        let output = try await Command(script, ["--out", folder]).run()
        if output.exitCode == 3 { throw Skipped(output.lastLine) }
        guard output.isSuccess else { throw HarnessError("supplied.sh: \(output.lastLine)") }
        return folder
    }
}
