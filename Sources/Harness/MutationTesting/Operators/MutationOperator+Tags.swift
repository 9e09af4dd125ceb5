extension MutationOperator {
    static let tags = [
        MutationOperator(
            "pin-lost", "an image is whatever its tag means today", in: [.kubernetes],
            caughtBy: "a rule on images"
        ) {
            $0.replacing(/\bdigest: sha256:[0-9a-f]{64}/) { _ in ["newTag: latest"] }
                + $0.replacing(/\b(image: \S+?)(?::[\w.-]+)?@sha256:[0-9a-f]{64}/) { ["\($0.1):latest"] }
        },
        MutationOperator(
            "image-misspelt", "an image that does not exist", in: [.kubernetes], caughtBy: "a rule on images"
        ) { $0.replacing(/^(\s*(?:- )?image: )([a-z][a-z0-9\/.-]*[a-z0-9])$/) { ["\($0.1)\($0.2)x"] } },
    ]
}
