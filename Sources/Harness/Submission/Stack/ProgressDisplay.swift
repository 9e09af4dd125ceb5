import Synchronization

/// The current steps of all components, shown as one line.
final class ProgressDisplay: Sendable {
    private let entries = Mutex<[(component: String, text: String)]>([])
    private let show: @Sendable (String) -> Void

    init(show: @escaping @Sendable (String) -> Void) { self.show = show }

    /// - Parameter text: the component's current step; `nil` when it is done.
    func note(_ component: String, _ text: String?) {
        let line = entries.withLock { entries in
            if let index = entries.firstIndex(where: { $0.component == component }) {
                if let text { entries[index].text = text } else { entries.remove(at: index) }
            } else if let text {
                entries.append((component, text))
            }
            return entries.map { "\($0.component): \($0.text)" }.joined(separator: "  ")
        }
        if !line.isEmpty { show(line) }
    }
}
