import HarnessSupport

/// The difference of two texts, line by line, with three lines around each change.
struct LineDifference {
    let hunks: [String]

    init(from old: String, to new: String) {
        let (old, new) = (old.lines.map(String.init), new.lines.map(String.init))
        let changes = new.difference(from: old)
        var removed: Set<Int> = []
        var inserted: Set<Int> = []
        for change in changes {
            switch change {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): inserted.insert(offset)
            }
        }
        var lines: [(mark: Character, text: String)] = []
        var (left, right) = (0, 0)
        while left < old.count || right < new.count {
            if left < old.count, removed.contains(left) {
                lines.append(("-", old[left]))
                left += 1
            } else if right < new.count, inserted.contains(right) {
                lines.append(("+", new[right]))
                right += 1
            } else {
                lines.append((" ", old[left]))
                (left, right) = (left + 1, right + 1)
            }
        }
        let isShown = lines.indices.map { index in
            lines[max(0, index - 3)...min(lines.count - 1, index + 3)].contains { $0.mark != " " }
        }
        var hunks: [String] = []
        for index in lines.indices where isShown[index] {
            if index > 0, !isShown[index - 1] { hunks.append("@@") }
            hunks.append("\(lines[index].mark)\(lines[index].text)")
        }
        self.hunks = hunks
    }
}
