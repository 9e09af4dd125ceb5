import CheckCore
import DocumentModels
import HarnessSupport

/// A file of promtool unit tests: loaded rules, firing alerts and silent alerts.
package struct RulesTest: Sendable {
    package let path: String
    package let rules: [String]
    package let fired: Set<String>
    package let silent: Set<String>

    package init(_ path: String, in repository: Repository) {
        self.path = path
        let root = repository.yaml(path)?.documents.first
        rules = (root?["rule_files"]).elements.compactMap {
            path.parentPath.appendingPath($0.text).normalizedPath
        }
        let cases = (root?["tests"]).elements.flatMap { $0["alert_rule_test"].elements }
        func names(areFiring: Bool) -> Set<String> {
            Set(
                cases.filter { $0["exp_alerts"].elements.isEmpty != areFiring }.compactMap { $0["alertname"]?.text })
        }
        fired = names(areFiring: true)
        silent = names(areFiring: false)
    }

    package static func all(in repository: Repository) -> [RulesTest] {
        repository.artifacts(of: .prometheusRulesTest).map { RulesTest($0.path, in: repository) }
    }
}
