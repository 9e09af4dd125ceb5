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
    private static let deploy = RecordedScript(path: "\(platform)/local/deploy.sh")
    private static let pipeline = RecordedScript(path: "\(platform)/local/run_pipeline.sh")
    private static let predict = RecordedScript(path: "\(platform)/local/predict.sh")
    private static let smoke = RecordedScript(path: "\(platform)/local/smoke.sh")

    @Test("refuse in one line what is not meant, and call nothing")
    func misuse() async throws {
        for (script, option) in [
            (Self.create, "--name"), (Self.delete, "--name"), (Self.kserve, "--context"), (Self.kubeflow, "--profile"),
            (Self.release, "--context"), (Self.deploy, "--name"), (Self.pipeline, "--days"), (Self.predict, "--url"),
            (Self.smoke, "--name"),
        ] {
            try await script.refuses([option], "\(option) needs a value; see --help")
            try await script.refuses(["--nope"], "'--nope'; see --help")
            let help = try await script("--help")
            #expect(help.code == 0 && help.out.contains("Example") && help.calls == [])
        }
        for script in [Self.create, Self.kserve, Self.kubeflow] {
            for seconds in ["0", "3601", "ten"] {
                try await script.refuses(
                    ["--timeout", seconds], "'\(seconds)' is not a number of seconds from 1 to 3600")
            }
        }
        for script in [Self.create, Self.delete] { try await script.refuses(["--name", "A"], "'A' is not a name") }
        try await Self.create.refuses(["--image", "kindest/node:v1"], "names no digest")
        try await Self.kubeflow.refuses(["--profile", "big"], "there is no profile 'big'")
        try await Self.kubeflow.refuses(["--profile", "full"], "name it with --sources")
        try await Self.release.refuses(["promote"], "name an overlay of models")
        try await Self.release.refuses(["--timeout", "0", "x", "promote"], "is not a number of seconds")
        try await Self.pipeline.refuses(["--days", "0"], "is not a number of days")
        try await Self.predict.refuses(["--requests", "0"], "is not a number of requests")
    }

    @Test("say in one line what is not there")
    func missing() async throws {
        for (script, program) in [
            (Self.create, "kind"), (Self.create, "kubectl"), (Self.delete, "kind"), (Self.kserve, "kubectl"),
            (Self.kubeflow, "kubectl"), (Self.pipeline, "kubectl"), (Self.smoke, "kubectl"), (Self.predict, "curl"),
            (Self.deploy, "kind"),
        ] {
            var without = script
            without.programs.removeAll { $0 == program }
            try await without.refuses([], "\(program) is not on the PATH", code: 1)
        }
        for script in [Self.create, Self.delete] {
            try await script.answering("[[ $1 != info ]] || exit 1").refuses([], "Docker does not answer", code: 1)
        }
        for script in [Self.kserve, Self.kubeflow] {
            try await script.answering("[[ $* != *version* ]] || exit 1").refuses([], "no cluster answers", code: 1)
        }
        try await Self.kubeflow.refuses(["--sources", "/none"], "there is no folder '/none/", code: 1)
        try await Self.kserve.refuses(["--assets", "/none"], "folder '/none' does not exist", code: 1)
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

    /// What is applied is built from files that are pinned by checksum, which only a network or a folder of assets has.
    @Test("install KServe: definitions before objects, and each webhook is asked before it is needed")
    func installKServe() async throws {
        let dry = try await Self.kserve("--context", "c", "--timeout", "9", "--dry-run")
        #expect(dry.code == 0 && dry.calls == [])
        let steps = dry.out.split(separator: "\n").map { line in
            line.replacing(/\/\S*\//, with: "").replacing("+ kubectl --context=c ", with: "")
        }
        #expect(steps.first?.contains("gateway.networking.k8s.io_httproutes.yaml") == true)
        #expect(
            Array(steps.dropFirst()) == [
                "apply --server-side --force-conflicts --filename cert-manager.yaml",
                "wait --timeout 9s --namespace cert-manager deployment --all --for=condition=Available",
                "apply --dry-run=server --filename issuer.yaml",
                "apply --server-side --force-conflicts --filename kserve-crds.yaml",
                "wait --timeout 9s --filename kserve-crds.yaml --for=condition=Established",
                "apply --server-side --force-conflicts --filename kserve.yaml",
                "wait --timeout 9s --namespace kserve deployment --all --for=condition=Available",
                "apply --server-side --force-conflicts --filename storage-container.yaml",
                "apply --dry-run=server --filename probe.yaml",
            ])
        let other = Self.kserve.answering("[[ $0 != */sha256sum ]] || exit 1")
        try await other.refuses([], "does not have the pinned sha256", code: 1)
        let moving = Self.kserve.answering(
            """
            [[ $0 != */curl ]] || : >"${@: -2:1}"
            [[ $* != *kustomize* ]] || echo 'image: kserve/kserve-controller:latest'
            """)
        try await withScratch { folder in
            let rendered = try await moving("--render", "\(folder)/kserve.yaml")
            #expect(rendered.code == 1 && rendered.err.contains("is named by :latest"), "\(rendered.err)")
        }
    }

    @Test("install Kubeflow, try again for a while what is refused, and take it down the other way round")
    func installKubeflow() async throws {
        let done = try await Self.kubeflow()
        let pipelines = "https://github.com/kubeflow/pipelines//manifests/kustomize"
        let commit = "4a3592cb2dd0a91a4652ab93893ec8beda1f3158"
        let parts = [
            "\(pipelines)/cluster-scoped-resources?ref=\(commit)&timeout=300s",
            "\(pipelines)/env/platform-agnostic?ref=\(commit)&timeout=300s",
            "https://github.com/kubeflow/trainer//manifests/overlays/manager?ref=v2.3.0&timeout=300s",
        ]
        let applied = parts.map { "kubectl apply --server-side --force-conflicts --kustomize \($0)" }
        let waited = ["kubeflow", "kubeflow-system"].map {
            "kubectl wait --namespace \($0) deployment --all --for=condition=Available --timeout 600s"
        }
        #expect(done.code == 0)
        #expect(done.calls.first == "kubectl version --request-timeout 10s")
        // Who may reach Pipelines is decided before its first pod starts.
        #expect(done.calls[1].hasPrefix("kubectl apply --server-side --field-manager platform --kustomize /"))
        #expect(done.calls[1].hasSuffix("/kubeflow/policies"))
        #expect(done.calls.dropFirst(2) == (applied + waited)[...])

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
        let refused = try await Self.kubeflow.answering("[[ $1 != apply || $3 != --force-conflicts ]] || exit 1")(
            "--timeout", "1")
        #expect(refused.code == 1 && refused.err.contains("could not apply \(parts[0]) within 1 s"))
        #expect(refused.calls.contains("sleep 5"))
        try await Self.kubeflow.answering("[[ $1 != wait ]] || exit 1")
            .refuses([], "kubeflow is not ready after 600 s", code: 1)
    }

    @Test("run in GitHub's workflow in the order of the page")
    func order() throws {
        func lines(_ path: String) throws -> [Substring] {
            try String(contentsOfFile: "\(Project.root)/\(path)", encoding: .utf8).split(separator: "\n")
        }
        func script(_ line: Substring) -> String? {
            line.firstMatch(of: /^(?:\S+ )*?([a-z]+\/\w+\.sh)\b/).map { "\($0.1)" }
        }
        let page = try lines("\(Self.platform)/README.md").drop { !$0.hasPrefix("## On kind") }
            .drop { !$0.hasPrefix("```") }.dropFirst().prefix { !$0.hasPrefix("```") }.compactMap(script)
        let workflow = try lines(".github/workflows/smoke.yaml").filter { $0.contains("run: ") }
            .map { $0.split(separator: "run: ").last ?? "" }.compactMap(script)
        #expect(page.count == 9 && workflow == page)
    }

    @Test("deploy on kind: the gateway after what it watches, and a key for predictors that does little")
    func deployLocally() async throws {
        let answer = """
            [[ $* != *'get secret postgres'* ]] || exit 1
            for each in "$@"; do [[ $each != --from-file=s3.json=* ]] || cat "${each#--from-file=s3.json=}" >&2; done
            """
        var deploy = Self.deploy.answering(answer)
        deploy.programs.append("openssl")
        let done = try await deploy("--name", "n", "--timeout", "9")
        #expect(done.code == 0, "\(done.err)")
        let folders = done.calls.compactMap { call in
            call.contains("--kustomize") ? call.split(separator: "/k8s/").last.map(String.init) : nil
        }
        let local = "mlops-platform-demo/overlays/local"
        #expect(
            folders == ["mlops-platform-demo/../cluster", "mlops-platform-demo/../admission/overlays/local"]
                + ["pipelines", "stores", "monitoring", "mlflow", "models", "drift", "gateway"].map {
                    "\(local)/\($0)"
                })
        // Traefik lists the secrets of models-local.
        let keys = done.calls.filter { $0.contains("create secret generic object-store --namespace models-local") }
        #expect(keys.count == 1 && keys[0].contains("/models-key ") && !keys[0].contains("/key "))
        let bucket = "therapy-models-local/relief"
        // KServe's HeadBucket, then the versions: a key that reads every object would pass as well, and may not.
        let versions = "\"Read:\(bucket)/versions/*\", \"List:\(bucket)/versions/*\""
        let models = "\"Read:therapy-models-loca?\", \(versions), \"Write:\(bucket)/requests/*\""
        #expect(done.err.replacing(/\s+/, with: " ").contains("\"actions\": [\(models)]}"), "\(done.err)")
        // The mark of a finished run is made last, so an interrupted one makes all of them again.
        let made = done.calls.filter { $0.contains("create secret generic") }
        #expect(made.last?.contains("generic postgres --namespace stores") == true)
    }

    @Test("release a model: scale before traffic, one field manager, and the canary goes last")
    func releaseModel() async throws {
        try await withScratch { folder in
            let state = "# stable=1 canary= weight=0 replicas=2 store=s3://m/relief\n"
            try write(["release/kustomization.yaml": state, "kustomization.yaml": "namespace: m\n"], to: folder)
            let live = Self.release.answering("[[ $* != *get*deployment* ]] || echo 3")
            func step(_ words: String...) async throws -> [String] {
                let done = try await live.run(["--apply", "--context", "c", "--timeout", "9", folder] + words)
                #expect(done.code == 0, "\(words): \(done.err)")
                return done.calls
            }
            func kubectl(_ rest: String) -> String { "kubectl --context=c --namespace m \(rest)" }
            func arrived(_ name: String) -> [String] {
                [
                    kubectl(
                        "wait deployment \(name) --timeout 9s "
                            + #"--for=jsonpath={.spec.template.metadata.labels.mlops\.example\.com/model-version}=2"#),
                    kubectl("rollout status deployment \(name) --timeout 9s"),
                ]
            }
            let apply = "kubectl --context=c apply --server-side --kustomize \(folder)"
            let service = "inferenceservices.serving.kserve.io"
            #expect(
                try await step("try", "2") == [
                    apply, kubectl("wait \(service) relief-canary --for=create --timeout 9s"),
                    kubectl("wait deployment relief-canary-predictor --for=create --timeout 9s"),
                ] + arrived("relief-canary-predictor"))
            // The stable service has three pods now: so has the canary, before a request comes to it.
            let scaled = [
                kubectl("get deployment relief-predictor --output jsonpath={.spec.replicas}"), apply,
                kubectl("get deployment relief-canary-predictor --output jsonpath={.status.readyReplicas}"), apply,
            ]
            #expect(try await step("shift", "100") == scaled)
            #expect(try await step("promote") == [apply] + arrived("relief-predictor"))
            #expect(
                try await step("finish") == [
                    apply, "sleep 15", kubectl("delete \(service) relief-canary --ignore-not-found --timeout 9s"),
                ])
            _ = try await step("try", "3")
            let unready = live.answering(
                "[[ $* != *spec.replicas* ]] || echo 3; [[ $0 != */sleep ]] || read -t 1 <> <(:) || true")
            let refused = try await unready.run(["--apply", "--timeout", "2", folder, "shift", "50"])
            #expect(refused.code == 1 && refused.err.contains("no traffic was moved"))
            let status = try await live.run([folder, "status"])
            #expect(status.out == "version 2 answers 100 %, canary version 3 0 %\n")
        }
    }
}

extension RecordedScript {
    func answering(_ answer: String) -> RecordedScript {
        var copy = self
        copy.answer = answer
        return copy
    }
}
