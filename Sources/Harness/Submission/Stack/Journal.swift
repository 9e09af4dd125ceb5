import Foundation
import HarnessSupport
import Synchronization

/// Started and running components, recorded before each step, so that `down` can clean up after a crash.
final class Journal: Sendable {
    enum State: String, Codable, Sendable {
        /// Started but not known to be complete: the state is uncertain.
        case starting
        case up
        case stopping
        /// Not possible on this machine; the detail holds the reason.
        case skipped
    }

    private struct Entry: Codable, Sendable {
        let component: String
        var state: State
        var standing: ComponentDetail?
    }

    private struct Document: Codable { let entries: [Entry] }

    private let folder: String
    private let entries: Mutex<[Entry]>

    private static func file(_ folder: String) -> String { folder.appendingPath("journal.json") }

    /// Opens the journal of the stack in `folder`; empty if none exists.
    ///
    /// - Throws: `HarnessError` if the journal is unreadable.
    init(_ folder: String) throws {
        self.folder = folder
        guard let data = FileManager.default.contents(atPath: Self.file(folder)) else {
            entries = Mutex([])
            return
        }
        do {
            entries = Mutex(try JSONDecoder().decode(Document.self, from: data).entries)
        } catch {
            throw HarnessError(
                "the journal \(Self.file(folder)) is damaged",
                remedy: "stop its processes by hand, then remove \(folder)")
        }
    }

    func state(of component: String) -> State? { entry(component)?.state }

    func standing(of component: String) -> ComponentDetail? { entry(component)?.standing }

    private func entry(_ component: String) -> Entry? {
        entries.withLock { $0.first { $0.component == component } }
    }

    /// Records a state and syncs it to disk before it returns.
    func note(_ component: String, _ state: State, _ standing: ComponentDetail? = nil) throws {
        let entry = Entry(component: component, state: state, standing: standing)
        try change { entries in
            if let index = entries.firstIndex(where: { $0.component == component }) {
                entries[index] = entry
            } else {
                entries.append(entry)
            }
        }
    }

    func forget(_ component: String) throws {
        try change { entries in entries.removeAll { $0.component == component } }
    }

    private func change(_ body: (inout [Entry]) -> Void) throws {
        try entries.withLock { entries in
            body(&entries)
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            try encoder.encode(Document(entries: entries))
                .write(to: URL(fileURLWithPath: Self.file(folder)), options: .atomic)
        }
    }
}
