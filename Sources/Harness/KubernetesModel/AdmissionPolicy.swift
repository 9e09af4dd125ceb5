import CheckCore
import DocumentModels
import Foundation

/// A ValidatingAdmissionPolicy with one of its bindings.
///
/// Source: k8s.io/apiserver@v0.36.0, pkg/admission/plugin/policy/validating/validator.go and
/// pkg/admission/plugin/policy/matching/matching.go.
package struct AdmissionPolicy: Sendable {
    package let policy: KubeObject
    package let binding: KubeObject

    /// Every policy of a cluster with a binding.
    package static func all(in scene: ManifestSet) -> [AdmissionPolicy] {
        scene.all("ValidatingAdmissionPolicyBinding").compactMap { binding in
            guard let name = binding.spec?["policyName"]?.text,
                let policy = scene.find("ValidatingAdmissionPolicy", name, in: nil)
            else { return nil }
            return AdmissionPolicy(policy: policy, binding: binding)
        }
    }

    package enum Verdict: Sendable {
        case accepted
        /// Carries the message of each failed validation. Certain unless the cluster may contain unknown objects.
        case refused([String], isCertain: Bool)
        case unknown(String)
    }

    private var spec: YAMLNode? { policy.spec }

    /// - Parameters:
    ///   - value: the object with its defaults.
    ///   - params: the parameters of the binding; `nil` if the policy has none.
    package func verdict(on object: KubeObject, _ value: CELValue, in scene: ManifestSet) -> Verdict {
        let matches = [spec?["matchConstraints"], binding.spec?["matchResources"]].map {
            match($0, object, scene)
        }
        guard !matches.contains(.no), isForCreation(object) else { return .accepted }
        let isCertain = !matches.contains(.maybe)
        let params: [CELValue]
        switch parameters(of: object, scene) {
        case .success(let found): params = found
        case .failure(let failure): return .unknown(failure.message)
        }
        var messages: [String] = []
        for param in params {
            var scope = scope(object, value, param, scene)
            do throws(CELFailure) {
                guard try isMatched(scope) else { continue }
                scope = withVariables(scope)
                messages += try failed(scope)
            } catch {
                switch error {
                case .error(let text), .overload(let text):
                    if spec?["failurePolicy"]?.text != "Ignore" { messages.append("it fails on the object: \(text)") }
                // Reported at the policy.
                case .syntax: continue
                case .unknown(let text): return .unknown(text)
                }
            }
        }
        return messages.isEmpty ? .accepted : .refused(messages, isCertain: isCertain)
    }

    /// Whether a refusal denies the request; otherwise it warns or is written to the audit log.
    package var denies: Bool { (binding.spec?["validationActions"]).elements.contains { $0.text == "Deny" } }

    // MARK: Matching

    private enum Match { case yes, no, maybe }

    private func isForCreation(_ object: KubeObject) -> Bool {
        // The policies themselves are exempt.
        object.group != "admissionregistration.k8s.io"
    }

    private func match(_ constraints: YAMLNode?, _ object: KubeObject, _ scene: ManifestSet) -> Match {
        guard let constraints else { return .yes }
        if constraints["excludeResourceRules"].elements.contains(where: { names($0, object) }) { return .no }
        if let rules = constraints["resourceRules"], !rules.elements.isEmpty,
            !rules.elements.contains(where: { names($0, object) })
        {
            return .no
        }
        if let selector = constraints["objectSelector"], !LabelSelector(selector).matches(object.labels) { return .no }
        guard let node = constraints["namespaceSelector"], !LabelSelector(node).isEmpty else { return .yes }
        let selector = LabelSelector(node)
        if object.kind == "Namespace" {
            return selector.matches(Self.namespaceLabels(object.name, object.labels)) ? .yes : .no
        }
        // An object without a namespace gets one at apply time, or is cluster-scoped.
        guard let name = object.ownNamespace else { return .maybe }
        if let namespace = scene.find("Namespace", name, in: nil) {
            return selector.matches(Self.namespaceLabels(name, namespace.labels)) ? .yes : .no
        }
        guard selector.keys == [Self.nameLabel] else { return .maybe }
        return selector.matches(Self.namespaceLabels(name, [:])) ? .yes : .no
    }

    private static let nameLabel = "kubernetes.io/metadata.name"

    private static func namespaceLabels(_ name: String, _ labels: [String: String]) -> [String: String] {
        labels.merging([nameLabel: name]) { $1 }
    }

    private func names(_ rule: YAMLNode, _ object: KubeObject) -> Bool {
        func holds(_ key: String, _ value: String) -> Bool {
            rule[key].elements.contains { $0.text == "*" || $0.text == value }
        }
        let names = rule["resourceNames"].elements.map(\.text)
        let resource = Self.resource(of: object.kind)
        return holds("operations", "CREATE") && holds("apiGroups", object.group)
            && holds("apiVersions", Self.version(of: object)) && (names.isEmpty || names.contains(object.name))
            && rule["resources"].elements.contains { ["*", "*/*", resource].contains($0.text) }
    }

    private static func version(of object: KubeObject) -> String {
        object.apiVersion.split(separator: "/").last.map(String.init) ?? ""
    }

    /// The plural by which the API serves a kind. Source: k8s.io/apimachinery, pkg/api/meta/restmapper.go,
    /// UnsafeGuessKindToResource.
    private static func resource(of kind: String) -> String {
        let name = kind.lowercased()
        if name == "endpoints" { return name }
        if name.hasSuffix("s") || name.hasSuffix("x") || name.hasSuffix("ch") { return name + "es" }
        if name.hasSuffix("y"), let before = name.dropLast().last, !"aeiou".contains(before) {
            return name.dropLast() + "ies"
        }
        return name + "s"
    }

    // MARK: Parameters

    private func parameters(of object: KubeObject, _ scene: ManifestSet) -> Result<[CELValue], CELFailure> {
        guard let kind = spec?["paramKind", "kind"]?.text else { return .success([.null]) }
        guard let reference = binding.spec?["paramRef"] else { return .success([.null]) }
        let found = scene.all(kind).filter { param in
            if let name = reference["name"]?.text, param.name != name { return false }
            if let selector = reference["selector"], !LabelSelector(selector).matches(param.labels) { return false }
            let namespace = reference["namespace"]?.text ?? object.ownNamespace
            return param.ownNamespace == nil || param.ownNamespace == namespace
        }
        // Another one may be created by hand or by a controller.
        guard !found.isEmpty else {
            return .failure(.unknown("its parameters, \(kind) \(reference["name"]?.text ?? ""), are not kept here"))
        }
        return .success(found.map { CELValue($0.node) })
    }

    // MARK: Expressions

    private func scope(
        _ object: KubeObject, _ value: CELValue, _ params: CELValue, _ scene: ManifestSet
    ) -> CELEvaluator {
        let version = Self.version(of: object)
        let unknown = CELValue.failure(.unknown("it depends on who asks"))
        let kind = CELValue.object([
            "group": .string(object.group), "version": .string(version), "kind": .string(object.kind),
        ])
        let resource = CELValue.object([
            "group": .string(object.group), "version": .string(version),
            "resource": .string(Self.resource(of: object.kind)),
        ])
        let namespace = object.ownNamespace.flatMap { scene.find("Namespace", $0, in: nil) }
        return CELEvaluator([
            "object": value, "oldObject": .null, "params": params, "authorizer": unknown,
            "request": .object([
                "operation": .string("CREATE"), "name": .string(object.name),
                "namespace": .string(object.ownNamespace ?? ""), "kind": kind, "requestKind": kind,
                "resource": resource, "requestResource": resource, "subResource": .string(""),
                "requestSubResource": .string(""), "dryRun": .bool(false), "userInfo": unknown, "options": unknown,
                "uid": unknown,
            ]),
            "namespaceObject": namespace.map { CELValue($0.node) }
                ?? .failure(.unknown("the namespace of \(object.title) is not kept here")),
        ])
    }

    private func isMatched(_ scope: CELEvaluator) throws(CELFailure) -> Bool {
        var failure: CELFailure?
        for condition in (spec?["matchConditions"]).elements {
            do throws(CELFailure) {
                if try !holds(condition["expression"], scope) { return false }
            } catch { failure = failure ?? error }
        }
        if let failure { throw failure }
        return true
    }

    /// Variables are evaluated in order. A failed variable matters only if an expression uses it.
    private func withVariables(_ scope: CELEvaluator) -> CELEvaluator {
        var scope = scope
        var variables = CELMap()
        for variable in (spec?["variables"]).elements {
            scope["variables"] = .map(variables)
            let text = variable["expression"]?.text ?? ""
            do throws(CELFailure) {
                variables[variable["name"]?.text ?? ""] = try scope.value(of: try CELParser.parse(text))
            } catch { variables[variable["name"]?.text ?? ""] = .failure(error) }
        }
        scope["variables"] = .map(variables)
        return scope
    }

    private func failed(_ scope: CELEvaluator) throws(CELFailure) -> [String] {
        var messages: [String] = []
        for validation in (spec?["validations"]).elements where try !holds(validation["expression"], scope) {
            var message: String?
            if let expression = validation["messageExpression"]?.text, let node = try? CELParser.parse(expression) {
                message = try? scope.value(of: node).text
            }
            let expression = validation["expression"]?.text ?? ""
            messages.append(
                message ?? validation["message"]?.text
                    ?? "failed expression: \(expression.trimmingCharacters(in: .whitespacesAndNewlines))")
        }
        return messages
    }

    private func holds(_ expression: YAMLNode?, _ scope: CELEvaluator) throws(CELFailure) -> Bool {
        guard case .bool(let holds) = try scope.value(of: try CELParser.parse(expression?.text ?? "")) else {
            throw .overload("an expression is not a bool")
        }
        return holds
    }

    /// Every expression of a policy that does not parse, with the reason.
    package static func syntaxErrors(of policy: KubeObject) -> [(place: YAMLNode, reason: String)] {
        ["matchConditions", "variables", "validations", "auditAnnotations"].flatMap { list in
            (policy.spec?[list]).elements.flatMap { entry in
                ["expression", "messageExpression", "valueExpression"].compactMap { entry[$0] }.compactMap { place in
                    do throws(CELFailure) {
                        _ = try CELParser.parse(place.text)
                        return nil
                    } catch { return (place, error.message) }
                }
            }
        }
    }
}

extension CustomDefinitions {
    /// An object as the API server hands it to admission: defaults filled in.
    package func admitted(_ object: KubeObject, in scene: ManifestSet, _ context: CheckContext) async throws -> CELValue
    {
        if let schema = try await schema(of: object, context) { return schema.value(of: object.node) }
        let limits = scene.all("LimitRange").filter { $0.ownNamespace == object.ownNamespace }
            .flatMap { ($0.spec?["limits"]).elements }
        return ServerDefaults.fill(CELValue(object.node), kind: object.kind, group: object.group, limits: limits)
    }
}
