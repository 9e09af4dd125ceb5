import Foundation
import TestSupport
import Testing

@Suite("The scripts for images and locks", .timeLimit(.minutes(60)))
struct ImageScriptTests {
    private static let folder = "sagemaker/claims-model/scripts"
    private static let ecr = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
    private static let digest = "\(ecr)/m@sha256:" + String(repeating: "1", count: 64)

    private static func script(_ path: String, _ programs: String..., answer: String = "") -> RecordedScript {
        RecordedScript(path: path, programs: programs, answer: answer)
    }

    private static func push(_ answer: String = "", without program: String? = nil) -> RecordedScript {
        var script = script("sagemaker/push.sh", "docker", "trivy", "aws", "cosign", answer: answer + "\n" + image)
        script.programs.removeAll { $0 == program }
        return script
    }

    /// The image, which is not in the registry yet, as Docker speaks of it; an answer before it may end the call.
    private static let image = """
        case "$*" in
          *image.version*) echo 1.0.0-7ee40b54 ;;
          *Config.User*) echo ;;
          *Architecture*) echo linux/amd64 ;;
          manifest*)
            echo '[{"Ref": "m", "Descriptor": {'
            echo '"mediaType": "application/vnd.docker.distribution.manifest.v2+json",'
            echo '"digest": "\(digest.split(separator: "@")[1])"'
            echo '}}]' ;;
          *.Id*) echo id ;;
          pull*) echo 'manifest unknown' >&2; exit 1 ;;
        esac
        """
    private static let arguments = ["--image", "m:local", "--repository", "\(ecr)/m"]

    @Test("push what was scanned, under its own version, and say its digest")
    func pushes() async throws {
        let pushed = try await Self.push().run(Self.arguments + ["--key", "k", "--prefix", "jobs-"])
        #expect(pushed.code == 0 && pushed.out == Self.digest + "\n", "\(pushed.err)")
        let target = "\(Self.ecr)/m:jobs-1.0.0-7ee40b54"
        let changes = pushed.calls.filter { !$0.contains("inspect") && !$0.contains(" save ") && !$0.contains("trivy") }
        #expect(
            changes.sorted() == [
                "aws ecr get-login-password --region eu-west-1", "cosign sign --yes --key k \(Self.digest)",
                "docker login --username AWS --password-stdin \(Self.ecr)", "docker pull --quiet \(target)",
                "docker push --quiet \(target)", "docker tag m:local \(target)",
            ])
        let scans = pushed.calls.filter { $0.hasPrefix("trivy") }
        try #require(scans.count == 3)
        #expect(scans[0].hasSuffix("--scanners secret --exit-code 1"))
        #expect(scans[1].hasSuffix("--scanners vuln --severity HIGH,CRITICAL --ignore-unfixed --exit-code 1"))

        let there = try await Self.push("[[ $1 != pull ]] || exit 0").run(
            Self.arguments + ["--without-database", "no network", "--sbom", "list.json"])
        #expect(there.code == 0 && there.err.contains("is there already") && there.err.contains("not signed: no --key"))
        #expect(there.err.contains("vulnerabilities were not looked for: no network"))
        #expect(!there.calls.contains { $0.hasPrefix("docker push") || $0.contains("vuln") })
        #expect(there.calls.contains { $0.hasSuffix("--format cyclonedx --output list.json") })
        let elsewhere = try await Self.push().run(["--image", "m:local", "--repository", "127.0.0.1:5000/m"])
        #expect(elsewhere.code == 0 && !elsewhere.calls.contains { $0.hasPrefix("aws") }, "\(elsewhere.err)")
        #expect(elsewhere.calls.contains { $0.hasPrefix("docker manifest inspect --insecure") })
    }

    @Test("push nothing that is not sound, and say why in one line")
    func pushRefusals() async throws {
        for option in ["--image", "--key"] { try await Self.push().refuses([option], "\(option) needs a value") }
        try await Self.push().refuses(["x"], "unknown argument x")
        try await Self.push().refuses(["--repository", "a/b"], "--image is needed")
        try await Self.push().refuses(["--image", "a"], "--repository is needed")
        try await Self.push().refuses(["--without-database", "lazy"], "needs a reason of two words or more")
        for program in ["docker", "trivy"] {
            try await Self.push(without: program).refuses(Self.arguments, "\(program) is not on the PATH", code: 1)
        }
        try await Self.push(without: "cosign").refuses(Self.arguments + ["--key", "k"], "--key needs cosign", code: 1)
        for (answer, message) in [
            ("[[ $* != *image.version* ]] || exit 1", "no image m:local"),
            ("[[ $* != *image.version* ]] || { echo 1.0; exit; }", "its label is '1.0'"),
            ("[[ $* != *Config.User* ]] || { echo 10001; exit; }", "runs as 10001, and SageMaker expects root"),
            ("[[ $* != *Architecture* ]] || { echo linux/arm64; exit; }", "is for linux/arm64"),
            ("[[ $* != *secret* ]] || { echo HIGH: a key; exit 1; }", "holds a secret, or could not be scanned: HIGH"),
            ("[[ $* != *vuln* ]] || { echo CVE-1; exit 1; }", "vulnerabilities with a fix, or no list of them: CVE-1"),
            ("[[ $* != *cyclonedx* ]] || exit 1", "trivy wrote no bill of materials"),
        ] {
            let result = try await Self.push(answer).run(Self.arguments)
            #expect(result.code == 1 && result.err.contains(message), "\(message): \(result.err)")
            #expect(!result.calls.contains { $0.hasPrefix("docker push") }, "\(message)")
        }
        for (answer, message) in [
            (
                "[[ $1 != pull ]] || exit 0; [[ $* != *.Id*:1.0.0* ]] || { echo another; exit; }",
                "is there with other content"
            ),
            ("[[ $1 != pull ]] || { echo refused >&2; exit 1; }", "does not answer: refused"),
            ("[[ $1 != push ]] || exit 1", "could not be pushed"),
            ("[[ $1 != manifest ]] || exit 1", "has the manifest type other than Docker's"),
        ] {
            let result = try await Self.push(answer).run(Self.arguments)
            #expect(result.code == 1 && result.err.contains(message), "\(message): \(result.err)")
            #expect(!result.out.contains("sha256"))
        }
    }

    @Test("build what SageMaker takes: amd64, in Docker's media types, without provenance; each break is noticed")
    func buildsForSageMaker() async throws {
        let wanted = "docker build --platform linux/amd64 --provenance=false --output type=docker "
        func build(_ image: String) async throws -> String? {
            try await Self.script(image, "docker").run(["serve", "--tag", "t:1", "--from", "f:1"]).calls
                .last { $0.hasPrefix("docker build ") }
        }
        let sound = try await build("sagemaker/image.sh")
        #expect(sound?.hasPrefix(wanted) == true, "\(sound ?? "no call")")
        let library = try String(contentsOfFile: "\(Project.root)/\(Self.folder)/lib.sh", encoding: .utf8)
        for option in ["--platform linux/amd64", "--provenance=false", "--output type=docker"] {
            try await withScratch { folder in
                #expect(library.contains(option))
                try write(["claims-model/scripts/lib.sh": library.replacing(option, with: "")], to: folder)
                try FileManager.default.copyItem(
                    atPath: Project.root + "/sagemaker/image.sh", toPath: folder + "/image.sh")
                let broken = try await build(folder + "/image.sh")
                #expect(broken != nil && broken?.hasPrefix(wanted) == false, "\(option)")
            }
        }
    }

    @Test("build from the model and exactly the files that serve it")
    func builds() async throws {
        let build = Self.script("\(Self.folder)/build-image.sh", "docker", "git")
        for option in ["--tag", "--model"] { try await build.refuses([option], "\(option) needs a value") }
        try await build.refuses(["x"], "unknown argument x")
        try await build.refuses([], "--tag is needed")
        try await build.refuses(["--tag", "t", "--python", "2.7"], "it is 3.7, 3.11 or 3.12")
        try await build.refuses(["--tag", "t", "--wheels", "/none"], "no wheels are there", code: 1)
        try await build.refuses(["--tag", "t", "--ca", "/none"], "--ca /none: no such file", code: 1)
        try await build.refuses(["--tag", "t", "--sbom", "s"], "--sbom needs trivy on the PATH", code: 1)
        try await build.refuses(["--tag", "t", "--model", "/none"], "model.onnx is not there", code: 1)
        try await build.answering("exit 1").refuses(["--tag", "t"], "no container engine that can build", code: 1)
        let old = build.answering("[[ $1 != buildx ]] || exit 1; [[ $1 != version ]] || echo 24.0")
        try await old.refuses(["--tag", "t"], "no container engine that can build", code: 1)
        try await withScratch { folder in
            try write(
                ["model/model.onnx": "m", "model/model.json": "{\n  \"version\": \"1.0.0-7ee40b54\",\n}\n"], to: folder)
            let model = ["--model", "\(folder)/model"]
            let staged = try await build.run(model + ["--stage", "\(folder)/context"])
            #expect(staged.code == 0 && staged.calls == [], "\(staged.err)")
            #expect(staged.out == "\(folder)/context: the context for 1.0.0-7ee40b54\n")
            let files = try FileManager.default.subpathsOfDirectory(atPath: "\(folder)/context").filter {
                $0.hasSuffix(".py") && $0.hasPrefix("claims_model")
            }
            let listed = try String(contentsOfFile: "\(Project.root)/azure-devops/image-files.txt", encoding: .utf8)
            #expect(!files.isEmpty && files.allSatisfy { listed.contains("app/\($0)\n") })
            try await build.refuses(model + ["--stage", "\(folder)/context"], "is there already", code: 1)

            let before23 = "[[ $1 != buildx ]] || exit 1; [[ $1 != version ]] || echo 20.10"
            let built = try await build.answering(before23).run(
                model + ["--tag", "t:1", "--python", "3.12", "--base", "b", "--network", "n"])
            #expect(built.code == 0 && built.out == "t:1: model 1.0.0-7ee40b54, Python 3.12\n", "\(built.err)")
            let call = try #require(built.calls.last { $0.hasPrefix("docker build ") })
            for part in ["--network n", "--tag t:1", "BASE_IMAGE=b", "PYTHON_VERSION=3.12", "VERSION=1.0.0-7ee40b54"] {
                #expect(call.contains(part), "\(part)")
            }
        }
    }

    @Test("refuse in one line what they cannot lock, make or train")
    func others() async throws {
        for path in ["\(Self.folder)/lock-requirements.sh", "scripts/lock-pins.sh"] {
            let lock = Self.script(path, "uv")
            let misused = try await lock("now")
            #expect(misused.code == 2 && misused.err.contains("Usage:") && misused.calls == [])
            #expect(try await lock("--help").code == 0)
            var without = lock
            without.programs = []
            try await without.refuses([], "uv is not on the PATH; pip install uv")
        }
        let pins = try await Self.script("scripts/lock-pins.sh", "uv")()
        #expect(pins.code == 0 && pins.calls.count { $0.contains("--no-deps") } == 1)
        #expect(pins.calls.contains { $0.contains("--no-deps") && $0.contains("emulator.in") })

        let base = Self.script("\(Self.folder)/make-base-image.sh", "docker", "debootstrap")
        try await base.refuses([], "--tag is needed")
        try await base.refuses(["--tag"], "--tag needs a value")
        try await base.refuses(["x"], "unknown argument x")
        try await base.refuses(["--tag", "t", "--python", "37"], "a version is written as 3.11")
        if getuid() == 0 {
            var failing = base
            failing.answer = "[[ $0 != */debootstrap ]] || exit 1"
            let debian = try await failing("--tag", "t", "--python", "3.11")
            #expect(debian.code == 1 && debian.err.contains("debootstrap: "), "\(debian.err)")
            #expect(debian.calls.last?.contains(",python3,python3-pip bookworm ") == true, "\(debian.calls)")
            let old = try await failing("--tag", "t", "--python", "3.7")
            #expect(old.code == 1 && old.err.contains("pyenv has no Python 3.7"), "\(old.err)")
            #expect(!old.calls.contains { $0.hasPrefix("debootstrap") })
        }
        let train = Self.script("\(Self.folder)/train.sh", "trainer")
        try await train.refuses([], "--out is needed")
        try await train.refuses(["--seed"], "--seed needs a value")
        try await train.refuses(["x"], "unknown argument x")
        var given = train
        given.environment["CLAIMS_TRAIN_PYTHON"] = "trainer"
        #expect(
            try await given("--seed", "2", "--out", "/o", "--generated", "9").calls
                == ["trainer -m claims_model.training --out /o --generated 9 --seed 2"])
        let relative = try await given("--out", "o", "--generated", "9").calls.last
        #expect(relative?.contains(/--out \/\S*\/o --generated 9/) == true, "\(relative ?? "no call")")
        let supplied = Self.script("\(Self.folder)/supplied.sh")
        try await supplied.refuses([], "--out is needed")
        try await supplied.refuses(["x"], "unknown argument x")
        var without = supplied
        without.environment["HARNESS_ASSETS"] = "/none"
        try await without.refuses(["--out", "/none"], "is not in /none; name a mirror in HARNESS_ASSETS", code: 3)
        try await Self.script("\(Self.folder)/compare.sh").refuses(["x"], "unknown argument x")
        let test = Self.script("\(Self.folder)/test.sh")
        try await test.refuses(["--image"], "--image needs a value")
        try await test.refuses([], "training needs Python 3.11, 3.12 or 3.13", code: 1)
    }
}
