import ArgumentParser
import CheckCore
import Foundation
import HarnessSupport
import KubernetesModel
import Tooling

package struct TraceCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "trace",
        abstract: "Show which file and line set a field of a rendered object, and which lines were overridden.",
        discussion: """
            Follows the field through bases, components, patches, replacements, transformers and generators. Every line \
            is proven: it gets another value in a copy, and kustomize renders the copy.

            Examples:
              harness trace Deployment/claims spec.replicas --overlay k8s/apps/overlays/production
              harness trace Deployment/claims 'spec.template.spec.containers[name=claims].image'
              harness trace ConfigMap/settings data.LOG_LEVEL      a generated name, without its hash
              harness trace Service/web "metadata.labels['app.kubernetes.io/name']" --format json
            """)

    package enum Format: String, CaseIterable, ExpressibleByArgument { case text, json }

    @Argument(help: "The object, as KIND/NAME.")
    var object: String

    @Argument(help: "A field with a value: a.b, a[0].b, a[name=x].b or a['key.with/dots'].")
    var field: String

    @Option(
        help: ArgumentHelp("Folder with a kustomization; default: all overlays.", valueName: "folder"),
        completion: .directory)
    var overlay: String?

    @Option(name: .shortAndLong, help: "The object's namespace.")
    var namespace: String?

    @Option(help: "Output format.")
    var format: Format = .text

    package init() {}

    package func run() async throws {
        let (object, field, overlay, namespace, format) = (object, field, overlay, namespace, format)
        try await interruptible {
            do {
                let home = HarnessHome.standard()
                try home.makeWritable()
                let repository = try await Discovery.here()
                let query = try TraceQuery(
                    object: object, field: field, namespace: namespace,
                    overlay: try overlay.map { try Self.path(of: $0, in: repository) })
                let toolbox = Toolbox(home: home)
                let trace = try await query.answer(in: CheckContext(repository: repository, toolbox: toolbox))
                switch format {
                case .json: print(try jsonText(trace), terminator: "")
                case .text: print(Self.text(of: trace))
                }
            } catch let error as HarnessError {
                throw fail(error)
            } catch let missing as Tool.Missing {
                throw fail(missing)
            }
        }
    }

    /// From the current folder to the repository's root.
    private static func path(of folder: String, in repository: Repository) throws -> String {
        let absolute = URL(fileURLWithPath: folder).standardizedFileURL.resolvingSymlinksInPath().path
        let root = URL(fileURLWithPath: repository.root).resolvingSymlinksInPath().path
        guard absolute.isWithin(root) else {
            throw HarnessError("'\(folder)' is outside \(root)", remedy: "run it in the repository of the overlay")
        }
        return String(absolute.dropFirst(root.count).drop { $0 == "/" })
    }

    private static func text(of trace: FieldTrace) -> String {
        let rows = trace.lines.map { line in
            [line.effect.rawValue, "\(line.path):\(line.line)", line.role, String(line.text.prefix(80))]
        }
        let value = trace.value.count > 80 ? "\(trace.value.prefix(80))…" : trace.value
        return "\(trace.object) in \(trace.overlay)\n\(trace.field) = \(value)\n\n"
            + table([["EFFECT", "LINE", "BY", "TEXT"]] + rows)
    }
}
