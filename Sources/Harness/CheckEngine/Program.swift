import CheckCore
import Foundation
import HarnessSupport

/// The code that a check's results come from. It is part of the cache key, so a changed program checks again.
enum Program {
    /// The modules below those with checks.
    private static let base = [
        SourceDigest.harnessSupport, SourceDigest.documentModels, SourceDigest.tooling, SourceDigest.checkCore,
        SourceDigest.kubernetesModel, SourceDigest.deliveryModel, SourceDigest.checkEngine,
    ].joined()

    private static let modules = ["ToolChecks": SourceDigest.toolChecks, "BuiltInRules": SourceDigest.builtInRules]

    /// For checks of other modules: each link of the executable is another program. Its size and time of change tell as
    /// much as a digest, which takes a second for 150 MB.
    static let executable: String = {
        let path = Bundle.main.executablePath ?? CommandLine.arguments[0]
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        let changed = (attributes?[.modificationDate] as? Date)?.timeIntervalSinceReferenceDate
        return "\(attributes?[.size] ?? "") \(changed ?? 0)"
    }()

    static func identity(of check: any Check) -> String {
        let module = String(reflecting: type(of: check)).prefix { $0 != "." }
        return base + (modules[String(module)] ?? executable)
    }
}
