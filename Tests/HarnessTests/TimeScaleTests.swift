import Testing

@testable import DeliveryModel
@testable import HarnessSupport
@testable import KubernetesModel
@testable import Submission

@Suite("Faster time")
struct TimeScaleTests {
    private let pace = TimeScale(factor: 60)

    @Test("divides ranges, offsets, waits and intervals, and nothing else")
    func divides() {
        #expect(pace.expression("rate(a[5m]) > 2 * 86400") == "rate(a[5000ms]) > 2 * 86400")
        #expect(pace.expression("b:rate1h offset 1d / c[1h30m:5m]") == "b:rate1h offset 1440000ms / c[90000ms:5m]")
        let rule: JSONValue = ["alert": "Down", "expr": "up == 0", "for": "1m", "labels": ["team": "5m"]]
        #expect(
            pace.applied(to: ["rules": [rule]])
                == ["rules": [["alert": "Down", "expr": "up == 0", "for": "1000ms", "labels": ["team": "5m"]]]])
        #expect(
            pace.applied(to: ["group_wait": "0s", "repeat_interval": "12h"]) == [
                "group_wait": "0s", "repeat_interval": "720000ms",
            ])
    }
}

@Suite("The names in a query")
struct PromQLTests {
    @Test(
        "are metrics with the labels that pick them",
        arguments: [
            ("up", ["up"]), ("sum by (a, b) (rate(c_total{d=~\"e{}\", f!='g'}[5m] offset 1h)) / 1e3", ["c_total d f"]),
            (
                "a:b:rate5m > on (x) group_left (y) 2 * c and not_a_call or vector(1)",
                ["a:b:rate5m", "c", "not_a_call"]
            ),
            ("count(count by (version) (m)) > bool 1 # up", ["m"]), ("sum(a) by (b)", ["a"]),
            ("label_replace(a{b=\"c\"}, \"d\", \"$1\", \"e\", \"(.*)\")", ["a b"]), ("", []),
        ])
    func names(_ query: String, _ wanted: [String]) {
        #expect(
            PromQL.selectors(in: query).map { ([$0.metric] + $0.labels).joined(separator: " ") } == wanted)
    }
}
