import CheckCore
import Foundation
import HarnessSupport
import TestSupport
import Testing

@testable import DocumentModels
@testable import KubernetesModel
@testable import Tooling

/// The Common Expression Language as Kubernetes evaluates it.
@Suite("CEL")
struct CELTests {
    private static let variables = CELEvaluator([
        "self": .object([
            "name": .string("café"), "count": .int(3), "list": .list([.int(3), .int(1), .int(2)]),
            "ports": .list([.object([:]), .object(["port": .int(80)])]), "empty": .list([]),
            "map": .object(["a": .int(1), "b-c": .int(2)]),
        ])
    ])

    /// Source: github.com/google/cel-spec, doc/langdef.md; kubernetes.io/docs/reference/using-api/cel.
    static let truths = [
        "self.name.size() == 4 && size(self.list) == 3", "self.name.substring(1, 3) == 'af'",
        "self.ports.exists(p, p.port == 80)", "!self.ports.all(p, has(p.port))", "self.empty.all(x, x > 1)",
        "self.list.exists_one(x, x == 2)", "self.list.map(x, x > 1, x * 2) == [6, 4]",
        "self.list.filter(x, x > 1).size() == 2", "self.map.all(k, k != '')", "'b-c' in self.map",
        "self.?missing.orValue(7) == 7", "self[?'count'].hasValue()", "!self.?a.b.c.hasValue()",
        "optional.of(2).optMap(x, x + 1).value() == 3", "[1, ?optional.none()].size() == 1",
        "{?'a': optional.of(1)} == {'a': 1}", "has(self.map.a) && !has(self.map.z)",
        "self.z == 1 || true", "!(false && self.z == 1)", "1 == 1.0 && 1u < 2 && 1.5 > 1", "'a' != 1", "7 / 2 == 3",
        "-7 / 2 == -3 && -7 % 3 == -1", "-9223372036854775808 < 0", "0x1F == 31 && 1.5e3 == 1500.0",
        "r'\\d' == '\\\\d' && '''a'b''' == \"a'b\"", "self.count > 2 ? true : 1 / 0 == 1",
        "duration('1h30m') == duration('90m') && duration('90m').getMinutes() == 90",
        "timestamp('2026-01-01T00:00:00Z') + duration('24h') == timestamp('2026-01-02T00:00:00Z')",
        "timestamp('2026-03-01T12:30:00Z').getMonth() == 2", "type(1) == int && type('a') == string",
        "int('5') + 1 == 6 && string(5) == '5' && double('1.5') == 1.5", "'1.2'.matches('^\\\\d\\\\.\\\\d$')",
        "!'a\\n'.matches('^a$')", "'a,b,c'.split(',', 2) == ['a', 'b,c'] && ['a', 'b'].join('-') == 'a-b'",
        "'abab'.replace('a', 'x', 1) == 'xbab' && ' a '.trim() == 'a'",
        "'abc'.indexOf('c') == 2 && 'abc'.charAt(0) == 'a'",
        "'%s has %d of %.1f'.format(['a', 2, 1.5]) == 'a has 2 of 1.5'", "'a1b2'.find('[0-9]') == '1'",
        "'a1b2'.findAll('[0-9]') == ['1', '2']", "[1, 2].isSorted() && !self.list.isSorted()",
        "self.list.sum() == 6 && self.list.min() == 1 && self.list.max() == 3 && self.list.indexOf(1) == 1",
        "sets.contains([1, 2], [2]) && sets.equivalent([1, 2], [2, 1]) && !sets.intersects([1], [2])",
        "quantity('1Gi').isGreaterThan(quantity('1G')) && quantity('100m') == quantity('0.1')",
        "quantity('2Ki').add(quantity('1')).asInteger() == 2049 && !isQuantity('1Mo')",
        "url('https://a.example:8443/b?c=d').getHost() == 'a.example:8443'",
        "url('https://a.example/b').getScheme() == 'https' && !isURL('a b')",
        "ip('::1').family() == 6 && isIP('10.0.0.1') && !isIP('10.0.0.256') && !isIP('::ffff:1.2.3.4')",
        "cidr('10.0.0.0/8').containsIP('10.1.2.3') && cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16')",
        "!cidr('10.1.0.0/16').containsCIDR('10.0.0.0/8') && cidr('10.0.0.0/8').prefixLength() == 8",
        "semver('1.10.0').isGreaterThan(semver('1.9.0')) && !isSemver('v1.0')",
        "!format.dns1123Label().validate('a-b').hasValue() && format.dns1123Label().validate('A').hasValue()",
        "[1, 2].all(i, v, v == i + 1) && {'a': 1}.exists(k, v, k == 'a' && v == 1)",
        "{'a': 1}.transformMap(k, v, v + 1) == {'a': 2} && [3, 1].sort() == [1, 3]",
    ]

    @Test("evaluates expressions to true", arguments: truths)
    func holds(_ text: String) throws {
        let value = try Self.variables.value(of: CELParser.parse(text))
        guard case .bool(true) = value else {
            Issue.record("\(text): \(value)")
            return
        }
    }

    @Test(
        "fails as the API server does",
        arguments: [
            ("self.missing == 1", CELFailure.error("no such key: missing")),
            ("self.ports.all(p, p.port == 80)", .error("no such key: port")),
            ("1 / 0 == 1", .error("division by zero")), ("self.list[3] == 1", .error("index out of bounds: 3")),
            ("9223372036854775807 + 1 == 0", .error("integer overflow")),
            ("1 + 'a' == 2", .overload("no such overload: int + string")),
            ("authorizer(1)", .unknown("unsupported function authorizer()")),
            (
                "timestamp('9999-12-31T23:59:59Z') == timestamp('9999-12-31T23:59:59Z')",
                .unknown("the time 9999-12-31T23:59:59Z is too far from now")
            ),
            ("self.count +", .syntax("unexpected end")), ("'a", .syntax("a string is not closed")),
        ])
    func fails(_ text: String, _ failure: CELFailure) {
        #expect(throws: failure) { try Self.variables.value(of: CELParser.parse(text)) }
    }

    @Test("parses every rule of the pinned definitions")
    func parsesPinnedRules() throws {
        guard let mirror = ProcessInfo.processInfo.environment["HARNESS_ASSETS"], !mirror.isEmpty else {
            try skip("HARNESS_ASSETS names no mirror")
        }
        var count = 0
        for file in DefinitionFile.all {
            guard let bytes = FileManager.default.contents(atPath: mirror.appendingPath(file.path)) else { continue }
            for definition in KubeObject.all(in: try YAMLTree([UInt8](bytes)), path: file.path) {
                for version in (definition.spec?["versions"]).elements {
                    guard let schema = version["schema", "openAPIV3Schema"] else { continue }
                    let rules = StructuralSchema(schema).allRules
                    count += rules.count
                    #expect(rules.compactMap(\.syntaxError) == [])
                }
            }
        }
        #expect(count > 500)
    }
}
