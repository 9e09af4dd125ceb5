/// What happens next, by time; at the same time, in the order in which it was added, so that runs are alike.
struct EventQueue {
    private struct Event {
        let time: Double
        let order: Int
        let machine: Int

        static func < (one: Event, other: Event) -> Bool { (one.time, one.order) < (other.time, other.order) }
    }

    /// A binary heap: no event is before its parent.
    private var heap: [Event] = []
    private var added = 0

    mutating func add(_ machine: Int, at time: Double) {
        heap.append(Event(time: time, order: added, machine: machine))
        added += 1
        var child = heap.count - 1
        while child > 0, heap[child] < heap[(child - 1) / 2] {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func next() -> (time: Double, machine: Int)? {
        guard let first = heap.first else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty { heap[0] = last }
        var parent = 0
        while let child = [2 * parent + 1, 2 * parent + 2].filter({ $0 < heap.count }).min(by: { heap[$0] < heap[$1] }),
            heap[child] < heap[parent]
        {
            heap.swapAt(child, parent)
            parent = child
        }
        return (first.time, first.machine)
    }
}
