import CheckCore
import Reporting

/// A drawing of the stack: the dependencies, sources and verification of each component.
extension EvidencePage {
    var stack: String {
        let components = Stack.local()
        let modules = TerraformModule.all(in: collector.repository)
        let rows = components.map { component in
            let called = component.code.flatMap { modules.closure(of: $0) }.map(\.path)
                .filter { !component.code.contains($0) }
            let claims = collector.lastUp?.components[component.name] ?? []
            return [
                "<b>\(escaped(component.name))</b>", component.dependencies.map(escaped).joined(separator: ", "),
                (component.code + called).map { link($0) }.joined(separator: "<br>"),
                claims.isEmpty ? "not verified on this machine" : counts(claims.map(\.verdict)),
                collector.lastUp?.runs?[component.name].map { seconds($0.seconds) } ?? "",
            ]
        }
        return """
            <p>What <code>make up</code> brings up on one machine, each once those left of it are there. The picture \
            and the table are made from the components in \(link("Sources/Harness/Submission/Stack")).</p>

            """ + StackPicture(components) { standing(of: $0) }.svg
                + table(
                    "Components of the stack", head: ["Component", "Waits for", "Sources", "Verification", "Time"],
                    numbers: [4], rows)
    }

    private func counts(_ verdicts: [Verdict]) -> String {
        [Verdict.passed, .failed, .skipped].compactMap { verdict in
            let count = verdicts.count { $0 == verdict }
            return count == 0 ? nil : "<span class=\"\(verdict.rawValue)\">\(count) \(verdict.rawValue)</span>"
        }.joined(separator: ", ")
    }

    private func standing(of component: any Component) -> (verdict: Verdict?, text: String) {
        if let emulator = component as? Emulator { return (nil, emulator.product) }
        let verdicts = (collector.lastUp?.components[component.name] ?? []).map(\.verdict)
        if verdicts.isEmpty { return (nil, "not verified on this machine") }
        if verdicts.contains(.failed) {
            return (.failed, "\(verdicts.count { $0 == .failed }) of \(verdicts.count) failed")
        }
        let passed = verdicts.count { $0 == .passed }
        return (passed == 0 ? .skipped : .passed, "\(passed) of \(verdicts.count) assertions hold")
    }
}

/// Boxes in columns with lines between them; a component is to the right of its dependencies.
struct StackPicture: HTMLPage {
    private struct Box {
        let component: any Component
        let x, y: Int
    }

    private static let (width, height, columnStep, rowStep) = (190, 40, 252, 52)

    private let boxes: [Box]
    private let standing: (any Component) -> (verdict: Verdict?, text: String)

    init(_ components: [any Component], standing: @escaping (any Component) -> (verdict: Verdict?, text: String)) {
        var columns: [[any Component]] = []
        var column: [String: Int] = [:]
        var open = components
        while let next = open.firstIndex(where: { $0.dependencies.allSatisfy { column[$0] != nil } }) {
            let component = open.remove(at: next)
            let place = component.dependencies.compactMap { column[$0] }.max().map { $0 + 1 } ?? 0
            column[component.name] = place
            if place == columns.count { columns.append([]) }
            columns[place].append(component)
        }
        // Near its dependencies, so that few lines cross.
        for index in columns.indices.dropFirst() {
            let before = columns[index - 1].map(\.name)
            func place(_ component: any Component) -> Double {
                let places = component.dependencies.compactMap(before.firstIndex)
                return Double(places.reduce(0, +)) / Double(max(1, places.count))
            }
            columns[index] = columns[index].enumerated()
                .sorted { (place($0.element), $0.offset) < (place($1.element), $1.offset) }.map(\.element)
        }
        let rows = columns.map(\.count).max() ?? 0
        boxes = columns.enumerated().flatMap { x, components in
            // A shorter column spreads over the height of the longest.
            let step = Double(rows) / Double(components.count) * Double(Self.rowStep)
            return components.enumerated().map { y, component in
                Box(
                    component: component, x: 2 + x * Self.columnStep,
                    y: Int((Double(y) + 0.5) * step) - Self.height / 2)
            }
        }
        self.standing = standing
    }

    var svg: String {
        let width = (boxes.map(\.x).max() ?? 0) + Self.width + 2
        let height = (boxes.map(\.y).max() ?? 0) + Self.height + 6
        return """
            <svg class="stack" viewBox="0 0 \(width) \(height)" role="img" aria-label="The stack's components, and what \
            each waits for; the table below says the same">
            \(boxes.map(lines).joined())\(boxes.map(shape).joined())</svg>

            """
    }

    private func lines(_ box: Box) -> String {
        box.component.dependencies.compactMap { name in boxes.first { $0.component.name == name } }.map { from in
            let (x1, y1) = (from.x + Self.width, from.y + Self.height / 2)
            let (x2, y2) = (box.x, box.y + Self.height / 2)
            let middle = (x1 + x2) / 2
            return "<path d=\"M\(x1) \(y1) C\(middle) \(y1) \(middle) \(y2) \(x2) \(y2)\"/>\n"
        }.joined()
    }

    private func shape(_ box: Box) -> String {
        let (verdict, text) = standing(box.component)
        return """
            <g class="\(verdict?.rawValue ?? "faint")">\
            <rect x="\(box.x)" y="\(box.y)" width="\(Self.width)" height="\(Self.height)" rx="6"/>\
            <text x="\(box.x + 10)" y="\(box.y + 17)">\(escaped(box.component.name))</text>\
            <text class="small" x="\(box.x + 10)" y="\(box.y + 32)">\(escaped(text))</text></g>

            """
    }
}
