import TestSupport
import Testing

@Suite("k8s/deploy.sh and k8s/delete.sh", .timeLimit(.minutes(60)))
struct DeployScriptTests {
    private static let deploy = RecordedScript(path: "k8s/deploy.sh")
    private static let delete = RecordedScript(path: "k8s/delete.sh")
    private static let root = "\(Project.root)/k8s"

    @Test("refuse in one line what is not meant, and call nothing")
    func misuse() async throws {
        for script in [Self.deploy, Self.delete] {
            try await script.refuses([], "which environment? --overlay NAME")
            try await script.refuses(["--overlay"], "--overlay needs a value")
            for name in ["none", "../local"] {
                try await script.refuses(["--overlay", name], "there is no overlay '\(name)'; choose from")
            }
            try await script.refuses(["local"], "unknown argument 'local'")
            for seconds in ["0", "3601"] {
                try await script.refuses(
                    ["--overlay", "local", "--timeout", seconds],
                    "'\(seconds)' is not a number of seconds from 1 to 3600")
            }
            let help = try await script("--help")
            #expect(help.code == 0 && help.out.contains("Example") && help.calls == [])
        }
        try await Self.deploy.refuses(["--overlay", "local", "--dry-run", "client"], "unknown argument 'client'")
        try await Self.deploy.refuses(
            ["--overlay", "local", "--assets", "/none"], "there is no folder '/none'", code: 1)
    }

    @Test("say in one line that no cluster answers, that nothing builds, or that no image is named")
    func missing() async throws {
        let arguments = ["--overlay", "local"]
        for script in [Self.deploy, Self.delete] {
            var without = script
            without.programs = []
            try await without.refuses(arguments, "kubectl is not on the PATH", code: 1)
            try await script.answering("[[ $* != *version* ]] || { echo refused >&2; exit 1; }")
                .refuses(arguments, "no cluster answers: refused", code: 1)
            try await script.answering("[[ $* != *kustomize* ]] || { echo wrong >&2; exit 1; }")
                .refuses(arguments, "kustomize: wrong", code: 1)
        }
        let unnamed = "[[ $* != *kustomize* ]] || echo \"image: a@sha256:\(String(repeating: "0", count: 64))\""
        try await Self.deploy.answering(unnamed).refuses(arguments, "'claims' names no image yet", code: 1)
        let judged = try await Self.deploy.answering(unnamed).run(arguments + ["--dry-run"])
        #expect(judged.code == 0, "\(judged.err)")
    }

    /// The calls that change something, without the paths of what is built.
    private static func changes(_ calls: [String]) -> [String] {
        calls.filter { $0.contains(" apply ") || $0.contains(" install ") || $0.contains(" delete ") }.map { call in
            call.replacing(/\/\S*\/built\.yaml/, with: "BUILT").replacing(/\/\S*\/tmp[^\/]*\//, with: "SCRATCH/")
                .replacing(Self.root, with: "k8s")
        }
    }

    /// The folders that are built, from `k8s` on.
    private static func built(_ calls: [String]) -> [String] {
        calls.filter { $0.hasPrefix("kubectl kustomize") }.map { String($0.split(separator: "/k8s/").last ?? "") }
    }

    @Test("bring up what others need first, from pinned files, and wait for each")
    func deployAll() async throws {
        let answer = """
            [[ $* != *kustomize* ]] || printf '%s\\n' 'istio.io/dataplane-mode: ambient' 'gatewayClassName: nginx'
            [[ $* != *status.addresses* ]] || echo 192.0.2.1
            [[ $0 != */istioctl || $1 != version ]] || echo '"1.30.3"'
            """
        let up = try await Self.deploy.answering(answer).run(
            ["--overlay", "staging", "--context", "c", "--timeout", "9"])
        #expect(up.code == 0 && up.out.hasSuffix("up; the gateway's address: 192.0.2.1\n"), "\(up.err)")
        let pins = try Self.pins()
        #expect(pins.count > 5)
        // Each is fetched to the place that is applied, and its sum is looked at.
        let fetched = up.calls.filter { $0.hasPrefix("curl ") }
        let pinned = pins + ["/cert-manager.yaml", "/v2.6.7/deploy/crds.yaml", "/v2.6.7/deploy/default/deploy.yaml"]
        #expect(fetched.count == pinned.count)
        #expect(fetched.first?.contains("--max-time 9 --output") == true)
        for (call, pin) in zip(fetched, pinned) { #expect(call.hasSuffix(pin)) }
        #expect(up.calls.count { $0.hasPrefix("sha256sum --check") } == fetched.count)
        let applied = Self.changes(up.calls)
        let apply = "kubectl --context=c apply"
        let others = [
            "\(apply) --dry-run=server --filename k8s/gateway/components/self-signed/issuer.yaml",
            "istioctl install --context=c --skip-confirmation --readiness-timeout 9s --set profile=ambient",
            "\(apply) --server-side --force-conflicts --filename SCRATCH/crds.yaml",
            "\(apply) --server-side --force-conflicts --filename SCRATCH/deploy.yaml",
        ]
        let own = Array(repeating: "\(apply) --server-side --force-conflicts --filename BUILT", count: 5)
        #expect(Array(applied.dropFirst(pins.count + 1)) == others + own)
        let apps = ["apps/claims/overlays/staging", "apps/report/overlays/staging"]
        let order: [String] =
            apps + [
                "apps/claims/overlays/staging", "gateway/overlays/staging", "cluster", "admission/overlays/staging",
            ] + apps
        #expect(Self.built(up.calls) == order + ["gateway/overlays/staging"])
        #expect(
            up.calls.suffix(5) == [
                "kubectl --context=c rollout status deployment --selector app.kubernetes.io/name=claims --namespace claims "
                    + "--timeout 9s",
                "kubectl --context=c rollout status deployment --selector app.kubernetes.io/name=report --namespace report "
                    + "--timeout 9s",
                "kubectl --context=c wait --namespace gateway --timeout 9s certificate public --for=condition=Ready",
                "kubectl --context=c wait --namespace gateway --timeout 9s gateway public --for=condition=Programmed",
                "kubectl --context=c get gateway public --namespace gateway --output "
                    + "jsonpath={.status.addresses[0].value}",
            ])
        #expect(
            up.calls.contains(
                "kubectl --context=c get deployment cert-manager-webhook --namespace cert-manager --ignore-not-found "
                    + "--output name"))
        #expect(
            up.calls.contains(
                "kubectl --context=c wait --namespace cert-manager --timeout 9s deployment --all "
                    + "--for=condition=Available"))
    }

    @Test("takes controllers from the registry that the overlay of EKS names")
    func registry() async throws {
        let registry = "111122223333.dkr.ecr.eu-west-1.amazonaws.com"
        let answer = """
            [[ $* != *kustomize* ]] || printf '%s\\n' 'istio.io/dataplane-mode: ambient' 'gatewayClassName: nginx' \
              'image: \(registry)/claims/claims-model@sha256:1' 'image: \(registry)/claims/v1/claims-model@sha256:1'
            [[ $0 != */curl ]] || { while [[ $1 != --output ]]; do shift; done
              printf '%s\\n' 'image: "quay.io/jetstack/a:v1"' 'repository: ghcr.io/nginx/b' >"$2"; }
            [[ $0 != */istioctl || $1 != version ]] || echo '"1.30.3"'
            [[ $* != *controller.yaml* ]] || while read -r line; do echo "applied $line" >>"$CALLS"; done <"${!#}"
            """
        let up = try await Self.deploy.answering(answer)("--overlay", "eks", "--timeout", "9")
        #expect(up.code == 0, "\(up.err)")
        // Those of cert-manager, the CRDs of NGINX and its controller.
        let images = up.calls.filter { $0.hasPrefix("applied ") }
        #expect(images.count == 4 && images.allSatisfy { $0.contains("\(registry)/") }, "\(images)")
        #expect(up.calls.contains { $0.hasPrefix("istioctl install") && $0.hasSuffix("--set hub=\(registry)/istio") })
    }

    @Test("refuses a policy or a gateway of another account than the images'")
    func accounts() async throws {
        let registry = ".dkr.ecr.eu-west-1.amazonaws.com"
        for part in ["admission", "gateway"] {
            let answer = """
                [[ $* != *kustomize*apps* ]] || echo 'image: 444455556666\(registry)/claims/report@sha256:1'
                [[ $* != *kustomize*\(part)* ]] || echo 'registry: 111122223333\(registry)'
                """
            let result = try await Self.deploy.answering(answer)("--overlay", "eks")
            #expect(result.code == 1 && Self.changes(result.calls) == [])
            #expect(
                result.err.contains("k8s/\(part)/overlays/eks names the registry 111122223333\(registry)"),
                "\(result.err)")
        }
    }

    /// Where the definitions are fetched from.
    private static func pins() throws -> [String] {
        try String(contentsOfFile: "\(root)/crds.sha256", encoding: .utf8).split(separator: "\n").map { line in
            let parts = line.split(separator: " ")[1].split(separator: "/")
            return "https://raw.githubusercontent.com/" + parts.joined(separator: "/")
        }
    }

    @Test("install nothing twice, and nothing that is not what was pinned")
    func pinned() async throws {
        let there =
            "[[ $* != *'--output name'* ]] || echo it; [[ $* != *kustomize* ]] || echo 'istio.io/dataplane-mode: ambient'"
        let again = try await Self.deploy.answering(there)("--overlay", "staging")
        #expect(again.code == 0 && !again.calls.contains { $0.hasPrefix("istioctl") }, "\(again.err)")
        #expect(!again.calls.contains { $0.contains("cert-manager.yaml") })

        let watching =
            "[[ $* != *kustomize* ]] || echo '--providers.kubernetesgateway.namespaces=gateway,claims,models-staging'"
        let alone = try await Self.deploy.answering(watching)("--overlay", "staging")
        #expect(alone.code == 1 && alone.err.contains("Traefik has no rights in 'models-staging'"), "\(alone.err)")
        let beside = watching + "; [[ $* != *rolebinding* ]] || echo it"
        #expect(try await Self.deploy.answering(beside)("--overlay", "staging").code == 0)

        let other = try await Self.deploy.answering("[[ $0 != */sha256sum ]] || exit 1")("--overlay", "local")
        #expect(other.code == 1 && other.err.contains("is not what was pinned"))
        #expect(Self.changes(other.calls) == [])
        let offline = try await Self.deploy.answering("[[ $0 != */curl ]] || exit 1")("--overlay", "local")
        #expect(offline.code == 1 && offline.err.contains("cannot fetch https://"))
        let silent = try await Self.deploy.answering("[[ $* != *--dry-run=server* ]] || { echo no >&2; exit 1; }")(
            "--overlay", "local", "--timeout", "1")
        #expect(silent.code == 1 && silent.err.contains("cert-manager does not answer: no"))
    }

    @Test("take down the other way round, and tell a kind that is not known from a failure")
    func deleteAll() async throws {
        let down = try await Self.delete("--overlay", "staging", "--context", "c", "--timeout", "9")
        #expect(down.code == 0 && down.out.hasSuffix("down\n"), "\(down.err)")
        let delete = "kubectl --context=c delete --ignore-not-found --wait --timeout 9s --filename BUILT"
        #expect(Self.changes(down.calls) == Array(repeating: delete, count: 5))
        #expect(
            Self.built(down.calls) == [
                "gateway/overlays/staging", "apps/claims/overlays/staging", "apps/report/overlays/staging",
                "admission/overlays/staging", "cluster",
            ])
        let unknown = "[[ $* != *delete* ]] || { echo 'no matches for kind \"Gateway\"' >&2; exit 1; }"
        #expect(try await Self.delete.answering(unknown)("--overlay", "local").code == 0)
        let failed = try await Self.delete.answering("[[ $* != *delete* ]] || { echo refused >&2; exit 1; }")(
            "--overlay", "local")
        #expect(failed.code == 1 && failed.err.contains("not everything could be deleted"))
    }
}
