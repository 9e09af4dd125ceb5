import CheckCore
import DocumentModels
import Foundation
import HarnessSupport
import Tooling

/// Which lines set a field of a rendered object. Kustomize is the judge: each line gets another value in a copy, and the
/// overlay is rendered again.
package struct FieldTrace: Encodable, Sendable {
    package let overlay: String
    package let object: String
    package let field: String
    package let value: String
    /// From the line that set the value back to the first.
    package let lines: [Line]

    package struct Line: Encodable, Sendable {
        package let path: String
        package let line: Int
        package let role: String
        package let text: String
        package let effect: Effect
    }

    package enum Effect: String, Encodable, Sendable {
        /// The last line whose change changes the field.
        case sets
        /// Its change changes the field too: the value is made of several lines.
        case contributes
        case overridden
        /// Kustomize refuses another value there, for example a name that a patch looks for.
        case unproven
    }

    /// The first line that sets the field.
    package var setter: Line? { lines.first { $0.effect == .sets } }
}

/// Answers questions about one overlay, which it renders once.
package struct FieldTracer: Sendable {
    package let overlay: Kustomization
    package let objects: [KubeObject]
    private let context: CheckContext
    private let sources: FieldSources

    /// - Throws: `HarnessError` where the overlay does not build; `Skipped`, `Tool.Missing`.
    package init(overlay: Kustomization, _ context: CheckContext) async throws {
        self.overlay = overlay
        self.context = context
        let repository = context.repository
        switch try await repository.renderings.rendering(of: overlay, in: context) {
        case .objects(let objects, _): self.objects = objects
        case .refused(let reason):
            throw HarnessError(
                "\(overlay.path) does not build: \(reason.split(separator: "\n").last ?? "")",
                remedy: "`kubectl kustomize \(overlay.path.parentPath)` says more")
        }
        sources = FieldSources(
            repository: repository, kustomizations: repository.kustomizations.closure(of: overlay))
    }

    /// - Throws: `HarnessError` where no line sets the field; `CancellationError`.
    package func trace(_ path: FieldPath, of object: KubeObject) async throws -> FieldTrace {
        let value = path.value(in: object.node)?.text ?? ""
        let all = sources.lines(of: path, kind: object.kind, name: object.name, value: value)
        let files = context.repository.kustomizations.files(of: overlay)
        let lines = try await context.withStage(files) { stage in
            let judge = Judge(stage: stage, tracer: self, path: path, object: object, value: value)
            let known = try await judge.effects(of: Array(all.reversed().prefix(40)))
            if known.contains(where: { $0.effect == .sets }) { return known }
            let alike = sources.lines(alike: value).filter { !all.contains($0) }
            let found = try await judge.effects(of: alike, untilFirst: true).filter { $0.effect == .sets }
            return found + known
        }
        guard lines.contains(where: { $0.effect == .sets || $0.effect == .unproven }) else {
            throw HarnessError(
                "no line of \(overlay.path.parentPath.shownPath) sets \(path) of \(object.title)",
                remedy: "kustomize made it by itself, or a plug-in did")
        }
        return FieldTrace(
            overlay: overlay.path.parentPath.shownPath, object: "\(object.kind)/\(object.name)",
            field: path.description, value: value, lines: lines)
    }

    private struct Judge {
        let stage: String
        let tracer: FieldTracer
        let path: FieldPath
        let object: KubeObject
        let value: String

        func effects(of lines: [SourceLine], untilFirst: Bool = false) async throws -> [FieldTrace.Line] {
            var found: [FieldTrace.Line] = []
            for line in lines {
                var effect = try await effect(of: line)
                if effect == .sets, found.contains(where: { $0.effect == .sets }) { effect = .contributes }
                let text = tracer.context.repository.text(of: line.path)?.lines[line.line - 1] ?? ""
                found.append(
                    FieldTrace.Line(
                        path: line.path, line: line.line, role: line.role, text: text.trimming { $0 == " " },
                        effect: effect))
                if untilFirst, effect == .sets { break }
            }
            return found
        }

        private func effect(of line: SourceLine) async throws -> FieldTrace.Effect {
            let file = stage.appendingPath(line.path)
            guard let data = FileManager.default.contents(atPath: file) else { return .overridden }
            defer { try? data.write(to: URL(fileURLWithPath: file)) }
            var effect = FieldTrace.Effect.overridden
            for content in line.edits(of: String(decoding: data, as: UTF8.self)) {
                try Data(content.utf8).write(to: URL(fileURLWithPath: file))
                switch try await changes() {
                case true?: return .sets
                case nil: effect = .unproven
                case false?: continue
                }
            }
            return effect
        }

        /// Whether the field differs in the copy; `nil` where kustomize refuses the copy.
        private func changes() async throws -> Bool? {
            let folder = tracer.overlay.path.parentPath.shownPath
            let output = try await Command(
                try await tracer.context.path(of: .kubectl), ["kustomize", folder], folder: stage
            ).run()
            guard output.isSuccess, let tree = try? YAMLTree(Array(output.stdout.utf8)) else { return nil }
            let objects = KubeObject.all(in: tree, path: tracer.overlay.path)
            guard let same = objects.first(where: { $0.isSame(as: object) }) else {
                return path.isIdentity && objects.count == tracer.objects.count
            }
            return path.value(in: same.node)?.text != value
        }
    }
}

extension KubeObject {
    /// Whether they are one object, whatever hash its name ends with.
    fileprivate func isSame(as other: KubeObject) -> Bool {
        guard kind == other.kind, group == other.group, ownNamespace == other.ownNamespace else { return false }
        return name == other.name || isGenerated && other.isGenerated && name.dropLast(10) == other.name.dropLast(10)
    }

    /// Whether a generator may have ended the name with a hash.
    package var isGenerated: Bool {
        ["ConfigMap", "Secret"].contains(kind) && name.contains(/-[0-9a-z]{10}$/)
    }
}
