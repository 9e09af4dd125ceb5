import CheckCore
import DocumentModels
import Foundation
import HarnessSupport

/// How a rollout goes: the module's settings, and what we assume of machines and network.
public struct RolloutParameters: Sendable {
    public var batchSize: Int
    public var pollSeconds: Double
    public var maxPolls: Int
    public var soakSeconds: Double
    /// Machines that carry the tag `Wave = first`; one in the platform stack.
    public var firstWave = 1
    /// From ending the old machine to the new one in service: boot, mount, self-check. An assumption, not measured.
    public var replacementSeconds = 180.0
    /// One call of AWS with the state around it. An assumption, not measured.
    public var callSeconds = 0.2

    static let path = "terraform/modules/image-rollout/variables.tf"

    /// The defaults of the module's variables.
    ///
    /// - Throws: `HarnessError` where one of them is not there or is not a number.
    init(variables text: String) throws {
        let body: HCLBody
        do { body = try HCLBody(parsing: text) } catch let error as HCLError {
            throw HarnessError("\(Self.path), line \(error.line): \(error.message)")
        }
        func number(_ name: String) throws -> Double {
            let variable = body.blocks("variable").first { $0.labels == [name] }
            guard let number = variable?.body.expression("default").flatMap(Double.init) else {
                throw HarnessError(
                    "\(Self.path): the variable \(name) has no number as its default",
                    remedy: "give it one, which the forecast then takes")
            }
            return number
        }
        batchSize = Int(clamped: try number("batch_size"))
        guard batchSize > 0 else {
            throw HarnessError(
                "\(Self.path): a batch_size of \(batchSize) replaces nothing", remedy: "give it 1 or more")
        }
        pollSeconds = try number("poll_seconds")
        // As main.tf derives it.
        maxPolls = Int(clamped: (try number("replacement_minutes") * 60 / pollSeconds).rounded(.up))
        soakSeconds = try number("soak_seconds")
    }

    /// The module's defaults, read from the repository around the current folder.
    ///
    /// - Throws: `HarnessError` outside of the repository.
    public static func standard() throws -> RolloutParameters {
        let root = Discovery.root(of: FileManager.default.currentDirectoryPath)
        guard let text = try? String(contentsOfFile: root.appendingPath(path), encoding: .utf8) else {
            throw HarnessError("there is no \(path) here", remedy: "run it within this repository")
        }
        return try RolloutParameters(variables: text)
    }
}
