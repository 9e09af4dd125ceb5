import CheckCore
import DocumentModels
import HarnessSupport

/// The hourly cost of a cluster's nodes: their number times the list prices in `clouds.yaml`.
public struct ClusterCost: Encodable, Sendable {
    public let cluster: String
    public let cloud: String
    public let lines: [Line]

    public struct Line: Encodable, Sendable {
        public let what: String
        public let count: Int
        public let price: Double
        /// The purpose of nodes that do not run all the time.
        public let duration: String?
        public var sum: Double { Double(count) * price }
    }

    /// Dollars an hour for nodes that always run.
    public var always: Double { lines.filter { $0.duration == nil }.map(\.sum).reduce(0, +) }
    /// Additional dollars an hour for nodes that run on demand.
    public var passing: Double { lines.filter { $0.duration != nil }.map(\.sum).reduce(0, +) }

    package init(_ file: ClusterFile) {
        cluster = file.name
        cloud = file.cloud
        func price(_ node: YAMLNode?) -> Double { node.flatMap { Double($0.text) } ?? 0 }
        let plane = Line(
            what: "control plane", count: 1, price: price(file.clouds[file.cloud, "controlPlane", "price"]),
            duration: nil)
        lines =
            [plane]
            + file.groups.map { group in
                let instance = group["instance"]?.text ?? ""
                return Line(
                    what: "\(group["type"]?.text ?? "") \(instance)", count: group["zones"].elements.count,
                    price: price(file.instance(instance)?["price"]), duration: group["while"]?.text)
            }
    }

    /// A row of the page's table: what, dollars an hour, a month of 730 hours, and an hour on top of it.
    package var row: String {
        let nodes = lines.dropFirst().map { line in
            "\(line.count) × \(line.what)\(line.duration.map { " (while \($0))" } ?? "")"
        }
        return
            "| \(cluster) | \(nodes.joined(separator: ", ")) | \(Self.dollars(always)) | \(Self.dollars(always * 730, 0)) | \(passing == 0 ? "" : Self.dollars(passing)) |"
    }

    /// As a table with a head: every cluster's lines and their sum.
    public static func table(of costs: [ClusterCost]) -> [[String]] {
        [["CLUSTER", "WHAT", "NUMBER", "EACH", "AN HOUR", "WHILE"]]
            + costs.flatMap { cost in
                cost.lines.map {
                    [cost.cluster, $0.what, "\($0.count)", "\($0.price)", dollars($0.sum), $0.duration ?? "always"]
                } + [[cost.cluster, "sum", "", "", dollars(cost.always), "always"]]
            }
    }

    /// Uses a decimal point, independent of the locale.
    public static func dollars(_ value: Double, _ digits: Int = 2) -> String {
        let scale = digits == 0 ? 1 : 100
        let cents = Int(clamped: (value * Double(scale)).rounded())
        guard digits > 0 else { return "\(cents)" }
        return "\(cents / 100).\(cents % 100 < 10 ? "0" : "")\(cents % 100)"
    }

    /// - Throws: `HarnessError` without a cluster.
    public static func all(in repository: Repository) throws -> [ClusterCost] {
        let files = ClusterFile.files(in: repository)
        guard !files.isEmpty else { throw HarnessError("there is no clusters/NAME.yaml beside a clouds.yaml") }
        return try files.map { path in
            do { return ClusterCost(try ClusterFile(path, in: repository)) } catch let error as Skipped {
                throw HarnessError(error.reason)
            }
        }
    }
}
