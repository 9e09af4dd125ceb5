#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Count, sum, extremes and a sketch of the amounts, for each claim type and region.
final class ClaimTotals {
    private struct Group {
        var count: Int64 = 0
        var sum: Int64 = 0
        var least = Int64.max
        var most = Int64.min
    }

    private static let groupCount = ClaimJob.types.count * ClaimJob.regions.count
    private static let buckets = QuantileSketch.bucketCount(upTo: ClaimJob.largestAmount)
    private let groups: UnsafeMutablePointer<Group>
    /// A sketch for each group that has claims: 28 KB.
    private let sketches: UnsafeMutablePointer<UnsafeMutablePointer<Int64>?>

    init() {
        groups = .allocate(capacity: Self.groupCount)
        groups.initialize(repeating: Group(), count: Self.groupCount)
        sketches = .allocate(capacity: Self.groupCount)
        sketches.initialize(repeating: nil, count: Self.groupCount)
    }

    deinit {
        for group in 0..<Self.groupCount { free(sketches[group]) }
        sketches.deallocate()
        groups.deallocate()
    }

    @inline(__always)
    func add(_ claim: Claim) {
        let index = claim.type * ClaimJob.regions.count + claim.region
        let group = groups + index
        group.pointee.count += 1
        group.pointee.sum += claim.amount
        group.pointee.least = min(group.pointee.least, claim.amount)
        group.pointee.most = max(group.pointee.most, claim.amount)
        let sketch = sketches[index] ?? makeSketch(index)
        sketch[QuantileSketch.bucket(of: claim.amount)] += 1
    }

    @inline(never)
    private func makeSketch(_ group: Int) -> UnsafeMutablePointer<Int64> {
        let sketch: UnsafeMutablePointer<Int64> = allocateZeroed(Self.buckets)
        sketches[group] = sketch
        return sketch
    }

    func summary() -> [(String, JSONText)] {
        var list: [JSONText] = []
        for (type, typeName) in ClaimJob.types.enumerated() {
            for (region, regionName) in ClaimJob.regions.enumerated() {
                let index = type * ClaimJob.regions.count + region
                let group = groups[index]
                guard let sketch = sketches[index] else { continue }
                func quantile(_ permille: Int64) -> JSONText {
                    let estimate = QuantileSketch.quantile(
                        permille, of: sketch, buckets: Self.buckets, total: group.count)
                    return JSONText(money: min(max(estimate, group.least), group.most))
                }
                list.append(
                    JSONText(object: [
                        ("claim_type", JSONText(string: typeName)), ("region", JSONText(string: regionName)),
                        ("count", JSONText(group.count)), ("sum", JSONText(money: group.sum)),
                        // Half a cent counts as one.
                        ("mean", JSONText(money: (2 * group.sum + group.count) / (2 * group.count))),
                        ("min", JSONText(money: group.least)), ("max", JSONText(money: group.most)),
                        ("p50", quantile(500)), ("p90", quantile(900)), ("p99", quantile(990)),
                    ]))
            }
        }
        return [
            ("quantile_relative_error", JSONText("\(QuantileSketch.relativeError)")),
            ("groups", JSONText(array: list)),
        ]
    }
}
