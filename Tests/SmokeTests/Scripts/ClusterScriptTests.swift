import TestSupport
import Testing

/// No cluster is at hand for each test: what is looked at is what these scripts call, in which order, and what they do
/// when a call fails.
@Suite("The scripts for a cluster", .timeLimit(.minutes(60)))
struct ClusterScriptTests {
    private static let platform = "k8s/mlops-platform-demo"
    private static let create = RecordedScript(path: "\(platform)/cluster/create_kind_cluster.sh")
    private static let delete = RecordedScript(path: "\(platform)/cluster/delete_kind_cluster.sh")
    private static let kserve = RecordedScript(path: "\(platform)/kserve/install_kserve.sh")
    private static let kubeflow = RecordedScript(path: "\(platform)/kubeflow/install_kubeflow.sh")
    private static let release = RecordedScript(path: "\(platform)/model-deploy/release.sh")

    @Test("refuse in one line what is not meant, and call nothing")
    func misuse() async throws {
        for (script, option) in [
            (Self.create, "--name"), (Self.delete, "--name"), (Self.kserve, "--context"), (Self.kubeflow, "--profile"),
            (Self.release, "--namespace"),
        ] {
            try await script.refuses([option], "\(option) needs a value; see --help")
            try await script.refuses(["--nope"], "'--nope'; see --help")
            let help = try await script("--help")
            #expect(help.code == 0 && help.out.contains("Example") && help.calls == [])
        }
        for script in [Self.create, Self.kserve, Self.kubeflow] {
            for seconds in ["0", "3601", "ten"] {
                try await script.refuses(["--timeout", seconds], "'\(seconds)' is no number of seconds from 1 to 3600")
            }
        }
        for script in [Self.create, Self.delete] { try await script.refuses(["--name", "A"], "'A' is no name") }
        try await Self.create.refuses(["--image", "kindest/node:v1"], "names no digest")
        try await Self.kubeflow.refuses(["--profile", "big"], "there is no profile 'big'")
        try await Self.kubeflow.refuses(["--profile", "full"], "name it with --sources")
        try await Self.release.refuses(["promote"], "which namespace?")
        for words in [[], ["go"], ["promote", "now"]] {
            try await Self.release.refuses(["--namespace", "m"] + words, "what to do?")
        }
        for share in [["0"], ["100"], ["ten"], ["10", "20"]] {
            try await Self.release.refuses(["--namespace", "m", "shift"] + share, "is no share from 1 to 99")
        }
        try await Self.release.refuses(["--namespace", "m", "--timeout", "0", "promote"], "is no number of seconds")
    }

    @Test("say in one line what is not there")
    func missing() async throws {
        for (script, program) in [
            (Self.create, "kind"), (Self.create, "kubectl"), (Self.delete, "kind"), (Self.kserve, "kubectl"),
            (Self.kubeflow, "kubectl"), (Self.release, "kubectl"),
        ] {
            var without = script
            without.programs.removeAll { $0 == program }
            let arguments = script.path == Self.release.path ? ["--namespace", "m", "promote"] : []
            try await without.refuses(arguments, "\(program) is not on the PATH", code: 1)
        }
        for script in [Self.create, Self.delete] {
            try await script.answering("[[ $1 != info ]] || exit 1").refuses([], "Docker does not answer", code: 1)
        }
        for script in [Self.kserve, Self.kubeflow] {
            try await script.answering("[[ $* != *version* ]] || exit 1").refuses([], "no cluster answers", code: 1)
            try await script.refuses(["--sources", "/none"], "there is no folder '/none/", code: 1)
        }
    }

    @Test("make a cluster with kind, once, and leave no half of one")
    func createCluster() async throws {
        let digest = "kindest/node@sha256:" + String(repeating: "0", count: 64)
        let made = try await Self.create("--name", "trial", "--image", digest, "--timeout", "60")
        #expect(made.code == 0)
        let config = "\(Project.root)/\(Self.platform)/cluster/kind.yaml"
        #expect(
            made.calls == [
                "docker info", "kind get clusters",
                "kind create cluster --name trial --config \(config) --image \(digest) --wait 60s",
                "kubectl --context kind-trial wait node --all --for=condition=Ready --timeout 60s",
            ])
        let dry = try await Self.create("--dry-run")
        #expect(dry.code == 0 && dry.calls == [] && dry.out.split(separator: "\n").count == 2)

        let there = try await Self.create.answering("[[ $1 != get ]] || echo mlops")()
        #expect(there.code == 0 && there.out == "the cluster 'mlops' is there\n")
        #expect(there.calls.last == "kubectl --context kind-mlops version --request-timeout 10s")
        let dead = Self.create.answering("[[ $1 != get ]] || echo mlops; [[ $0 != */kubectl ]] || exit 1")
        try await dead.refuses([], "is there and does not answer", code: 1)

        let failed = try await Self.create.answering("[[ $1 != create ]] || exit 1")()
        #expect(failed.code == 1 && failed.calls.last == "kind delete cluster --name mlops")
        #expect(failed.err.contains("the cluster did not come up and was deleted"))
    }

    @Test("delete it, and fail where something is left")
    func deleteCluster() async throws {
        let gone = try await Self.delete("--name", "trial")
        #expect(gone.code == 0 && gone.out.hasSuffix("nothing of 'trial' is left\n"))
        #expect(
            gone.calls == [
                "docker info", "kind delete cluster --name trial",
                "docker ps --all --quiet --filter label=io.x-k8s.kind.cluster=trial",
            ])
        try await Self.delete.answering("[[ $1 != ps ]] || echo 1 2").refuses([], "are left: 1 2", code: 1)
        let dry = try await Self.delete("--dry-run")
        #expect(dry.code == 0 && dry.calls == [] && dry.out == "+ kind delete cluster --name mlops\n")
    }

    @Test("install KServe in its order, and say what does not become ready")
    func installKServe() async throws {
        let done = try await Self.kserve("--context", "c", "--timeout", "9")
        #expect(done.code == 0)
        let apply = "kubectl --context=c apply --server-side --force-conflicts"
        let from = "https://github.com/kserve/kserve//config"
        #expect(
            done.calls == [
                "kubectl --context=c version --request-timeout 10s",
                "\(apply) --kustomize https://github.com/kubernetes-sigs/gateway-api//config/crd?ref=v1.6.1",
                "\(apply) --filename "
                    + "https://github.com/cert-manager/cert-manager/releases/download/v1.21.1/cert-manager.yaml",
                "kubectl --context=c wait --timeout 9s --namespace cert-manager deployment --all "
                    + "--for=condition=Available",
                "\(apply) --kustomize \(from)/overlays/standalone/kserve?ref=v0.20.0",
                "kubectl --context=c wait --timeout 9s --namespace kserve deployment --all --for=condition=Available",
                "kubectl --context=c patch configmap inferenceservice-config --namespace kserve --type merge --patch "
                    + #"{"data":{"deploy":"{\"defaultDeploymentMode\":\"Standard\"}"}}"#,
                "kubectl --context=c rollout restart deployment kserve-controller-manager --namespace kserve",
                "kubectl --context=c rollout status deployment kserve-controller-manager --namespace kserve "
                    + "--timeout 9s",
                "\(apply) --kustomize \(from)/runtimes?ref=v0.20.0",
            ])
        try await Self.kserve.answering("[[ $1 != wait ]] || exit 1").refuses([], "not ready after 300 s", code: 1)

        let removed = try await Self.kserve("--uninstall")
        #expect(removed.code == 0 && removed.calls.count == 4)
        try #require(removed.calls.count > 3, "\(removed.calls)")
        #expect(removed.calls[1].hasPrefix("kubectl delete inferenceservices.serving.kserve.io --all"))
        #expect(removed.calls[2].contains("config/runtimes") && removed.calls[3].contains("standalone/kserve"))
    }

    @Test("install Kubeflow, try again for a while what is refused, and take it down the other way round")
    func installKubeflow() async throws {
        let done = try await Self.kubeflow()
        let parts = [
            "https://github.com/kubeflow/pipelines//manifests/kustomize/cluster-scoped-resources?ref=2.17.0",
            "https://github.com/kubeflow/pipelines//manifests/kustomize/env/platform-agnostic?ref=2.17.0",
            "https://github.com/kubeflow/trainer//manifests/overlays/manager?ref=v2.3.0",
        ]
        let applied = parts.map { "kubectl apply --server-side --force-conflicts --kustomize \($0)" }
        let waited = ["kubeflow", "kubeflow-system"].map {
            "kubectl wait --namespace \($0) deployment --all --for=condition=Available --timeout 600s"
        }
        #expect(done.code == 0)
        #expect(done.calls == ["kubectl version --request-timeout 10s"] + applied + waited)

        let removed = try await Self.kubeflow("--uninstall", "--timeout", "9")
        #expect(removed.code == 0)
        #expect(
            removed.calls.dropFirst()
                == parts.reversed().map { "kubectl delete --kustomize \($0) --ignore-not-found --timeout 9s" }[...])

        try await withScratch { folder in
            try write(["manifests/example/kustomization.yaml": ""], to: folder)
            let full = try await Self.kubeflow("--profile", "full", "--sources", folder, "--dry-run")
            #expect(full.code == 0 && full.calls == [] && full.out.contains("\(folder)/manifests/example\n"))
        }
        let refused = try await Self.kubeflow.answering("[[ $1 != apply ]] || exit 1")("--timeout", "1")
        #expect(refused.code == 1 && refused.err.contains("could not apply \(parts[0]) within 1 s"))
        #expect(refused.calls.contains("sleep 5"))
        try await Self.kubeflow.answering("[[ $1 != wait ]] || exit 1")
            .refuses([], "kubeflow is not ready after 600 s", code: 1)
    }

    @Test("move a model's traffic: only to what is ready, and the canary goes last")
    func releaseModel() async throws {
        let service = "inferenceservices.serving.kserve.io"
        func kubectl(_ rest: String) -> String { "kubectl --context=c --namespace m \(rest)" }
        func weights(_ stable: Int, _ canary: Int) -> String {
            let second = canary == 0 ? "" : #",{"name":"relief-canary-predictor","port":80,"weight":\#(canary)}"#
            return kubectl(
                "patch httproutes.gateway.networking.k8s.io relief --type json --patch "
                    + #"[{"op":"replace","path":"/spec/rules/0/backendRefs","value":"#
                    + #"[{"name":"relief-predictor","port":80,"weight":\#(stable)}\#(second)]}]"#)
        }
        let wait = kubectl("wait \(service) relief-canary --for=condition=Ready --timeout 9s")
        let gone = ["sleep 15", kubectl("delete \(service) relief-canary --ignore-not-found --timeout 9s")]
        let options = ["--namespace", "m", "--context", "c", "--timeout", "9"]

        let shifted = try await Self.release.run(options + ["shift", "10"])
        #expect(shifted.code == 0 && shifted.calls == [wait, weights(90, 10)])
        let unready = try await Self.release.answering("[[ $* != *wait* ]] || exit 1").run(options + ["shift", "10"])
        #expect(unready.code == 1 && unready.calls == [wait])
        #expect(unready.err.contains("relief-canary is not ready after 9 s"))

        let back = try await Self.release.run(options + ["rollback"])
        #expect(back.code == 0 && back.calls == [weights(100, 0)] + gone)

        let answers =
            "[[ $* != *model-version}* || $* != *get* ]] || echo 7; [[ $* != *storageUri}* ]] || echo s3://m/7"
        let version = #"{.metadata.labels.mlops\.example\.com/model-version}"#
        let promotion = [
            kubectl("get \(service) relief-canary --output jsonpath=\(version)"),
            kubectl("get \(service) relief-canary --output jsonpath={.spec.predictor.model.storageUri}"),
            weights(0, 100), "sleep 15",
            kubectl(
                "patch \(service) relief --type merge --patch "
                    + #"{"metadata":{"labels":{"mlops.example.com/model-version":"7"}},"#
                    + #""spec":{"predictor":{"model":{"storageUri":"s3://m/7"}}}}"#),
            kubectl(
                "wait deployment relief-predictor --timeout 9s "
                    + #"--for=jsonpath={.spec.template.metadata.labels.mlops\.example\.com/model-version}=7"#),
            kubectl("rollout status deployment relief-predictor --timeout 9s"),
        ]
        let promoted = try await Self.release.answering(answers).run(options + ["promote"])
        #expect(promoted.code == 0 && promoted.calls == promotion + [weights(100, 0)] + gone)
        let stuck = try await Self.release.answering(answers + "; [[ $* != *rollout* ]] || exit 1")
            .run(options + ["promote"])
        #expect(stuck.code == 1 && stuck.calls == promotion)
        #expect(stuck.err.contains("does not come up with version 7"))
        try await Self.release.answering("[[ $* != *get* ]] || exit 1")
            .refuses(options + ["promote"], "there is no canary in 'm'", code: 1)
        let dry = try await Self.release.answering(answers).run(options + ["--dry-run", "promote"])
        #expect(dry.code == 0 && dry.calls == Array(promotion.prefix(2)))
    }
}

extension RecordedScript {
    func answering(_ answer: String) -> RecordedScript {
        var copy = self
        copy.answer = answer
        return copy
    }
}
