import DocumentModels

/// A proof that an ask is answered.
struct Proof: Sendable {
    /// The statement that the proof supports, by its name in the catalogue.
    enum Level: String, CaseIterable, Sendable {
        /// The artifacts lint and validate against the real schema or provider.
        case checked
        /// They run on an emulator or on the real component.
        case ran
        /// A test fails when the artifacts are broken.
        case refused

        var number: Int {
            switch self {
            case .checked: 2
            case .ran: 3
            case .refused: 4
            }
        }
    }

    enum Source: Hashable, Sendable {
        /// A check or own rule, on the ask's artifacts.
        case check(String)
        /// A suite or one of its tests, by the names in `@Suite` and `@Test`.
        case test(suite: String, sentence: String?)
        /// The deliberate breaks of a component, or one of them, as recorded by `expectNoticed`.
        case breaking(component: String, id: String?)
        /// The assertions of `harness up` about a component, or one of them.
        case assertion(component: String, id: String?)
        /// The mutants of the ask's artifacts.
        case mutants
    }

    let level: Level
    let source: Source
    /// The allowed skip reason; `nil` if a skip is not allowed.
    let mayBeSkipped: String?
    let line: Int

    var name: String {
        switch source {
        case .check(let name): name
        case .test(let suite, let sentence): [suite, sentence].compactMap(\.self).joined(separator: " ")
        case .breaking(let component, let id): "break \([component, id].compactMap(\.self).joined(separator: "/"))"
        case .assertion(let component, let id): [component, id].compactMap(\.self).joined(separator: "/")
        case .mutants: "mutants"
        }
    }

    /// A word is a check or `mutants`; else a mapping with `test`, `break` or `assertion`. The latter two name a
    /// component, or `COMPONENT/ID`.
    init?(_ node: YAMLNode, _ level: Level) {
        self.level = level
        line = node.line
        mayBeSkipped = node["skipped"]?.string
        let says = node["says"]?.string
        if node.isScalar {
            source = node.text == "mutants" ? .mutants : .check(node.text)
        } else if let check = node["check"]?.string {
            source = .check(check)
        } else if let suite = node["test"]?.string {
            source = .test(suite: suite, sentence: says)
        } else if let name = node["break"]?.string.map(Self.split) {
            source = .breaking(component: name.component, id: name.id)
        } else if let name = node["assertion"]?.string.map(Self.split) {
            source = .assertion(component: name.component, id: name.id)
        } else {
            return nil
        }
    }

    private static func split(_ name: String) -> (component: String, id: String?) {
        let parts = name.split(separator: "/", maxSplits: 1).map(String.init)
        return (parts.first ?? "", parts.count > 1 ? parts[1] : nil)
    }
}
