extension String {
    /// The probably intended name: at most two letters away, or three for names of ten or more letters.
    package func nearest(among names: some Sequence<String>) -> String? {
        let most = count >= 10 ? 3 : 2
        return names.map { ($0, Self.distance(lowercased(), $0.lowercased(), most: most)) }
            .filter { $0.1 <= most && $0.0.count > 2 }
            .min { ($0.1, $0.0) < ($1.1, $1.0) }?.0
    }

    /// Levenshtein's distance, exact up to `most`.
    private static func distance(_ left: String, _ right: String, most: Int) -> Int {
        let (left, right) = (Array(left.utf8), Array(right.utf8))
        guard abs(left.count - right.count) <= most else { return most + 1 }
        var row = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, b) in right.enumerated() {
                let above = row[j + 1]
                row[j + 1] = Swift.min(above + 1, row[j] + 1, diagonal + (a == b ? 0 : 1))
                diagonal = above
            }
        }
        return row[right.count]
    }
}
