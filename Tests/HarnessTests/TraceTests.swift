import Foundation
import TestSupport
import Testing

@Suite("harness trace", .timeLimit(.minutes(60)))
struct TraceTests {
    private static let files = [
        "base/deployment.yaml": """
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: web
        spec:
          replicas: 1
          template:
            spec:
              serviceAccountName: web
              containers:
                - name: web
                  image: registry.example/web:0
                  args: [--verbose, --port=80]
                  env:
                    - name: LEVEL
                      value: debug
                    - name: HOST
                      value: unset
        """,
        "base/kustomization.yaml": """
        resources: [deployment.yaml]
        configMapGenerator:
          - name: settings
            envs: [settings.env]
            literals: [COLOR=blue]
        """,
        "base/settings.env": "HOST=web.example\nPORT=80\n",
        "fast/kustomization.yaml": """
        apiVersion: kustomize.config.k8s.io/v1alpha1
        kind: Component
        patches:
          - target: {kind: Deployment}
            patch: |
              - op: replace
                path: /spec/template/spec/containers/0/env/0/value
                value: info
        """,
        "production/kustomization.yaml": """
        namespace: shop
        namePrefix: eu-
        resources: [../base]
        components: [../fast]
        labels:
          - pairs: {team: claims}
        images:
          - name: registry.example/web
            newTag: "7"
        patches:
          - path: scale.yaml
        replacements:
          - source: {kind: ConfigMap, name: settings, fieldPath: data.HOST}
            targets:
              - select: {kind: Deployment}
                fieldPaths: ["spec.template.spec.containers.[name=web].env.[name=HOST].value"]
        """,
        "production/scale.yaml": """
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: web
        spec:
          replicas: 3
        """,
        "staging/kustomization.yaml": "resources: [../base]\n",
        "plain/service.yaml": """
        apiVersion: v1
        kind: Service
        metadata:
          name: plain
        spec:
          type: ClusterIP
        """,
    ]

    private static func trace(_ arguments: [String]) async throws -> HarnessProcess.Result {
        try await CommandLineTests.withProject(files) { folder in
            try await HarnessProcess(
                ["trace"] + arguments, in: folder + "/project", environment: ["HARNESS_HOME": folder + "/home"]
            ).run()
        }
    }

    @Test(
        "names the line that sets a field, and those that it overrides",
        arguments: [
            (
                "Deployment/eu-web", "spec.replicas",
                ["sets production/scale.yaml:6", "overridden base/deployment.yaml:6"]
            ),
            (
                "Deployment/eu-web", "spec.template.spec.containers[name=web].env[name=LEVEL].value",
                ["sets fast/kustomization.yaml:8", "overridden base/deployment.yaml:16"]
            ),
            (
                "Deployment/eu-web", "spec.template.spec.containers[0].env[1].value",
                ["sets base/settings.env:1", "overridden base/deployment.yaml:18"]
            ),
            (
                "Deployment/eu-web", "spec.template.spec.containers[name=web].image",
                ["sets production/kustomization.yaml:9", "contributes base/deployment.yaml:12"]
            ),
            (
                "Deployment/eu-web", "spec.template.spec.containers[0].args[1]", ["sets base/deployment.yaml:13"]
            ),
            ("Deployment/eu-web", "metadata.namespace", ["sets production/kustomization.yaml:1"]),
            ("Deployment/eu-web", "metadata.labels.team", ["sets production/kustomization.yaml:6"]),
            ("Deployment/eu-web", "metadata.name", ["sets production/kustomization.yaml:2"]),
            ("ConfigMap/eu-settings", "data.PORT", ["sets base/settings.env:2"]),
            ("configmap/eu-settings", "data['COLOR']", ["sets base/kustomization.yaml:5"]),
        ])
    func lines(_ object: String, _ field: String, _ expected: [String]) async throws {
        let result = try await Self.trace([object, field, "--overlay", "production"])
        #expect(result.code == 0, "\(result.stderr)")
        let rows = result.stdout.split(separator: "\n").map {
            $0.split(separator: " ").prefix(2).joined(separator: " ")
        }
        for row in expected { #expect(rows.contains(row), "\(result.stdout)") }
        #expect(rows.filter { $0.hasPrefix("sets ") }.count == 1, "\(result.stdout)")
    }

    @Test("finds the overlay by itself, also an object that no overlay holds")
    func everywhere() async throws {
        let overlay = try await Self.trace(["Deployment/eu-web", "spec.replicas", "--format", "json"])
        #expect(overlay.stdout.contains(#""path" : "production/scale.yaml""#), "\(overlay.stdout)\(overlay.stderr)")
        #expect(overlay.stdout.contains(#""effect" : "overridden""#))
        let plain = try await Self.trace(["Service/plain", "spec.type"])
        #expect(plain.stdout.contains("plain/service.yaml:6"), "\(plain.stdout)\(plain.stderr)")
    }

    @Test(
        "says in one line why there is no answer",
        arguments: [
            (["Deployment/no", "spec.replicas"], "Deployment/no not found in any overlay"),
            (["Deployment/web", "spec.replica", "--overlay", "staging"], "did you mean spec.replicas?"),
            (["Deployment/web", "spec.template", "--overlay", "staging"], "holds 9 fields; name one of them"),
            (["ConfigMap/settings", "data.PORT", "--overlay", "no"], "'no' has no kustomization"),
            (["Deployment", "spec.replicas"], "'Deployment' is not an object; write it as KIND/NAME"),
            (["Deployment/web", "spec..replicas"], "'spec..replicas' is not a field"),
        ])
    func refusals(_ arguments: [String], _ message: String) async throws {
        let result = try await Self.trace(arguments)
        #expect(result.code == 2)
        #expect(result.stderr.contains(message), "\(result.stderr)")
        #expect(result.stderr.split(separator: "\n").count == 1)
    }

    @Test("asks which object is meant where two overlays hold it")
    func ambiguous() async throws {
        var files = Self.files
        files["local/kustomization.yaml"] = "resources: [../base]\n"
        let result = try await CommandLineTests.withProject(files) { folder in
            try await HarnessProcess(
                ["trace", "Deployment/web", "spec.replicas"], in: folder + "/project",
                environment: ["HARNESS_HOME": folder + "/home"]
            ).run()
        }
        #expect(result.code == 2)
        #expect(result.stderr.contains("2 objects are Deployment/web; choose one: --overlay local, --overlay staging"))
    }
}
