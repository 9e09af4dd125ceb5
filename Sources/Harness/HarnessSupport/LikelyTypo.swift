extension String {
    /// Whether one letter was added, left out or doubled. Names that differ in a digit are usually different things.
    package func isLikelyTypo(of other: String) -> Bool {
        let (long, short) = count > other.count ? (Array(self), Array(other)) : (Array(other), Array(self))
        guard long.count == short.count + 1, short.count > 3 else { return false }
        let same = zip(long, short).prefix { $0 == $1 }.count
        return long[same].isLetter && long[(same + 1)...].elementsEqual(short[same...])
    }
}
