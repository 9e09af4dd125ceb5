import DocumentModels

/// What shows that an ask is answered.
struct Proof: Sendable {
    /// What holds where the proof does, in the words of the catalogue.
    enum Level: String, CaseIterable, Sendable {
        /// The artifacts lint and validate against the real schema or provider.
        case checked
        /// They run on an emulator or on the real component.
        case ran
        /// It was seen to fail where they are broken.
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
        /// A suite, or one test of it: what `@Suite` and `@Test` say.
        case test(suite: String, sentence: String?)
        /// A broken artifact of `Tests/ArtifactTests`, by its name.
        case breaking(String)
        /// What `harness up` reads back of a component: all of it, or one claim.
        case claim(component: String, text: String?)
        /// The mutants of the ask's artifacts.
        case mutants
    }

    let level: Level
    let source: Source
    /// Why it may be skipped on the machine that asks; `nil` where it must be judged.
    let mayBeSkipped: String?
    let line: Int

    var name: String {
        switch source {
        case .check(let name): name
        case .test(let suite, let sentence): [suite, sentence].compactMap(\.self).joined(separator: " ")
        case .breaking(let name): "broken: \(name)"
        case .claim(let component, let text): [component, text].compactMap(\.self).joined(separator: ": ")
        case .mutants: "mutants"
        }
    }

    /// A word is a check; else a mapping with `test`, `break`, `claim` or `mutants`.
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
        } else if let name = node["break"]?.string {
            source = .breaking(name)
        } else if let component = node["claim"]?.string {
            source = .claim(component: component, text: says)
        } else {
            return nil
        }
    }
}
