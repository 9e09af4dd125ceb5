import HarnessSupport

/// The order of work on components: each starts when its dependencies are done, independent ones in parallel.
struct Schedule: Sendable {
    /// A component's name and its dependencies. Names that are not in the schedule are ignored.
    let waits: [String: [String]]

    /// Up: a component waits for what it depends on.
    static func up(_ components: [any Component]) -> Schedule {
        Schedule(waits: Dictionary(uniqueKeysWithValues: components.map { ($0.name, $0.dependencies) }))
    }

    /// Down: a component waits for those that need it to come down.
    static func down(_ components: [any Component]) -> Schedule {
        let waits = components.map { component in
            (component.name, components.filter { $0.teardownDependencies.contains(component.name) }.map(\.name))
        }
        return Schedule(waits: Dictionary(uniqueKeysWithValues: waits))
    }

    /// Start and duration of a component's work, in seconds since the start of the schedule.
    struct Span: Sendable {
        let start: Double
        let seconds: Double
        var end: Double { start + seconds }
    }

    /// Does `work` for every component.
    ///
    /// If one fails, its dependents are skipped and the others continue: a partial component is worse than
    /// a complete one.
    ///
    /// - Throws: the first error, after all work has ended.
    @discardableResult
    func run(_ work: @escaping @Sendable (String) async throws -> Void) async throws -> [String: Span] {
        let begin = ContinuousClock.now
        var spans: [String: Span] = [:]
        var failure: (any Error)?
        await withTaskGroup(of: (String, Span, (any Error)?).self) { group in
            var open = waits
            func startReady() {
                for (name, before) in open.sorted(by: { $0.key < $1.key })
                where before.allSatisfy({ waits[$0] == nil || spans[$0] != nil }) {
                    open[name] = nil
                    group.addTask {
                        let start = (ContinuousClock.now - begin).seconds
                        var caught: (any Error)?
                        do { try await work(name) } catch { caught = error }
                        return (
                            name, Span(start: start, seconds: (ContinuousClock.now - begin).seconds - start), caught
                        )
                    }
                }
            }
            startReady()
            while let (name, span, error) = await group.next() {
                if let error { failure = failure ?? error } else { spans[name] = span }
                if !Task.isCancelled { startReady() }
            }
        }
        try Task.checkCancellation()
        if let failure { throw failure }
        return spans
    }

    /// The critical path: the component that ended last, the dependency that it waited for last, and so on.
    func criticalPath(of spans: [String: Span]) -> [(name: String, seconds: Double)] {
        var path: [(name: String, seconds: Double)] = []
        var next = spans.max { $0.value.end < $1.value.end }
        while let (name, span) = next {
            path.insert((name, span.seconds), at: 0)
            next = spans.filter { waits[name]?.contains($0.key) ?? false }.max { $0.value.end < $1.value.end }
        }
        return path
    }
}
