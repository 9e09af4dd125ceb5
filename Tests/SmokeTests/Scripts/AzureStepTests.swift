import Foundation
import TestSupport
import Testing

@testable import HarnessSupport
@testable import Tooling

/// What the pipeline's steps refuse, and what they call for it: the release itself, on an engine, is another suite.
@Suite("An Azure pipeline's step", .timeLimit(.minutes(60)))
struct AzureStepTests {
    private static let reference = "r.io/claims/model@sha256:" + String(repeating: "1", count: 64)

    private static func step(_ name: String, answer: String = "") throws -> RecordedScript {
        var script = RecordedScript(path: "azure-devops/steps/\(name).sh")
        let own = ["jq", "openssl"]
        for program in own where !FileManager.default.isExecutableFile(atPath: "/usr/bin/\(program)") {
            try skip("\(program) is not on this machine")
        }
        script.programs = ["az", "curl", "docker", "kubectl", "notation", "python3", "ruff", "trivy", "harness"]
        script.system += own + ["basenc", "sha256sum", "sleep", "stat"]
        script.answer = answer
        return script
    }

    @Test("refuses in one line what is not meant, and calls nothing")
    func misuse() async throws {
        let needs = [
            "azure-cluster": "group", "azure-registry": "registry", "build": "image", "canary": "overlay",
            "check-files": "image", "current-release": "place", "deploy": "overlay", "get-model": "model",
            "model-version": "model", "push": "image", "rollback": "previous", "save": "image", "scan": "image",
            "sign": "reference", "test": "results", "ticket": "organization", "verify": "images",
            "verify-signature": "images", "watch-drift": "deployment",
        ]
        for (name, option) in needs.sorted(by: { $0.key < $1.key }) {
            let step = try Self.step(name)
            try await step.refuses([], "--\(option) is needed; see --help")
            try await step.refuses(["--\(option)"], "--\(option) needs a value")
            for unknown in ["--nope", option] {
                try await step.refuses([unknown, "x"], "unknown argument '\(unknown)'")
            }
            let help = try await step("--help")
            #expect(help.code == 0 && help.out.contains("Example") && help.calls == [], "\(name)")
        }
        let target = ["--overlay", "staging", "--place", "cluster", "--canary", "claims"]
        let images = ["--images", "claims=\(Self.reference)", "--canary", "claims"]
        for name in ["deploy", "canary"] {
            for wrong in ["r.io/claims/model:1", "model@sha256:1"] {
                try await Self.step(name).refuses(
                    target + ["--images", "claims=\(wrong)"], "names no image by its digest")
            }
            try await Self.step(name).refuses(
                target + ["--images", Self.reference], "is not DEPLOYMENT=REGISTRY/NAME@sha256:…")
            try await Self.step(name).refuses(
                ["--overlay", "staging", "--place", "here"] + images, "--place is cluster or engine:PORT, not 'here'")
            try await Self.step(name).refuses(
                ["--overlay", "none", "--place", "cluster"] + images, "there is no overlay 'none'")
        }
        try await Self.step("scan").refuses(
            ["--image", "a:1", "--out", "o", "--database", "maybe"], "--database is required or absent, not 'maybe'")
        try await Self.step("get-model").refuses(
            ["--model", "1.0", "--repository", "r", "--out", "o"], "is neither train nor a release")
        try await Self.step("get-model").refuses(
            ["--model", "train", "--repository", "r", "--out", "/"], "/ is there already", code: 1)
    }

    @Test("and all of them on one machine refuse a port that is none, and a program that is not there")
    func onOneMachine() async throws {
        var script = RecordedScript(path: "azure-devops/run-here.sh", programs: ["docker", "harness"])
        for port in ["x", "70", "700000"] {
            try await script.refuses(["--port", port], "--port \(port) is not a port")
        }
        try await script.refuses([], "docker-registry is not on the PATH", code: 1)
        script.programs += ["docker-registry", "kubectl", "jq", "openssl", "trivy", "ruff", "curl"]
        script.answer = "[[ $0 != */docker ]] || exit 1"
        let silent = try await script()
        #expect(silent.code == 1 && silent.err.contains("no Docker engine answers"), "\(silent.err)")
        #expect(silent.calls == ["docker info"])
    }

    /// What a cluster answers: an overlay of one Deployment, and the last release, where there is one.
    private static func cluster(released: String? = nil) -> String {
        let release = released.map {
            """
            [[ $* != *'get configmap claims-release'* ]] || jq -n --arg image \($0) '{data: {"objects.json":
              ([{kind: "Deployment", metadata: {name: "claims"}, spec: {template: {spec: {containers: [{image: $image}]}}}}]
              | tojson)}}'
            [[ $* != *'get deployments'* ]] || echo '{"items": [{"metadata": {"name": "claims"},
              "spec": {"template": {"spec": {"containers": [{"image": "\($0)"}]}}}}]}'
            """
        }
        return """
            [[ $* != *annotate* ]] || echo '{"kind": "Deployment", "metadata": {"name": "claims"},
              "spec": {"template": {"spec": {"containers": [{}]}}}}'
            [[ $* != *'apply --server-side'* ]] || jq -r '(.items // [])[] | select(.kind == "Deployment")
              | "applied \\(.metadata.name) \\(.spec.template.spec.containers[0].image)"' >>"$CALLS"
            \(release ?? "")
            true
            """
    }

    @Test("deploys, puts a canary beside what runs, and goes back")
    func deploys() async throws {
        func arguments(_ image: String) -> [String] {
            ["--overlay", "staging", "--images", "claims=\(image)", "--canary", "claims", "--place", "cluster"]
        }
        let deployed = try await Self.step("deploy", answer: Self.cluster()).run(arguments(Self.reference))
        #expect(
            deployed.code == 0 && deployed.out.hasSuffix("staging runs claims=\(Self.reference)\n"), "\(deployed.err)")
        #expect(deployed.calls.contains("applied claims \(Self.reference)"))
        #expect(deployed.calls.contains("kubectl rollout status deployment/claims --namespace claims --timeout 300s"))
        #expect(
            deployed.calls.last
                == "kubectl delete deployment,service,httproute claims-canary --namespace claims --ignore-not-found")
        let failed = try await Self.step("deploy", answer: "[[ $1 != rollout ]] || exit 1\n" + Self.cluster()).run(
            arguments(Self.reference))
        #expect(failed.code != 0 && !failed.out.contains("runs"))

        let other = Self.reference.replacing("1111", with: "2222")
        let beside = try await Self.step("canary", answer: Self.cluster(released: Self.reference)).run(arguments(other))
        #expect(
            beside.code == 0 && beside.out.contains("one pod of \(other) beside claims=\(Self.reference)"),
            "\(beside.err)")
        #expect(!beside.calls.contains { $0.hasPrefix("applied claims ") }, "what serves is not touched")
        #expect(beside.calls.contains("applied claims-canary \(other)"))
        let first = try await Self.step("canary", answer: Self.cluster()).run(arguments(Self.reference))
        #expect(first.code == 0 && first.out.contains("nothing was released yet"), "\(first.err)")
        #expect(first.calls.contains("applied claims \(Self.reference)"))
        for (release, said) in [
            (Self.reference, "released: 1 objects, \(Self.reference)"), (nil, "released: 0 objects"),
        ] {
            try await withScratch { folder in
                let current = try await Self.step("current-release", answer: Self.cluster(released: release))(
                    "--place", "cluster", "--out", folder)
                #expect(current.out.hasPrefix(said), "\(current.out)\(current.err)")
            }
        }
    }

    @Test("verifies what runs and what is closed")
    func verifies() async throws {
        let arguments = ["--images", "claims=\(Self.reference)", "--place", "cluster", "--address", "https://a"]
        let none = "[[ $* != *'get deployments'* ]] || echo '{\"items\": []}'\n"
        let runs = Self.cluster(released: Self.reference) + "\n"
        let answers = "[[ $0 != */curl ]] || case \"$*\" in *healthz) printf 200 ;; *) printf 404 ;; esac"
        let sound = try await Self.step("verify", answer: runs + answers).run(
            arguments + ["--ca", "/ca.pem", "--gateway", "10.0.0.4"])
        #expect(sound.calls.count { $0.contains("--resolve a:443:10.0.0.4") } == 8)
        #expect(sound.code == 0 && sound.calls.count { $0.contains("--cacert /ca.pem") } == 8, "\(sound.err)")
        try await Self.step("verify", answer: none + answers).refuses(arguments, "runs nothing, not", code: 1)
        try await Self.step("verify", answer: runs + "[[ $0 != */curl ]] || printf 200")
            .refuses(arguments, "https://a/service/a/v1/metrics answers 200, not 404", code: 1)
        try await Self.step("verify", answer: runs + "[[ $0 != */curl ]] || printf 404")
            .refuses(arguments, "https://a/service/a/v1/healthz answers 404, not 200", code: 1)
    }

    @Test("signs what was pushed, and knows a signature by another key or of another image")
    func signs() async throws {
        try await withScratch { folder in
            for name in ["a", "b"] {
                let made = try await HarnessProcess(
                    ["genpkey", "-quiet", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out"]
                        + ["\(folder)/\(name).pem"], in: folder, executable: "/usr/bin/openssl"
                ).run()
                try #require(made.code == 0, "\(made.stderr)")
            }
            func verify(_ reference: String, _ key: String) -> [String] {
                ["--images", "claims-v2=\(reference)", "--trust", key]
            }
            let signed = try await Self.step("sign")("--reference", Self.reference, "--key", "\(folder)/a.pem")
            #expect(signed.code == 0 && signed.calls == [], "\(signed.err)")
            let sound = try await Self.step("verify-signature").run(verify(Self.reference, "\(folder)/a.pem"))
            #expect(sound.code == 0 && sound.out == "\(Self.reference) is signed\n", "\(sound.err)")
            let step = try Self.step("verify-signature")
            try await step.refuses(verify(Self.reference, "\(folder)/b.pem"), "has no signature by", code: 1)
            try await step.refuses(verify(Self.reference, "\(folder)/none"), "there is no \(folder)/none", code: 1)
            let other = Self.reference.replacing("1111", with: "2222")
            try await step.refuses(verify(other, "\(folder)/a.pem"), "has no signature by", code: 1)

            let vault = try await Self.step("sign", answer: "[[ $0 != */az ]] || echo https://v/keys/k/1")(
                "--reference", Self.reference, "--key", "https://v/certificates/k")
            #expect(
                vault.code == 0
                    && vault.calls.first?.hasPrefix("az keyvault certificate show --id https://v/certificates/k")
                        == true
            )
            #expect(
                vault.calls.last?.hasPrefix("notation sign --signature-format cose --id https://v/keys/k/1") == true
                    && vault.calls.last?.hasSuffix(Self.reference) == true)
            try write(["c.pem": "-----BEGIN CERTIFICATE-----\n"], to: folder)
            let trusted = try await Self.step("verify-signature").run(verify(Self.reference, "\(folder)/c.pem"))
            #expect(trusted.calls.last == "notation verify \(Self.reference)", "\(trusted.err)")
            let unsigned = try await Self.step("verify-signature", answer: "[[ $1 != verify ]] || exit 1").run(
                verify(Self.reference, "\(folder)/c.pem"))
            #expect(unsigned.code == 1 && !unsigned.out.contains("is signed"))
        }
    }

    @Test("pushes by digest, scans before it, and looks into the image")
    func images() async throws {
        let digest = "sha256:" + String(repeating: "1", count: 64)
        let push = ["--image", "a:1", "--to", "r.io/claims/model", "--release", "1.0.0-7ee40b54.4"]
        let pushed = try await Self.step("push", answer: "[[ $1 != push ]] || echo v: digest: \(digest) size: 1").run(
            push)
        #expect(
            pushed.code == 0 && pushed.out.hasSuffix("isOutput=true]r.io/claims/model@\(digest)\n"), "\(pushed.err)")
        #expect(
            pushed.calls == [
                "docker tag a:1 r.io/claims/model:1.0.0-7ee40b54.4", "docker push r.io/claims/model:1.0.0-7ee40b54.4",
            ])
        #expect(try await Self.step("push").run(push).code != 0, "a registry that says no digest")

        let listed = """
            [[ $* != *cyclonedx* ]] || echo '{"components": [{"name": "onnxruntime"}, {"name": "numpy"}, {"name": "uvicorn"}]}' >"${@: -3:1}"
            """
        func scan(_ database: String) -> [String] { ["--image", "a:1", "--out", "out", "--database", database] }
        let absent = try await Self.step("scan", answer: listed).run(scan("absent"))
        #expect(absent.code == 0 && absent.out.contains("SKIPPED"), "\(absent.err)")
        #expect(absent.calls.count { $0.hasPrefix("trivy") } == 1)
        let judged = try await Self.step("scan", answer: listed).run(scan("required"))
        #expect(judged.code == 0 && judged.calls.count { $0.contains("--scanners vuln") } == 2)
        #expect(judged.calls.last?.contains("--exit-code 1") == true)
        let unsafe = try await Self.step("scan", answer: listed + "\n[[ $* != *--exit-code* ]] || exit 1").run(
            scan("required"))
        #expect(unsafe.code == 1)
        let less = listed.replacing("onnxruntime", with: "other")
        let short = try await Self.step("scan", answer: less).run(scan("absent"))
        #expect(short.code == 1 && short.err.contains("does not name the packages that serve the model"))

        let list = try String(contentsOfFile: "\(Project.root)/azure-devops/image-files.txt", encoding: .utf8)
        func content(_ more: String = "", mode: String = "644", without lines: Int = 0) -> String {
            let files = list.split(separator: "\n").dropFirst(lines).joined(separator: " ")
            return """
                [[ $1 != create ]] || echo 7
                [[ $1 != export ]] || (cd "$(mktemp -d)"; for file in \(files) \(more); do
                  mkdir -p "${file%/*}"; echo >"$file"; chmod \(mode) "$file"; done
                  find . -type d -exec chmod 755 {} +; [[ -z '\(more)' ]] || chmod 755 \(more); tar -cf - *)
                """
        }
        let sound = try await Self.step("check-files", answer: content())("--image", "a:1")
        #expect(sound.code == 0 && sound.out.contains("as listed; no shell"), "\(sound.err)")
        #expect(sound.calls == ["docker create a:1", "docker export 7", "docker rm 7"])
        for (wrong, message) in [
            (content(without: 1), "does not hold the listed files: -"), (content("app/extra.py"), ": +app/extra.py"),
            (content("bin/sh"), "programs other than Python: bin/sh"),
            (content(mode: "646"), "others than root can write"),
        ] {
            try await Self.step("check-files", answer: wrong).refuses(["--image", "a:1"], message, code: 1)
        }
    }

    @Test("builds from the model that it is given, under the name that it is given")
    func builds() async throws {
        let build = ["--image", "a:1", "--model", "/none", "--python", "3.7"]
        try await Self.step("build").refuses(build, "--model /none: model.onnx is not there", code: 1)
    }

    @Test("takes a released model out of its image, and knows it by its sum")
    func model() async throws {
        try await withScratch { folder in
            let sum = "01ba4719c80b6fe911b091a7c05124b64eeece964e09c058ef8f9805daca546b"
            func answer(_ version: String, _ sum: String) -> String {
                """
                [[ $1 != create ]] || echo 7
                [[ $1 != cp ]] || { mkdir -p "$3"; echo >"$3/model.onnx"
                  echo '{"version": "\(version)", "onnx": {"sha256": "\(sum)"}}' >"$3/model.json"; }
                """
            }
            func arguments(_ out: String) -> [String] {
                ["--model", "1.0.0-7ee40b54.4", "--repository", "r.io/m", "--out", "\(folder)/\(out)"]
            }
            let good = try await Self.step("get-model", answer: answer("1.0.0-7ee40b54", sum)).run(arguments("a"))
            #expect(good.code == 0 && good.out.hasSuffix("the model 1.0.0-7ee40b54\n"), "\(good.err)")
            #expect(
                good.calls == [
                    "docker pull --quiet r.io/m:1.0.0-7ee40b54.4", "docker create r.io/m:1.0.0-7ee40b54.4",
                    "docker cp 7:/app/model \(folder)/a", "docker rm 7",
                ])
            let version = try await Self.step("model-version")("--model", "\(folder)/a")
            #expect(version.out.hasSuffix("isOutput=true]1.0.0-7ee40b54\n"), "\(version.err)")
            try write(["model.onnx": "other"], to: "\(folder)/a")
            try await Self.step("model-version").refuses(
                ["--model", "\(folder)/a"], "is not the model that model.json describes", code: 1)
            try await Self.step("get-model", answer: answer("1.0.0-00000000", sum))
                .refuses(arguments("c"), "holds the model 1.0.0-00000000", code: 1)
        }
    }

    @Test("asks Azure with the identity it has, and goes no further where that may not deploy")
    func azure() async throws {
        let cluster = ["--group", "g", "--cluster", "c"]
        let token = "[[ $2 != get-access-token ]] || echo secret\n"
        let within = try await Self.step("azure-cluster", answer: token).run(
            cluster + ["--registry", "a.azurecr.io", "--", "kubectl", "get", "pods"])
        #expect(
            within.calls == [
                "az acr login --name a", "az aks get-credentials --resource-group g --name c --overwrite-existing",
                "az account get-access-token --resource 6dae42f8-4368-4678-94ff-3960e28e3630 --query accessToken --output tsv",
                "kubectl config set-credentials pipeline --token secret",
                "kubectl config set-context --current --user pipeline",
                "kubectl auth can-i patch deployments --namespace claims --quiet", "kubectl get pods",
            ], "\(within.calls) \(within.err)")
        #expect(!within.out.contains("secret"))
        try await Self.step("azure-cluster", answer: token + "[[ $1 != auth ]] || exit 1")
            .refuses(cluster + ["--", "true"], "this identity may not deploy to c", code: 1)
        try await Self.step("azure-cluster").refuses(cluster, "no command behind --")
        #expect(try await Self.step("azure-registry")("--registry", "a.azurecr.io").calls == ["az acr login --name a"])
        #expect(try await Self.step("tools")("--programs", "kubectl notation").calls == [], "nothing is fetched here")
        let list = try String(contentsOfFile: "\(Project.root)/azure-devops/programs.txt", encoding: .utf8)
        let programs = list.split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(programs.count == 4 && programs.allSatisfy { $0.contains(/^[a-z-]+ https:\S+ [0-9a-f]{64}$/) })
    }

    @Test("opens a ticket once")
    func ticket() async throws {
        let arguments = [
            "--organization", "https://dev.azure.com/a/", "--project", "a b", "--tag", "drift", "--title", "t",
            "--text", "u",
        ]
        var step = try Self.step(
            "ticket", answer: "case \"$*\" in *wiql*) echo '{\"workItems\": []}' ;; *) echo '{\"id\": 7}' ;; esac")
        try await step.refuses(arguments, "SYSTEM_ACCESSTOKEN is not handed in", code: 1)
        step.environment["SYSTEM_ACCESSTOKEN"] = "secret"
        let opened = try await step.run(arguments)
        #expect(opened.out == "work item 7 is opened\n", "\(opened.err)")
        #expect(
            opened.calls.count == 2
                && opened.calls.allSatisfy { !$0.contains("secret") && $0.contains("/a/a%20b/_apis/wit/") })
        step.answer = "echo '{\"workItems\": [{\"id\": 3}]}'"
        let again = try await step.run(arguments)
        #expect(again.out == "work item 3 is open already\n" && again.calls.count == 1)
    }

    @Test("that is a program in Python passes its own tests, on both sides of each limit")
    func programs() async throws {
        let tests = try await HarnessProcess(
            ["python3", "-m", "unittest", "discover", "azure-devops/tests"], executable: "/usr/bin/env"
        ).run()
        #expect(tests.code == 0 && tests.stderr.contains(/Ran [1-9]/), "\(tests.stdout)\(tests.stderr)")
    }

    @Test("is followed by a cluster that admits signed images alone, by the policy's own Rego")
    func admission() async throws {
        let folder = Project.root + "/azure-devops/tests"
        let environment: String
        do {
            environment = try await PythonEnvironment(
                name: "rego", lock: Pins.Lock(file: "\(folder)/requirements.txt"), home: Project.home
            ).install { print($0) }
        } catch let missing as Tool.Missing {
            // The engine has no wheel for Linux on ARM.
            try skip("\(missing)")
        }
        let output = try await Command(
            environment.appendingPath("bin/python"), ["-m", "unittest", "\(folder)/test_admission.py"],
            environment: ["PYTHONDONTWRITEBYTECODE": "1"], folder: Project.root
        ).run()
        #expect(output.isSuccess && output.stderr.contains(/Ran [1-9]/), "\(output.stderr)")
        #expect(!output.stderr.contains("skipped"), "\(output.stderr)")
    }
}
