import CheckCore
import Foundation
import HarnessSupport
import Tooling

/// The claims and models that the exercise supplies: fetched on first use, never part of the repository.
enum SuppliedClaims {
    /// Returns the folder with `claims.csv`, `example.json` (the first claim) and `model`.
    ///
    /// - Throws: `Skipped` if neither the address nor `$HARNESS_ASSETS` has the files.
    static func obtain(_ context: StackContext) async throws -> String {
        let folder = context.home.downloads.appendingPath("claims-supplied")
        let script = context.repository.absolute("sagemaker/claims-model/scripts/supplied.sh")
        let output = try await Command(script, ["--out", folder]).run()
        if output.exitCode == 3 { throw Skipped(output.lastLine) }
        guard output.isSuccess else { throw HarnessError("supplied.sh: \(output.lastLine)") }
        return folder
    }

    /// Returns the file with the first supplied claim, in the supplied form.
    ///
    /// - Throws: `Skipped`, as `obtain`.
    @Sendable static func record(_ context: StackContext) async throws -> String {
        try await obtain(context).appendingPath("example.json")
    }

    /// Returns the file with a made-up claim, which is part of the repository.
    static func example(_ context: StackContext) -> String {
        context.repository.absolute("sagemaker/claims-model/examples/claim.json")
    }

    static func result(_ file: () async throws -> String) async throws -> Result<String, Skipped> {
        do { return .success(try await file()) } catch let skipped as Skipped { return .failure(skipped) }
    }
}
