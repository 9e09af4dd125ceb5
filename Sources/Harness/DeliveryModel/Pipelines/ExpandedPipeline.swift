import CheckCore
import Foundation
import HarnessSupport

/// A pipeline with its templates expanded, for other programs.
public struct ExpandedPipeline {
    public let json: String

    /// A pipeline has one of these keys.
    private static let body = ["stages", "jobs", "steps", "extends"]

    /// - Throws: `HarnessError` with the first problem of the expansion.
    public init(file: String, parameters: [String: String]) throws {
        let path = URL(fileURLWithPath: file).standardizedFileURL.path
        let root = Discovery.root(of: path.parentPath)
        guard let type = try? FileManager.default.attributesOfItem(atPath: path)[.type] as? FileAttributeType else {
            throw HarnessError("file not found: \(file)")
        }
        guard type == .typeRegular || type == .typeSymbolicLink else {
            throw HarnessError("\(file) is not a file", remedy: "name the YAML file of a pipeline")
        }
        var expander = PipelineExpander {
            FileManager.default.contents(atPath: root.appendingPath($0)).map { [UInt8]($0) }
        }
        let relative = path.hasPrefix(root + "/") ? String(path.dropFirst(root.count + 1)) : path
        let value = expander.expand(relative, given: parameters)
        if let problem = expander.problems.first {
            throw HarnessError("\(problem.file):\(problem.line): \(problem.message)", remedy: problem.remedy)
        }
        guard let value, value.entries.contains(where: { Self.body.contains($0.key) }) else {
            throw HarnessError(
                "\(file) is not a pipeline: it has no \(Self.body.joined(separator: ", "))",
                remedy: "name the YAML file of a pipeline")
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        json = String(decoding: try encoder.encode(value.json), as: UTF8.self) + "\n"
    }
}
