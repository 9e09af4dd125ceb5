import CheckCore
import CheckEngine
import Foundation
import Submission
import TestSupport
import Testing
import Tooling

/// kubernetes-validate and the native validator judge the same objects by the same published schemas. Each object has a
/// name: without one kubernetes-validate 1.37.0 ends with a traceback.
@Suite("Results of the schema validator", .heavy)
struct SchemaAgreementTests {
    private static let deployment = """
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: web
        spec:
          replicas: 2
          selector:
            matchLabels: {app: web}
          template:
            metadata:
              labels: {app: web}
            spec:
              containers:
                - name: web
                  image: web
                  ports:
                    - containerPort: 8080
                  livenessProbe:
                    httpGet: {path: /, port: 8080}
                  resources:
                    limits: {cpu: 1, memory: 1Gi}

        """

    /// One change each; some are sound, most are not.
    private static let changes: [(String, String)] = [
        ("replicas: 2", "replicas: 3"), ("replicas: 2", "replicas: null"), ("replicas: 2", "replicas: \"2\""),
        ("replicas: 2", "replicas: 2.5"), ("replicas: 2", "replica: 2"), ("replicas: 2", "paused: yes"),
        ("replicas: 2", "paused: maybe"), ("port: 8080}", "port: http}"), ("port: 8080}", "port: true}"),
        ("port: 8080}", "path: /x}"), ("cpu: 1,", "cpu: 0.5,"), ("cpu: 1,", "cpu: [1],"), ("cpu: 1,", "cpu: yes,"),
        ("containerPort: 8080", "containerPort: http"), ("containerPort: 8080", "hostPort: 80"),
        ("{app: web}", "{app: 1}"), ("{app: web}", "{app: null}"), ("name: web\nspec", "name: 1\nspec"),
        ("name: web\nspec", "name: web\n  labels: []\nspec"),
        ("name: web\nspec", "name: web\n  creationTimestamp: null\nspec"),
        ("image: web", "image: null"), ("image: web", "images: web"), ("- name: web", "- names: web"),
        ("kind: Deployment", "kind: DaemonSet"), ("selector:", "selectors:"),
        ("spec:\n  replicas: 2", "spec: []\nx:\n  y: 2"),
    ]

    private static let others = [
        "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  ports: [{port: 80, targetPort: http}]\n",
        "apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  ports: [{targetPort: http}]\n",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: \"1\"}\n",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: 1}\n",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {a: b}\n",
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\nspec: {podSelector: {}}\n",
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a}\nspec: {podSelector: []}\n",
        "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: a}\nspec: {minAvailable: 50%}\n",
        "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: a}\nspec: {minAvailabel: 1}\n",
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: a}\nrules: [{verbs: [get], resources: [pods], apiGroups: [\"\"]}]\n",
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: a}\nrules: [{resources: [pods]}]\n",
        "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: a}\nspec: {maxReplicas: 3, scaleTargetRef: {kind: Deployment, name: a}}\n",
        "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: a}\nspec: {scaleTargetRef: {kind: Deployment, name: a}}\n",
        "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: a}\nspec: {schedule: \"* * * * *\"}\n",
    ]

    @Test("agree with kubernetes-validate on every object of a corpus, sound and broken")
    func agree() async throws {
        try await withScratch { folder in
            let corpus =
                [Self.deployment] + Self.changes.map { Self.deployment.replacing($0.0, with: $0.1) } + Self.others
            var files: [String: String] = [:]
            for (number, text) in corpus.enumerated() { files["\(100 + number).yaml"] = text }
            try write(files, to: folder)

            let toolbox = Toolbox(home: Project.home)
            let check = try #require(Checks.all.first { $0.name == "kubernetes-schema" })
            let report = try await Runner(
                repository: try await Discovery.repository(at: folder), toolbox: toolbox, checks: [check]
            ).run()
            if let reason = report.outcomes.first(where: { $0.verdict == .skipped })?.skipped { try skip(reason) }
            let ours = Set(report.findings.map(\.path))

            let tool = try #require(Tool.all.first { $0.name == "kubernetes-validate" })
            let program = try #require(try await toolbox.locate(tool).path)
            let output = try await run(
                program, ["--strict"] + ["1.31", "1.34", "1.37"].flatMap { ["-k", $0] } + files.keys.sorted(),
                in: folder)
            let theirs = Set(
                output.split(separator: "\n").compactMap { $0.wholeMatch(of: /ERROR (\S+) .*/).map { String($0.1) } })
            #expect(theirs.count > 15, "\(output)")
            #expect(files.count - theirs.count > 10)
            for file in ours.symmetricDifference(theirs).sorted() {
                Issue.record(
                    "\(file) is refused by \(ours.contains(file) ? "us" : "them") alone: \(files[file] ?? "") \(report.findings.filter { $0.path == file }.map(\.message))"
                )
            }
        }
    }

    private func run(_ program: String, _ arguments: [String], in folder: String) async throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: data, as: UTF8.self)
    }
}
