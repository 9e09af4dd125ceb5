extension MutationOperator {
    static let containers = [
        MutationOperator(
            "user-root", "the image runs as root", in: [.containerfile], caughtBy: "trivy AWS, hadolint DL3002"
        ) { $0.replacing(/^USER .+$/) { _ in ["USER 0"] } + $0.removing(/^USER\ /) },
        MutationOperator(
            "base-unpinned", "the base is whatever its tag means today", in: [.containerfile],
            caughtBy: "a rule on bases"
        ) { $0.replacing(/^((?:FROM\ |ARG\ \w+=)[^@\s]*)@sha256:[0-9a-f]{64}/) { [String($0.1)] } },
        MutationOperator(
            "base-latest", "the base has no version", in: [.containerfile], caughtBy: "hadolint DL3007"
        ) { $0.replacing(/:[\w.-]+@sha256:[0-9a-f]{64}/) { _ in [":latest"] } },
        MutationOperator(
            "secret-baked", "a secret stays in a layer", in: [.containerfile],
            caughtBy: "trivy's secrets, and a rule on ENV"
        ) {
            $0.replacing(/^WORKDIR .*$/) {
                ["\($0.0)\nENV AWS_SECRET_ACCESS_KEY=\("wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCYzT8Hq2Lw0a")"]
            }
        },
        MutationOperator(
            "hashes-unchecked", "packages are installed whatever their content", in: [.containerfile],
            caughtBy: "a rule on installers"
        ) { $0.replacing(/\ --require-hashes\b/) { _ in [""] } },
    ]
}
