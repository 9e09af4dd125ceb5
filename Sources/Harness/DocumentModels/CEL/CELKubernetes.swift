import Foundation

/// Values of Kubernetes' own libraries.
///
/// Source: k8s.io/apiserver@v0.36.0, pkg/cel/library: quantity.go, urls.go, ip.go, cidr.go, semverlib.go, format.go.
package enum CELOpaque: Hashable, Sendable {
    case quantity(Decimal)
    case url(URLComponents, raw: String)
    case ip(Address)
    case cidr(Address, length: Int)
    case semver([Int], pre: [String])
    case format(String)

    package struct Address: Hashable, Sendable {
        let bytes: [UInt8]
        let text: String

        /// Canonical addresses without a zone, like `netip.ParseAddr` with the additional conditions of Kubernetes.
        init?(_ text: String) {
            var storage = [UInt8](repeating: 0, count: 16)
            if inet_pton(AF_INET, text, &storage) == 1 {
                bytes = Array(storage.prefix(4))
            } else if inet_pton(AF_INET6, text, &storage) == 1, !text.contains("."), !text.contains("%") {
                bytes = storage
            } else {
                return nil
            }
            self.text = text
        }

        func isWithin(_ other: Address, _ length: Int) -> Bool {
            guard bytes.count == other.bytes.count else { return false }
            return (0..<length).allSatisfy { bit in
                let mask = UInt8(0x80) >> (bit % 8)
                return bytes[bit / 8] & mask == other.bytes[bit / 8] & mask
            }
        }
    }

    var typeName: String {
        switch self {
        case .quantity: "kubernetes.Quantity"
        case .url: "kubernetes.URL"
        case .ip: "net.IP"
        case .cidr: "net.CIDR"
        case .semver: "kubernetes.Semver"
        case .format: "kubernetes.NamedFormat"
        }
    }

    var text: String? {
        switch self {
        case .quantity(let value): "\(value)"
        case .url(_, let raw): raw
        case .ip(let address): address.text
        case .cidr(let address, let length): "\(address.text)/\(length)"
        case .semver(let numbers, _): numbers.map(String.init).joined(separator: ".")
        case .format(let name): name
        }
    }
}

enum CELKubernetes {
    /// `nil` if no function has this name.
    static func call(_ name: String, _ arguments: [CELValue]) throws(CELFailure) -> CELValue? {
        let text = arguments.first?.text
        func parsed(_ value: CELOpaque?) throws(CELFailure) -> CELValue {
            guard let text else { throw .overload("no such overload: \(name)(\(arguments.map(\.typeName).joined()))") }
            guard let value else { throw .error("`\(text)` is not a valid \(name)") }
            return .opaque(value)
        }
        switch name {
        case "quantity": return try parsed(text.flatMap(quantity))
        case "isQuantity": return .bool(text.flatMap(quantity) != nil)
        case "url": return try parsed(text.flatMap(url))
        case "isURL": return .bool(text.flatMap(url) != nil)
        case "ip":
            if case .opaque(.cidr(let address, _))? = arguments.first { return .opaque(.ip(address)) }
            return try parsed(text.flatMap(CELOpaque.Address.init).map(CELOpaque.ip))
        case "isIP": return .bool(text.flatMap(CELOpaque.Address.init) != nil)
        case "ip.isCanonical":
            guard let address = text.flatMap(CELOpaque.Address.init) else { throw .error("not a valid ip") }
            return .bool(canonical(address) == text)
        case "cidr": return try parsed(text.flatMap(cidr))
        case "isCIDR": return .bool(text.flatMap(cidr) != nil)
        case "semver" where arguments.count == 1: return try parsed(text.flatMap(semver))
        case "isSemver" where arguments.count == 1: return .bool(text.flatMap(semver) != nil)
        case "format.named":
            guard let text, formats[text] != nil else { return nil }
            return .optional(.opaque(.format(text)))
        default:
            guard name.hasPrefix("format."), formats[String(name.dropFirst(7))] != nil else { return nil }
            return .opaque(.format(String(name.dropFirst(7))))
        }
    }

    static func quantity(_ text: String) -> CELOpaque? {
        let units: [Substring: Decimal] = [
            "": 1, "n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18,
            "Ki": 1_024, "Mi": 1_048_576, "Gi": 1_073_741_824, "Ti": 1_099_511_627_776, "Pi": 1_125_899_906_842_624,
            "Ei": 1_152_921_504_606_846_976,
        ]
        guard
            let match = text.wholeMatch(
                of: /([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))(?:[eE]([+-]?[0-9]+)|([numkMGTPE]|[KMGTPE]i)?)/),
            let number = Decimal(string: String(match.1))
        else { return nil }
        if let power = match.2.flatMap({ Int($0) }) {
            return abs(power) > 60 ? nil : Decimal(string: "1e\(power)").map { .quantity(number * $0) }
        }
        return units[match.3 ?? ""].map { .quantity(number * $0) }
    }

    /// As Go's `url.ParseRequestURI`: an absolute URL or an absolute path.
    private static func url(_ text: String) -> CELOpaque? {
        guard let parts = URLComponents(string: text), !text.contains(" ") else { return nil }
        guard parts.scheme != nil || text.hasPrefix("/") else { return nil }
        return .url(parts, raw: text)
    }

    private static func cidr(_ text: String) -> CELOpaque? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = CELOpaque.Address(String(parts[0])),
            let length = Int(parts[1]), String(length) == parts[1], (0...address.bytes.count * 8).contains(length)
        else { return nil }
        return .cidr(address, length: length)
    }

    private static func semver(_ text: String) -> CELOpaque? {
        guard
            let match = text.wholeMatch(
                of: /(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?/)
        else { return nil }
        return .semver(
            [match.1, match.2, match.3].compactMap { Int($0) },
            pre: (match.4 ?? "").split(separator: ".").map(String.init))
    }

    static func canonical(_ address: CELOpaque.Address) -> String {
        var bytes = address.bytes
        var buffer = [CChar](repeating: 0, count: 64)
        inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, &bytes, &buffer, 64)
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The supported named formats with their pattern and maximum length. Kubernetes has others.
    static let formats: [String: (pattern: String, most: Int)] = [
        "dns1123Label": ("[a-z0-9]([-a-z0-9]*[a-z0-9])?", 63),
        "dns1123Subdomain": ("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*", 253),
        "dns1035Label": ("[a-z]([-a-z0-9]*[a-z0-9])?", 63),
        "labelValue": ("(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?", 63),
    ]
}

extension CELOpaque {
    /// `nil` if the value has no such method.
    func method(_ name: String, _ arguments: [CELValue]) throws(CELFailure) -> CELValue? {
        switch self {
        case .quantity(let value): return try quantity(name, value, arguments)
        case .url(let parts, let raw): return url(name, parts, raw)
        case .ip(let address):
            switch name {
            case "family": return .int(address.bytes.count == 4 ? 4 : 6)
            case "isLoopback":
                return .bool(
                    address.bytes.count == 4
                        ? address.bytes[0] == 127 : address.bytes == [UInt8](repeating: 0, count: 15) + [1])
            case "isUnspecified": return .bool(address.bytes.allSatisfy { $0 == 0 })
            default: return nil
            }
        case .cidr(let address, let length): return try cidr(name, address, length, arguments)
        case .semver(let numbers, let pre): return try semver(name, numbers, pre, arguments)
        case .format(let format):
            guard name == "validate", let text = arguments.first?.text else { return nil }
            guard let known = CELKubernetes.formats[format] else { return nil }
            let isMatch = try CELPattern.matches(text, "^\(known.pattern)$")
            let isValid = isMatch && text.count <= known.most
            return .optional(isValid ? nil : .list([.string("not a valid \(format)")]))
        }
    }

    private func quantity(_ name: String, _ value: Decimal, _ arguments: [CELValue]) throws(CELFailure) -> CELValue? {
        var other: Decimal?
        switch arguments.first {
        case .opaque(.quantity(let value))?: other = value
        case .int(let value)?: other = Decimal(value)
        default: break
        }
        switch (name, other) {
        case ("isGreaterThan", let other?): return .bool(value > other)
        case ("isLessThan", let other?): return .bool(value < other)
        case ("compareTo", let other?): return .int(value < other ? -1 : value > other ? 1 : 0)
        case ("add", let other?): return .opaque(.quantity(value + other))
        case ("sub", let other?): return .opaque(.quantity(value - other))
        case ("sign", nil): return .int(value < 0 ? -1 : value > 0 ? 1 : 0)
        case ("isInteger", nil): return .bool(Int("\(value)") != nil)
        case ("asInteger", nil):
            guard let whole = Int("\(value)") else { throw .error("cannot convert value to integer") }
            return .int(whole)
        case ("asApproximateFloat", nil): return .double(NSDecimalNumber(decimal: value).doubleValue)
        default: return nil
        }
    }

    private func url(_ name: String, _ parts: URLComponents, _ raw: String) -> CELValue? {
        let host = parts.encodedHost ?? ""
        switch name {
        case "getScheme": return .string((parts.scheme ?? "").lowercased())
        case "getHost": return .string(parts.port.map { "\(host):\($0)" } ?? host)
        case "getHostname": return .string(host.trimmingCharacters(in: CharacterSet(charactersIn: "[]")))
        case "getPort": return .string(parts.port.map(String.init) ?? "")
        case "getEscapedPath": return .string(parts.percentEncodedPath)
        case "getQuery":
            var map = CELMap()
            for (key, values) in Dictionary(grouping: parts.queryItems ?? [], by: \.name) {
                map[key] = .list(values.map { .string($0.value ?? "") })
            }
            return .map(map)
        default: return nil
        }
    }

    private func cidr(
        _ name: String, _ address: Address, _ length: Int, _ arguments: [CELValue]
    ) throws(CELFailure) -> CELValue? {
        var other: Address?
        var otherLength = length
        switch arguments.first {
        case .opaque(.ip(let given))?: other = given
        case .opaque(.cidr(let given, let given2))?: (other, otherLength) = (given, given2)
        case .string(let text)?:
            if name == "containsCIDR" {
                guard case .opaque(.cidr(let given, let given2))? = try CELKubernetes.call("cidr", [.string(text)])
                else {
                    return nil
                }
                (other, otherLength) = (given, given2)
            } else {
                guard let given = Address(text) else { throw .error("`\(text)` is not a valid ip") }
                other = given
            }
        default: break
        }
        switch (name, other) {
        case ("containsIP", let other?): return .bool(other.isWithin(address, length))
        case ("containsCIDR", let other?): return .bool(otherLength >= length && other.isWithin(address, length))
        case ("prefixLength", nil): return .int(length)
        case ("ip", nil): return .opaque(.ip(address))
        case ("masked", nil): throw .unknown("unsupported method masked()")
        default: return nil
        }
    }

    private func semver(
        _ name: String, _ numbers: [Int], _ pre: [String], _ arguments: [CELValue]
    ) throws(CELFailure) -> CELValue? {
        switch name {
        case "major": return .int(numbers[0])
        case "minor": return .int(numbers[1])
        case "patch": return .int(numbers[2])
        case "isGreaterThan", "isLessThan", "compareTo":
            guard case .opaque(.semver(let other, let otherPre))? = arguments.first else { return nil }
            if numbers == other, !(pre.isEmpty && otherPre.isEmpty), pre != otherPre {
                guard pre.isEmpty || otherPre.isEmpty else {
                    throw .unknown("unsupported comparison of pre-releases")
                }
                let isGreater = pre.isEmpty
                return name == "compareTo" ? .int(isGreater ? 1 : -1) : .bool(isGreater == (name == "isGreaterThan"))
            }
            let order = numbers == other ? 0 : numbers.lexicographicallyPrecedes(other) ? -1 : 1
            return name == "compareTo" ? .int(order) : .bool(name == "isGreaterThan" ? order > 0 : order < 0)
        default: return nil
        }
    }
}
