import Foundation
import HarnessSupport

/// The current state of the registry, the served model and the drift job's metrics.
struct ModelServingVerification {
    let endpoints: ModelEndpoints
    let folder: String

    func all() async -> [Assertion] { await registry() + serving() + [drift()] }

    // MARK: The registry, by MLflow's API.

    private func registry() async -> [Assertion] {
        let model = await mlflow("registered-models/get?name=relief")?["registered_model"]
        let found = await mlflow("model-versions/search?filter=name%3D%27relief%27")?["model_versions"]
        let versions = found.items.sorted { ($0["version"]?.string ?? "") < ($1["version"]?.string ?? "") }
        let aliases = (model?["aliases"]).items.map { "\($0["alias"]?.text ?? "?") \($0["version"]?.text ?? "?")" }
        let canaries = versions.map { "\($0["version"]?.text ?? "?") \(tags($0)["canary"] ?? "none")" }
        let lineage = ["data_sha256", "code_commit", "parameters", "gate"]
        let bare = versions.filter { version in !lineage.allSatisfy { tags(version)[$0]?.isEmpty == false } }
        return [
            Assertion(
                id: "registered-versions", "the registry has the three versions",
                is: versions.compactMap { $0["version"]?.string },
                ["1", "2", "3"]),
            Assertion(
                id: "version-lineage",
                "each version has the hash of its data, its commit, its parameters and the gate's verdict",
                !versions.isEmpty && bare.isEmpty, seen: "\(bare.count) of \(versions.count) without"),
            Assertion(
                id: "registry-aliases", "the aliases match the end of the run", is: aliases.sorted(),
                ["champion 3", "previous 2"]),
            Assertion(
                id: "canary-results", "the registry records each version's canary result", is: canaries,
                ["1 failed", "2 passed", "3 passed"]),
            Assertion(
                id: "retraining-cooldown", "the registry records the start of the retraining, for the cool-down",
                tags(model)["retraining_started_at"] != nil, seen: tags(model)["retraining_started_at"] ?? "nothing"),
        ]
    }

    private func tags(_ value: JSONValue?) -> [String: String] {
        let pairs = (value?["tags"]).items.compactMap { tag in
            tag["key"]?.string.map { ($0, tag["value"]?.string ?? "") }
        }
        return Dictionary(pairs, uniquingKeysWith: { _, last in last })
    }

    private func mlflow(_ call: String) async -> JSONValue? {
        await HTTP.visit("\(endpoints.registry)/api/2.0/mlflow/\(call)").flatMap { JSONValue(parsing: $0.body) }
    }

    // MARK: The served model, by the open inference protocol.

    private func serving() async -> [Assertion] {
        let champion = await mlflow("registered-models/alias?name=relief&alias=champion")?["model_version", "version"]
        let described = await HTTP.visit(endpoints.model).flatMap { JSONValue(parsing: $0.body) }
        let width = (described?["inputs"]).items.first?["shape"].items.last?.int ?? 0
        let answer = await infer(columns: width)
        let body = answer.flatMap { JSONValue(parsing: $0.body) }
        let probability = (body?["outputs"]).items.first?["data"].items.first
        let refused = await infer(columns: width + 1)
        return [
            Assertion(
                id: "champion-serves", "the registry's champion serves", is: body?["model_version"]?.string,
                champion?.string ?? "none"
            ),
            Assertion(
                id: "prediction", "the model answers a request with a probability",
                probability?.double.map { 0...1 ~= $0 } ?? false,
                seen: "\(answer?.status ?? 0) \(probability?.text ?? "")"),
            Assertion(
                id: "invalid-request-refused", "the model rejects a request with an extra column", is: refused?.status,
                400),
        ]
    }

    private func infer(columns: Int) async -> HTTP.Answer? {
        let row: JSONValue = [
            "inputs": [
                [
                    "name": "features", "datatype": "FP32", "shape": [.number(1), .number(Double(columns))],
                    "data": .array(Array(repeating: .number(1), count: columns)),
                ]
            ]
        ]
        guard let data = try? JSONEncoder().encode(row) else { return nil }
        return await HTTP.visit(endpoints.model + "/infer", body: String(decoding: data, as: UTF8.self))
    }

    // MARK: Metrics for Prometheus.

    private func drift() -> Assertion {
        let text = (try? String(contentsOfFile: folder.appendingPath("store/drift/drift.prom"), encoding: .utf8)) ?? ""
        var scores: [String: Double] = [:]
        var limits: [String: Double] = [:]
        for match in text.matches(of: /model_drift_(score|limit)\{column="(\w+)",kind="\w+"\} (\S+)/) {
            if match.1 == "score" { scores[String(match.2)] = Double(match.3) }
            if match.1 == "limit" { limits[String(match.2)] = Double(match.3) }
        }
        let over = scores.filter { $0.value > limits[$0.key] ?? .infinity }
        let seen = over.sorted { $0.key < $1.key }.map { "\($0.key) \(String(format: "%.2f", $0.value))" }
        return Assertion(
            id: "drift-metrics", "the drift job's metrics name the drifted columns and the drop in quality",
            over["auc_drop"] != nil,
            seen: seen.joined(separator: ", "))
    }
}
