import Testing

@testable import HarnessSupport
@testable import KubernetesModel
@testable import Submission

@Suite("A Deployment for the docker engine")
struct DeploymentTests {
    private static let sound = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: claims, namespace: claims }
        spec:
          template:
            spec:
              securityContext: { runAsUser: 10001 }
              containers:
                - name: claims
                  image: registry.example.com/claims/claims-model:1
                  env: [{ name: A, value: b }]
                  ports: [{ name: http, containerPort: 8080 }]
                  resources: { limits: { cpu: 250m, memory: 64Mi } }
                  securityContext: { readOnlyRootFilesystem: true }
                  readinessProbe: { httpGet: { path: /readyz, port: http } }
        """

    private func deployment(_ old: String = "", _ new: String = "") throws -> Deployment {
        let text = old.isEmpty ? Self.sound : Self.sound.replacing(old, with: new)
        #expect(old.isEmpty || text != Self.sound)
        let manifests = Manifests(objects: try Manifests.parse(text))
        return try Deployment(try #require(manifests.all("Deployment").first), in: manifests)
    }

    @Test("becomes a docker command with the manifest's settings")
    func command() throws {
        let arguments = try deployment().runArguments(
            name: "c", image: "i", network: "n", ports: [8080: 5566], labels: [:], folder: "/f")
        let text = arguments.joined(separator: " ")
        for part in [
            "--publish 127.0.0.1:5566:8080", "--memory 67108864 --memory-swap 67108864 --cpus 0.25", "--user 10001",
            "--read-only", "--env A=b", "--security-opt seccomp=unconfined", "--stop-timeout 30",
        ] {
            #expect(text.contains(part), "\(part)")
        }
        // The manifest does not forbid it, so the container may.
        #expect(!text.contains("no-new-privileges") && !text.contains("--cap-drop"))
        #expect(try deployment().imageName == "claims-model")
    }

    @Test(
        "is refused where the engine cannot carry it out, instead of leaving that out",
        arguments: [
            ("- name: claims", "- name: other\n        - name: claims", "more than one container"),
            ("memory: 64Mi", "memory: 64 MiB", "no valid memory or CPU limit"),
            ("{ readOnlyRootFilesystem: true }", "{ privileged: true }", "is privileged"),
            ("{ name: A, value: b }", "{ name: A, valueFrom: { secretKeyRef: { name: s, key: k } } }", "reads A from"),
            ("httpGet: { path: /readyz, port: http }", "exec: { command: [true] }", "not an httpGet"),
            ("port: http }", "port: web }", "not an httpGet of one of its ports"),
            (
                "{ runAsUser: 10001 }", "{ seccompProfile: { type: Localhost } }", "has the seccomp profile Localhost"
            ),
            ("ports:", "volumeMounts: [{ name: v, mountPath: /v }]\n          ports:", "neither an emptyDir nor"),
        ])
    func refused(_ old: String, _ new: String, _ reason: String) throws {
        do {
            _ = try deployment(old, new)
            Issue.record("accepted")
        } catch let error as HarnessError {
            #expect(error.message.hasPrefix("Deployment claims/claims: ") && error.message.contains(reason), "\(error)")
        }
    }

    @Test("parses Kubernetes quantities")
    func amounts() {
        for (text, value) in [("100m", 0.1), ("1", 1), ("1.5", 1.5), ("256Mi", 268_435_456), ("1k", 1_000)] {
            #expect(Quantity(text)?.value == value)
        }
        for text in ["", "Mi", "1 Gi", "1mi", "-"] { #expect(Quantity(text) == nil, "\(text)") }
    }
}
