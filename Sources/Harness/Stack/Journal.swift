import Foundation

/// What was begun and what is up, written before it is done, so that `down` knows what to clean up after a crash.
struct Journal: Codable, Sendable {
    enum State: String, Codable, Sendable {
        /// Begun and not known to have ended: what is there is uncertain.
        case starting
        case up
        case stopping
    }

    struct Entry: Codable, Sendable {
        let component: String
        var state: State
        var standing: Standing?
    }

    private(set) var entries: [Entry] = []

    private static func file(_ folder: String) -> String { folder.appendingPath("journal.json") }

    /// The journal of the stack in `folder`, empty where there is none.
    ///
    /// - Throws: `HarnessError` when there is one that cannot be read.
    static func read(_ folder: String) throws -> Journal {
        guard let data = FileManager.default.contents(atPath: file(folder)) else { return Journal() }
        do {
            return try JSONDecoder().decode(Journal.self, from: data)
        } catch {
            throw HarnessError(
                "the journal \(file(folder)) is damaged", remedy: "end what still runs by hand, then remove \(folder)")
        }
    }

    func state(of component: String) -> State? { entries.first { $0.component == component }?.state }

    func standing(of component: String) -> Standing? { entries.first { $0.component == component }?.standing }

    /// Notes a state and has it on the disk before it returns.
    mutating func note(_ component: String, _ state: State, _ standing: Standing? = nil, in folder: String) throws {
        let entry = Entry(component: component, state: state, standing: standing)
        if let index = entries.firstIndex(where: { $0.component == component }) {
            entries[index] = entry
        } else {
            entries.append(entry)
        }
        try write(in: folder)
    }

    mutating func forget(_ component: String, in folder: String) throws {
        entries.removeAll { $0.component == component }
        try write(in: folder)
    }

    private func write(in folder: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try encoder.encode(self).write(to: URL(fileURLWithPath: Self.file(folder)), options: .atomic)
    }
}
